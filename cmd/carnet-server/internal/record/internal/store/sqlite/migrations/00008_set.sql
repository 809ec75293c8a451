-- +goose Up

-- A submission set is read by its id.
CREATE INDEX submission_id ON submission(id);
