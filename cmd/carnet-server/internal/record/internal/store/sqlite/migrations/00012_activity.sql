-- +goose Up

-- When a professional's activity at the structure begins and ends: days of
-- France (YYYY-MM-DD), both still part of it; '' when nothing is said.
ALTER TABLE listed ADD COLUMN since TEXT NOT NULL DEFAULT '';
ALTER TABLE listed ADD COLUMN until TEXT NOT NULL DEFAULT '';
