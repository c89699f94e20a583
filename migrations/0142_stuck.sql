-- +goose Up

-- What is stuck is read through jobs_open, newest first or oldest.
DROP INDEX jobs_stuck;
