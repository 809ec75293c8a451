-- The provider's file. Times are Unix seconds; hashes are SHA-256.
CREATE TABLE IF NOT EXISTS account (
  login    TEXT PRIMARY KEY,          -- folded to lower case
  subject  TEXT NOT NULL UNIQUE,      -- sub: random, says nothing
  password TEXT NOT NULL,             -- argon2id, PHC string
  claims   TEXT NOT NULL,             -- JSON of Claims
  created  INTEGER NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE IF NOT EXISTS client (
  id      TEXT PRIMARY KEY,
  jwks    TEXT NOT NULL,              -- JSON Web Key Set of public keys
  claims  TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT;

-- What was decided about a client since it was added; no row: it signs in.
CREATE TABLE IF NOT EXISTS client_state (
  client   TEXT PRIMARY KEY REFERENCES client (id),
  disabled INTEGER NOT NULL DEFAULT 0, -- since when; 0: it is not
  removed  INTEGER NOT NULL DEFAULT 0  -- likewise: the id stays taken, histories name it
) STRICT, WITHOUT ROWID;

-- Keys of clients that have an end; they never come back.
CREATE TABLE IF NOT EXISTS client_key_end (
  client TEXT NOT NULL REFERENCES client (id),
  kid    TEXT NOT NULL,
  ends   INTEGER NOT NULL,
  PRIMARY KEY (client, kid)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS key (
  id      TEXT PRIMARY KEY,
  private BLOB NOT NULL,              -- PKCS #8, sealed
  created INTEGER NOT NULL,
  retired INTEGER NOT NULL DEFAULT 0  -- no longer signs; still verifies for a day
) STRICT;

CREATE TABLE IF NOT EXISTS signin (
  id      TEXT PRIMARY KEY,           -- sid
  subject TEXT NOT NULL,
  client  TEXT NOT NULL,
  scopes  TEXT NOT NULL,
  started INTEGER NOT NULL,
  ends    INTEGER NOT NULL,           -- whatever happens
  ended   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS signin_subject ON signin (subject, client);
CREATE INDEX IF NOT EXISTS signin_ends ON signin (ends);
CREATE INDEX IF NOT EXISTS signin_ended ON signin (ended) WHERE ended <> 0;

CREATE TABLE IF NOT EXISTS refresh (
  hash   BLOB PRIMARY KEY,            -- the token itself is never kept
  signin TEXT NOT NULL REFERENCES signin (id) ON DELETE CASCADE,
  used   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS refresh_signin ON refresh (signin);

CREATE TABLE IF NOT EXISTS assertion (
  hash BLOB PRIMARY KEY,              -- of client and jti
  ends INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The second factor of patients and staff.
CREATE TABLE IF NOT EXISTS factor (
  subject TEXT PRIMARY KEY,
  secret  TEXT NOT NULL,              -- base32, of RFC 6238 with SHA-1, 6 digits, 30 s; sealed
  step    INTEGER NOT NULL DEFAULT 0  -- the last one accepted: no code of it or before works again
) STRICT;

CREATE TABLE IF NOT EXISTS recovery (
  hash    BLOB PRIMARY KEY,           -- of a code of 80 random bits, used once
  subject TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS recovery_subject ON recovery (subject);

-- A patient has one account.
CREATE TABLE IF NOT EXISTS citizen (
  person  TEXT PRIMARY KEY,           -- logical id
  subject TEXT NOT NULL UNIQUE
) STRICT;

-- Where a sign-in is, for the list that its person sees.
CREATE TABLE IF NOT EXISTS presence (
  signin TEXT PRIMARY KEY REFERENCES signin (id) ON DELETE CASCADE,
  agent  TEXT NOT NULL,               -- browser and system, in words
  seen   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row, once secrets are sealed under the key of idp.key (seal.go).
CREATE TABLE IF NOT EXISTS sealed (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  mark  TEXT NOT NULL,                -- opens under the right key alone
  clean INTEGER NOT NULL DEFAULT 0    -- the bytes of before are overwritten
) STRICT;

-- Visits of the patients' pages: what a browser's visit remembers between two
-- requests, on whichever server process it arrives.
CREATE TABLE IF NOT EXISTS visit (
  key     BLOB PRIMARY KEY,           -- hash of the secret that the browser has
  version INTEGER NOT NULL,
  data    TEXT NOT NULL,              -- sealed
  ends    INTEGER NOT NULL,
  person  BLOB,                       -- hash of whose it is; NULL before a sign-in
  signin  TEXT                        -- the visit ends with it; NULL when it is another provider's
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS visit_ends ON visit (ends);
CREATE INDEX IF NOT EXISTS visit_person ON visit (person) WHERE person IS NOT NULL;
