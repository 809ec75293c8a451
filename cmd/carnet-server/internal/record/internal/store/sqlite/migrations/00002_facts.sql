-- +goose Up

-- Sealed hash of what is in clear about the person, their record and what they
-- decided about whom: see seal.go. NULL until the server that applies this
-- step has sealed the rows that were there.
ALTER TABLE record ADD COLUMN facts BLOB;
CREATE INDEX patient_identifier_patient ON patient_identifier(patient);
