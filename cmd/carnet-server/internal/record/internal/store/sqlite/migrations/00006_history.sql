-- +goose Up

-- The number of an entry among those of its record, from 1. It is in the leaf,
-- so that no entry can be left out of a record's history unnoticed. 0: about no
-- record, or of before entries were numbered.
ALTER TABLE entry ADD COLUMN number INTEGER NOT NULL DEFAULT 0;

-- What the patient is told is listed newest first.
CREATE INDEX notice_patient ON notice(patient, n);

-- Up to which notice somebody has read those of a record.
CREATE TABLE notice_read (
  patient INTEGER NOT NULL REFERENCES patient(n),
  person  TEXT    NOT NULL,               -- logical id of the reader
  upto    INTEGER NOT NULL,
  PRIMARY KEY (patient, person)
) STRICT, WITHOUT ROWID;

-- E-mails to be sent: that something happened, not what. One that waits stands
-- for all that happens until it leaves.
CREATE TABLE mail (
  n       INTEGER PRIMARY KEY,
  patient INTEGER NOT NULL REFERENCES patient(n),
  at      INTEGER NOT NULL,
  holder_only INTEGER NOT NULL,           -- nothing of it is for representatives
  UNIQUE (patient, holder_only)
) STRICT;

-- Emergency accesses that were contested, for the data-protection officer.
CREATE TABLE complaint (
  n        INTEGER PRIMARY KEY,
  id       TEXT    NOT NULL UNIQUE,
  patient  INTEGER NOT NULL REFERENCES patient(n),
  seq      INTEGER NOT NULL,              -- the entry of the log
  at       INTEGER NOT NULL,
  answered INTEGER NOT NULL,              -- 0: not yet
  body     BLOB    NOT NULL,              -- sealed: who, how, the words of both
  UNIQUE (patient, seq)
) STRICT;

-- Who holds an offline copy, and until when.
CREATE TABLE lease (
  n       INTEGER PRIMARY KEY,
  id      TEXT    NOT NULL UNIQUE,
  patient INTEGER NOT NULL REFERENCES patient(n),
  actor   TEXT    NOT NULL,
  signin  TEXT    NOT NULL,               -- the sign-in session that took it
  taken   INTEGER NOT NULL,
  until   INTEGER NOT NULL,
  ended   INTEGER NOT NULL,               -- 0: not before until
  body    BLOB    NOT NULL                -- sealed: the holder's words
) STRICT;
CREATE INDEX lease_patient ON lease(patient, until);

-- The heads that a record's exports were given, so that each export proves that
-- it continues those before.
CREATE TABLE export (
  patient INTEGER NOT NULL REFERENCES patient(n),
  size    INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (patient, size)
) STRICT, WITHOUT ROWID;
