-- +goose Up

-- A person, as the identity source gives the traits. Traits stay in clear
-- columns: they are what one searches by.
CREATE TABLE patient (
  n            INTEGER PRIMARY KEY,
  id           TEXT    NOT NULL UNIQUE,
  ins_system   TEXT    NOT NULL,
  ins          TEXT    NOT NULL,          -- '' without a qualified INS
  birth_name   TEXT    NOT NULL,
  used_name    TEXT    NOT NULL,
  given        TEXT    NOT NULL,          -- JSON array, in order
  gender       TEXT    NOT NULL,
  birth_date   TEXT    NOT NULL,
  birth_place  TEXT    NOT NULL,
  city         TEXT    NOT NULL,
  reliability  TEXT    NOT NULL,
  sort_name    TEXT    NOT NULL,          -- folded, for sorting
  match_key    TEXT    NOT NULL,          -- folded strict traits, for $match
  version      INTEGER NOT NULL,
  updated      INTEGER NOT NULL           -- Unix milliseconds, as all times here
) STRICT;
CREATE INDEX patient_match ON patient(match_key);

-- Every identifier a person ever had: a waiting number may become an NIR.
CREATE TABLE patient_identifier (
  system  TEXT    NOT NULL,
  value   TEXT    NOT NULL,
  patient INTEGER NOT NULL REFERENCES patient(n),
  PRIMARY KEY (system, value)
) STRICT, WITHOUT ROWID;

-- Folded words of names, for the emergency centre's search over everyone.
CREATE TABLE patient_word (
  word    TEXT    NOT NULL,
  patient INTEGER NOT NULL REFERENCES patient(n),
  PRIMARY KEY (word, patient)
) STRICT, WITHOUT ROWID;

-- What is kept of one patient. epoch counts the changes of who may read what,
-- docs the changes of what there is to read.
CREATE TABLE record (
  patient          INTEGER PRIMARY KEY REFERENCES patient(n),
  state            INTEGER NOT NULL,
  closed_at        INTEGER NOT NULL,
  mt               TEXT    NOT NULL,
  oppose_btg       INTEGER NOT NULL,
  oppose_c15       INTEGER NOT NULL,
  masked_emergency INTEGER NOT NULL,
  epoch            INTEGER NOT NULL,
  docs             INTEGER NOT NULL,
  key              BLOB    NOT NULL       -- wrapped by the master key
) STRICT;
CREATE INDEX record_mt ON record(mt) WHERE mt <> '';

-- What the patient decided about one actor: an authorisation (1), a place in
-- the care team (2), a block (3).
CREATE TABLE provision (
  n         INTEGER PRIMARY KEY,
  id        TEXT    NOT NULL UNIQUE,
  patient   INTEGER NOT NULL REFERENCES patient(n),
  kind      INTEGER NOT NULL,
  actor     TEXT    NOT NULL,
  org       INTEGER NOT NULL,             -- the actor is a structure
  starts    INTEGER NOT NULL,
  ends      INTEGER NOT NULL,             -- 0: without limit
  active    INTEGER NOT NULL,
  declarer  TEXT    NOT NULL,             -- who recorded it; '' the patient
  version   INTEGER NOT NULL,
  updated   INTEGER NOT NULL,
  body      BLOB                          -- sealed Consent resource as served
) STRICT;
CREATE INDEX provision_patient ON provision(patient, active, kind, actor, org, starts, ends);
CREATE INDEX provision_actor ON provision(actor, active, kind, patient, starts, ends);
CREATE INDEX provision_declarer ON provision(declarer, patient) WHERE declarer <> '';

-- The last time a professional was in a record.
CREATE TABLE visit (
  actor   TEXT    NOT NULL,
  patient INTEGER NOT NULL REFERENCES patient(n),
  at      INTEGER NOT NULL,
  PRIMARY KEY (actor, patient)
) STRICT, WITHOUT ROWID;

