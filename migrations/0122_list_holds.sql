-- +goose Up
-- Who holds the next list by hand, so that no night releases it by itself;
-- ended_at is 0 while the hold lasts, and at most one does.
CREATE TABLE list_holds (
    id       BIGINT NOT NULL PRIMARY KEY,
    held_by  TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    reason   TEXT   NOT NULL,
    ended_at BIGINT NOT NULL,
    ended_by TEXT   NOT NULL
);

CREATE UNIQUE INDEX list_holds_now ON list_holds (ended_at) WHERE ended_at = 0;

INSERT INTO counters (name, value) VALUES ('list_hold', 0);
