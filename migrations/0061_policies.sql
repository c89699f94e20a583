-- +goose Up
-- What the nights were decided by: a version for every change of the
-- interventions section, in effect from the as-of of the first night that used
-- it. body is the whole section with its defaults, in JSON.
CREATE TABLE policies (
    version        BIGINT NOT NULL PRIMARY KEY,
    effective_from BIGINT NOT NULL,
    hash           TEXT   NOT NULL,
    body           TEXT   NOT NULL
);
