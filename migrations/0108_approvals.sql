-- +goose Up
-- Offers above an agent's authority that they ask for, and what a lead answered:
-- answered_at is 0 until somebody has.
CREATE TABLE approvals (
    id          BIGINT  NOT NULL PRIMARY KEY,
    task        BIGINT  NOT NULL,
    treatment   TEXT    NOT NULL,
    offer       TEXT    NOT NULL,
    cost_minor  BIGINT  NOT NULL,
    asked_by    TEXT    NOT NULL,
    at          BIGINT  NOT NULL,
    why         TEXT    NOT NULL,
    answered_at BIGINT  NOT NULL,
    answered_by TEXT    NOT NULL,
    granted     INTEGER NOT NULL,
    answer      TEXT    NOT NULL
);

CREATE INDEX approvals_task ON approvals (task);
CREATE INDEX approvals_asked ON approvals (asked_by, at);
CREATE INDEX approvals_open ON approvals (at, id) WHERE answered_at = 0;
CREATE INDEX approvals_answered ON approvals (answered_at, id) WHERE answered_at > 0;
