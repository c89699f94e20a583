-- +goose Up
-- What each person at the desk is doing, and what they recommend: answered_at
-- is 0 until a manager has answered.
CREATE TABLE presences (
    name  TEXT   NOT NULL PRIMARY KEY,
    state TEXT   NOT NULL,
    since BIGINT NOT NULL
);

CREATE TABLE recommendations (
    id          BIGINT NOT NULL PRIMARY KEY,
    at          BIGINT NOT NULL,
    made_by     TEXT   NOT NULL,
    words       TEXT   NOT NULL,
    answered_at BIGINT NOT NULL,
    answered_by TEXT   NOT NULL,
    verdict     TEXT   NOT NULL,
    answer      TEXT   NOT NULL
);

CREATE INDEX recommendations_at ON recommendations (at, id);
