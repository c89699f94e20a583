-- +goose Up
-- What contact was worth, as of a night, as the proof page shows it.
CREATE TABLE effects (
    as_of BIGINT NOT NULL PRIMARY KEY,
    body  TEXT   NOT NULL
);
