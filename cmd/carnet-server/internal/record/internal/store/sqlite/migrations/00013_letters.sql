-- +goose Up

-- The messages of a record, sealed as a chain: each hash is over the one before
-- and the next message, so that a further message costs the same however many
-- there are. A record without a row has none, or was written before this table:
-- its messages are then sealed with its facts.
CREATE TABLE message_chain (
  patient INTEGER PRIMARY KEY REFERENCES record(patient),
  count   INTEGER NOT NULL,
  sealed  BLOB    NOT NULL                -- the last hash
) STRICT;

-- The words of a dialogue, sealed, for searching: each once, folded, in parts of
-- which the last one grows. A dialogue without a row is not indexed yet.
CREATE TABLE dialogue_words (
  n        INTEGER PRIMARY KEY,
  dialogue INTEGER NOT NULL REFERENCES dialogue(n),
  patient  INTEGER NOT NULL REFERENCES record(patient),
  part     INTEGER NOT NULL,
  upto     INTEGER NOT NULL,              -- n of the newest message in it
  body     BLOB    NOT NULL,
  UNIQUE (dialogue, part)
) STRICT;
CREATE INDEX dialogue_words_patient ON dialogue_words(patient);
