-- +goose Up
-- The queue of record. States: ready, dispatched, running, done, dead, unknown.
CREATE TABLE jobs (
    id               BIGINT  NOT NULL PRIMARY KEY,
    kind             TEXT    NOT NULL,
    key              TEXT    NOT NULL UNIQUE,
    payload          TEXT    NOT NULL,
    run              TEXT    NOT NULL,
    state            TEXT    NOT NULL,
    attempt          INTEGER NOT NULL,
    max_attempts     INTEGER NOT NULL,
    priority         INTEGER NOT NULL,
    dispatch         INTEGER NOT NULL,
    run_after        BIGINT  NOT NULL,
    dispatched_until BIGINT  NOT NULL,
    lease_until      BIGINT  NOT NULL,
    fence            BIGINT  NOT NULL,
    last_error       TEXT    NOT NULL,
    created_at       BIGINT  NOT NULL,
    done_at          BIGINT  NOT NULL
);

CREATE INDEX jobs_ready ON jobs (priority, run_after, id) WHERE state = 'ready';
CREATE INDEX jobs_dispatched ON jobs (dispatched_until) WHERE state = 'dispatched';
CREATE INDEX jobs_running ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_run ON jobs (run, kind, state);
CREATE INDEX jobs_stuck ON jobs (created_at) WHERE state IN ('dead', 'unknown');

-- One row per call to the outside world, written before the call and marked
-- after it. States: calling, sent, failed, unknown.
CREATE TABLE deliveries (
    key       TEXT    NOT NULL PRIMARY KEY,
    channel   TEXT    NOT NULL,
    job       BIGINT  NOT NULL,
    customer  BIGINT  NOT NULL,
    state     TEXT    NOT NULL,
    attempt   INTEGER NOT NULL,
    began_at  BIGINT  NOT NULL,
    ended_at  BIGINT  NOT NULL,
    receipt   TEXT    NOT NULL,
    error     TEXT    NOT NULL
);

CREATE INDEX deliveries_open ON deliveries (state, began_at) WHERE state IN ('calling', 'unknown');
