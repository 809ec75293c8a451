-- +goose Up

-- When the history last told of a working copy: once a day.
ALTER TABLE lease ADD COLUMN logged INTEGER NOT NULL DEFAULT 0;

-- What a copy was given of its record, so that it can be told what changed, and
-- what to let go of: nothing else of what was hidden is told.
CREATE TABLE copied (
  lease    INTEGER NOT NULL REFERENCES lease(n) ON DELETE CASCADE,
  document INTEGER NOT NULL,
  version  INTEGER NOT NULL,              -- that it was given; 0: it was told to let go
  batch    INTEGER NOT NULL,              -- with which answer, from 1
  PRIMARY KEY (lease, document)
) STRICT, WITHOUT ROWID;

-- Reads from offline copies that were handed in: each counts once.
CREATE TABLE offline_read (
  actor   TEXT    NOT NULL,
  id      TEXT    NOT NULL,               -- as its desktop names it
  patient INTEGER NOT NULL REFERENCES patient(n),
  at      INTEGER NOT NULL,               -- when it was handed in
  sum     BLOB    NOT NULL,               -- hash of what was said of it
  revoked INTEGER NOT NULL,               -- the right had ended before
  PRIMARY KEY (actor, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX offline_read_patient ON offline_read(patient);
