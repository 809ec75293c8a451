-- +goose Up

-- Where each record stands in its life. What names a person (where to write to,
-- codes, cards) is in body; the clear columns are part of the sealed facts.
CREATE TABLE life (
  patient INTEGER PRIMARY KEY REFERENCES record(patient),
  state   TEXT    NOT NULL,
  version INTEGER NOT NULL,
  due     INTEGER NOT NULL,               -- 0: nothing is to be done of itself
  at      INTEGER NOT NULL,               -- of the last change; of an erased record, when
  body    BLOB                            -- sealed; NULL once erased
) STRICT;
CREATE INDEX life_due ON life(due) WHERE due <> 0;
