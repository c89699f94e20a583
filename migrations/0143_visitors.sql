-- +goose Up

-- Whose a session is, so that the user is read with it; empty before sign-in.
ALTER TABLE sessions ADD COLUMN user_name TEXT NOT NULL DEFAULT '';
