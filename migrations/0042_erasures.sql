-- +goose Up
-- Who was erased, as keyed hashes: the next feed must not bring them back, and
-- nobody can read from here who they were.
CREATE TABLE erasures (
    hash TEXT   NOT NULL PRIMARY KEY,
    at   BIGINT NOT NULL
);
