-- +goose Up

-- Exchanges between professionals and a patient. Who may write: everybody (0),
-- the professionals alone (1), nobody, for good (2).
CREATE TABLE dialogue (
  n       INTEGER PRIMARY KEY,
  id      TEXT    NOT NULL UNIQUE,
  patient INTEGER NOT NULL REFERENCES record(patient),
  reply   INTEGER NOT NULL,
  version INTEGER NOT NULL,
  opened  INTEGER NOT NULL,
  moved   INTEGER NOT NULL,               -- when the newest message was sent
  newest  INTEGER NOT NULL,               -- n of that message
  body    BLOB    NOT NULL                -- sealed: the subject, who ended it
) STRICT;
CREATE INDEX dialogue_patient ON dialogue(patient, newest);

-- The professionals in it, one after the other.
CREATE TABLE dialogue_member (
  n        INTEGER PRIMARY KEY,
  dialogue INTEGER NOT NULL REFERENCES dialogue(n),
  patient  INTEGER NOT NULL REFERENCES record(patient),
  actor    TEXT    NOT NULL,
  since    INTEGER NOT NULL,
  until    INTEGER NOT NULL,              -- 0: still
  UNIQUE (dialogue, actor)
) STRICT;
CREATE INDEX dialogue_member_actor ON dialogue_member(actor, until);

-- What was written. Who sent it is an agent of the log: a national id, or
-- Patient/ and the logical id of a natural person.
CREATE TABLE message (
  n         INTEGER PRIMARY KEY,
  id        TEXT    NOT NULL UNIQUE,
  dialogue  INTEGER NOT NULL REFERENCES dialogue(n),
  patient   INTEGER NOT NULL REFERENCES record(patient),
  sender    TEXT    NOT NULL,
  key       TEXT    NOT NULL,             -- idempotency key
  sent      INTEGER NOT NULL,
  delivered INTEGER NOT NULL,             -- when it first was on the other side's list; 0: not yet
  read      INTEGER NOT NULL,             -- when somebody of the other side first opened it
  size      INTEGER NOT NULL,             -- of the file that came with it and is no document; 0: none
  sha256    BLOB    NOT NULL,
  segment   INTEGER NOT NULL,
  start     INTEGER NOT NULL,
  head      INTEGER NOT NULL,
  body      BLOB    NOT NULL,             -- sealed: the text, the sender's name, what came with it
  UNIQUE (sender, key)
) STRICT;
CREATE INDEX message_dialogue ON message(dialogue, n);
CREATE INDEX message_patient ON message(patient, n);

-- How far each reader listed and read a dialogue: n of a message.
CREATE TABLE message_read (
  dialogue INTEGER NOT NULL REFERENCES dialogue(n),
  patient  INTEGER NOT NULL REFERENCES record(patient),
  reader   TEXT    NOT NULL,
  listed   INTEGER NOT NULL,
  upto     INTEGER NOT NULL,
  PRIMARY KEY (dialogue, reader)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_read_patient ON message_read(patient);
