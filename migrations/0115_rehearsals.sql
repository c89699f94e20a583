-- +goose Up
-- Nights decided once more by a policy that somebody asked about, with nothing
-- released: what was asked, and what came of it. waits is 1 until it is done and
-- NULL from then on, so that one waits at a time.
CREATE TABLE rehearsals (
    id       BIGINT NOT NULL PRIMARY KEY,
    asked_by TEXT   NOT NULL,
    asked_at BIGINT NOT NULL,
    run      TEXT   NOT NULL,
    as_of    BIGINT NOT NULL,
    policy   TEXT   NOT NULL,
    waits    INTEGER,
    ended_at BIGINT NOT NULL,
    problem  TEXT   NOT NULL,
    body     TEXT   NOT NULL,
    UNIQUE (waits)
);

CREATE INDEX rehearsals_newest ON rehearsals (asked_at, id);
