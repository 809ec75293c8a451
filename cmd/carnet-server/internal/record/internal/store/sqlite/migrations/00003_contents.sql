-- +goose Up

-- The bytes of documents lie in files beside the database (package segment): a
-- run of what was received, sealed, of head bytes, and of the content's pieces.
-- Segment 0 is a document of before: its bytes are in content and received, and
-- stay there. Since then received holds patches alone.
ALTER TABLE document ADD COLUMN segment INTEGER NOT NULL DEFAULT 0;
ALTER TABLE document ADD COLUMN start   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE document ADD COLUMN head    INTEGER NOT NULL DEFAULT 0;

-- How much of each file is of documents that are there: what must be there when
-- the server starts, and what a copy of this database needs.
CREATE TABLE segment (
  n      INTEGER PRIMARY KEY,
  length INTEGER NOT NULL
) STRICT;