-- Counts the changes of an actor's list of patients.
CREATE TABLE panel (
  actor   TEXT    PRIMARY KEY,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Patients looked up in a sign-in session, who may be seen in it by id.
CREATE TABLE looked (
  session TEXT    NOT NULL,
  patient INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (session, patient)
) STRICT, WITHOUT ROWID;

-- Access sessions ($open).
CREATE TABLE access (
  id      TEXT    PRIMARY KEY,
  patient INTEGER NOT NULL REFERENCES patient(n),
  actor   TEXT    NOT NULL,
  signin  TEXT    NOT NULL,               -- the sign-in session it is bound to
  mode    TEXT    NOT NULL,
  ends    INTEGER NOT NULL,
  closed  INTEGER NOT NULL,
  reason  BLOB    NOT NULL                -- sealed
) STRICT, WITHOUT ROWID;

-- Document types by number: a column of the habilitation matrix is then a set
-- of bits, and one prepared statement serves every profession.
CREATE TABLE doctype (
  ord    INTEGER PRIMARY KEY,
  code   TEXT    NOT NULL UNIQUE
) STRICT;

CREATE TABLE document (
  n            INTEGER PRIMARY KEY,
  id           TEXT    NOT NULL UNIQUE,
  unique_id    TEXT    NOT NULL UNIQUE,
  patient      INTEGER NOT NULL REFERENCES record(patient),
  status       INTEGER NOT NULL,          -- 0 current, 1 superseded, 2 entered-in-error
  type         INTEGER NOT NULL REFERENCES doctype(ord),
  class        TEXT    NOT NULL,
  author       TEXT    NOT NULL,          -- national id
  author_family TEXT   NOT NULL,          -- folded
  author_given TEXT    NOT NULL,
  by_patient   INTEGER NOT NULL,
  filer        TEXT    NOT NULL,          -- who filed it
  masked       INTEGER NOT NULL,
  hidden       INTEGER NOT NULL,          -- bit 0 from the patient, bit 1 from representatives
  archived     INTEGER NOT NULL,
  conf         TEXT    NOT NULL,
  facility     TEXT    NOT NULL,
  setting      TEXT    NOT NULL,
  format       TEXT    NOT NULL,
  events       TEXT    NOT NULL,          -- '|a|b|'
  ctype        TEXT    NOT NULL,
  size         INTEGER NOT NULL,
  sha256       BLOB    NOT NULL,
  doc_date     INTEGER NOT NULL,
  creation     INTEGER NOT NULL,
  period_start INTEGER NOT NULL,
  period_end   INTEGER NOT NULL,
  filed        INTEGER NOT NULL,
  version      INTEGER NOT NULL,
  updated      INTEGER NOT NULL,
  replaces     INTEGER NOT NULL,          -- document(n), 0 when none
  replaced_by  INTEGER NOT NULL,
  served       BLOB    NOT NULL           -- sealed resource as served
) STRICT;
-- Holds all that the filter asks, so that counting and paging touch no row.
CREATE INDEX document_list ON document(patient, period_start DESC, n DESC, status, type, author, masked, hidden, archived, filed);

-- What was received, byte for byte, the attachment's data replaced by its
-- hash: the resource (part 0) and every patch after it.
CREATE TABLE received (
  document INTEGER NOT NULL REFERENCES document(n),
  part     INTEGER NOT NULL,
  body     BLOB    NOT NULL,
  PRIMARY KEY (document, part)
) STRICT, WITHOUT ROWID;

-- The bytes of documents, sealed in pieces of 256 KiB.
CREATE TABLE content (
  document INTEGER NOT NULL REFERENCES document(n),
  part     INTEGER NOT NULL,
  body     BLOB    NOT NULL,
  PRIMARY KEY (document, part)
) STRICT;

-- One submission set per filing.
CREATE TABLE submission (
  n        INTEGER PRIMARY KEY,
  id       TEXT    NOT NULL,
  document INTEGER NOT NULL REFERENCES document(n),
  filed    INTEGER NOT NULL,
  body     BLOB    NOT NULL               -- sealed
) STRICT;
CREATE INDEX submission_document ON submission(document);

-- What was done under an idempotency key.
CREATE TABLE once (
  actor    TEXT    NOT NULL,
  key      TEXT    NOT NULL,
  document INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (actor, key)
) STRICT, WITHOUT ROWID;

-- What the patient is to be told.
CREATE TABLE notice (
  n       INTEGER PRIMARY KEY,
  patient INTEGER NOT NULL REFERENCES patient(n),
  kind    TEXT    NOT NULL,
  at      INTEGER NOT NULL,
  body    BLOB    NOT NULL                -- sealed
) STRICT;

-- The Merkle log. A leaf never changes; hashes are those that it completes.
CREATE TABLE leaf (
  seq    INTEGER PRIMARY KEY,
  hashes BLOB NOT NULL
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER leaf_is_for_ever_u BEFORE UPDATE ON leaf BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER leaf_is_for_ever_d BEFORE DELETE ON leaf BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd

-- The entries behind the leaves: erasable without breaking the tree.
CREATE TABLE entry (
  seq     INTEGER PRIMARY KEY,
  at      INTEGER NOT NULL,
  actor   TEXT    NOT NULL,
  patient INTEGER NOT NULL,               -- 0: about no record
  nonce   INTEGER NOT NULL,               -- names the row to the seal
  body    BLOB                            -- sealed salt and entry; NULL once erased
) STRICT;
CREATE INDEX entry_actor ON entry(actor, seq);
CREATE INDEX entry_patient ON entry(patient, seq) WHERE patient <> 0;

-- The latest signed head.
CREATE TABLE head (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  note BLOB    NOT NULL
) STRICT;
