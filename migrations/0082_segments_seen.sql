-- +goose Up
-- The segments of customers that a user sees, a JSON array of text; none means all.
ALTER TABLE users ADD COLUMN segments TEXT NOT NULL DEFAULT '[]';
