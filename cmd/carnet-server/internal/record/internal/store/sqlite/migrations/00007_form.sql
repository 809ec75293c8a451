-- +goose Up

-- The form of an entry's leaf (audit.Leaf). 0: of before forms were kept, when a
-- leaf held the number if there was one, and no tag of the record.
ALTER TABLE entry ADD COLUMN form INTEGER NOT NULL DEFAULT 0;
