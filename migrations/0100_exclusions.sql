-- +goose Up
-- Customers whom a manager wants left alone until a day: a gate at decide, at
-- open and at send. Ended early, until_at is when.
CREATE TABLE exclusions (
    id          BIGINT NOT NULL PRIMARY KEY,
    customer    BIGINT NOT NULL,
    excluded_by TEXT   NOT NULL,
    from_at     BIGINT NOT NULL,
    until_at    BIGINT NOT NULL,
    reason      TEXT   NOT NULL
);

CREATE INDEX exclusions_customer ON exclusions (customer, until_at);
