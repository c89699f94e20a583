-- +goose Up
-- The board counts what was done to tasks today.
CREATE INDEX task_changes_at ON task_changes (at);
