-- +goose Up
-- Treatments whose work a manager does not want begun for a while; ended_at is 0
-- while the pause holds.
CREATE TABLE pauses (
    id        BIGINT NOT NULL PRIMARY KEY,
    treatment TEXT   NOT NULL,
    paused_by TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    reason    TEXT   NOT NULL,
    ended_at  BIGINT NOT NULL,
    ended_by  TEXT   NOT NULL
);

CREATE UNIQUE INDEX pauses_now ON pauses (treatment) WHERE ended_at = 0;
