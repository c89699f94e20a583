-- +goose Up
-- Contact and worth by group of each protected attribute as of a night: groups
-- alone, the small ones together, as JSON.
CREATE TABLE group_reports (
    as_of BIGINT NOT NULL PRIMARY KEY,
    body  TEXT   NOT NULL
);
