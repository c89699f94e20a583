-- +goose Up
-- How long calls take is measured from the newest attempts.
CREATE INDEX task_attempts_at ON task_attempts (at);
