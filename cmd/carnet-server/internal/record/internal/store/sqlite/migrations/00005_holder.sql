-- +goose Up

-- Who may enter a record that is not their own: a legal representative (1), of
-- a closed record an heir (2) or the partner (3).
CREATE TABLE mandate (
  n       INTEGER PRIMARY KEY,
  id      TEXT    NOT NULL UNIQUE,
  patient INTEGER NOT NULL REFERENCES record(patient),
  person  TEXT    NOT NULL,               -- logical id of who may enter
  bond    INTEGER NOT NULL,
  starts  INTEGER NOT NULL,
  ends    INTEGER NOT NULL,               -- 0: without limit
  ended   INTEGER NOT NULL,               -- 0: it was not ended before its end
  author  TEXT    NOT NULL                -- agent who added it
) STRICT;
CREATE INDEX mandate_patient ON mandate(patient);
CREATE INDEX mandate_person ON mandate(person);

-- The holder's switches besides those of the emergency.
CREATE TABLE choice (
  patient     INTEGER PRIMARY KEY REFERENCES record(patient),
  no_offline  INTEGER NOT NULL,
  every_visit INTEGER NOT NULL,
  email       BLOB    NOT NULL            -- sealed
) STRICT;

-- A consent declared by a professional that the holder contested.
CREATE TABLE contest (
  provision TEXT    PRIMARY KEY,
  patient   INTEGER NOT NULL REFERENCES record(patient),
  declarer  TEXT    NOT NULL,
  at        INTEGER NOT NULL,
  until     INTEGER NOT NULL,             -- until then the declarer declares nothing
  words     BLOB    NOT NULL              -- sealed
) STRICT, WITHOUT ROWID;
CREATE INDEX contest_patient ON contest(patient);

-- Professionals' wishes to be let in: waiting (0), accepted (1), refused (2).
CREATE TABLE wish (
  n        INTEGER PRIMARY KEY,
  id       TEXT    NOT NULL UNIQUE,
  patient  INTEGER NOT NULL REFERENCES record(patient),
  actor    TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  state    INTEGER NOT NULL,
  answered INTEGER NOT NULL,
  words    BLOB    NOT NULL               -- sealed
) STRICT;
CREATE INDEX wish_patient ON wish(patient);

-- The directory of professionals and structures. It is public.
CREATE TABLE listed (
  id         TEXT    PRIMARY KEY,         -- national id
  org        INTEGER NOT NULL,
  name       TEXT    NOT NULL,
  profession TEXT    NOT NULL,
  specialty  TEXT    NOT NULL,
  sector     TEXT    NOT NULL,
  org_id     TEXT    NOT NULL,
  org_name   TEXT    NOT NULL,
  city       TEXT    NOT NULL,
  updated    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Folded words of it, by which one searches; the national id is one.
CREATE TABLE listed_word (
  word TEXT NOT NULL,
  id   TEXT NOT NULL REFERENCES listed(id),
  PRIMARY KEY (word, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX listed_word_id ON listed_word(id);

-- Items of the health profile. Kind, author and mask are what a decision needs.
CREATE TABLE item (
  n       INTEGER PRIMARY KEY,
  id      TEXT    NOT NULL UNIQUE,
  patient INTEGER NOT NULL REFERENCES record(patient),
  kind    TEXT    NOT NULL,               -- FHIR type
  author  TEXT    NOT NULL,
  masked  INTEGER NOT NULL,
  version INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  body    BLOB                            -- sealed resource; NULL once removed
) STRICT;
CREATE INDEX item_patient ON item(patient, removed);
