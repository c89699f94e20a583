-- +goose Up
-- Work for people. lane says where it stands in the order of work: promise,
-- callback, work, or empty when it is not offered (closed, blocked); free_at
-- when it may be offered, the end of a lease for leased work; expires_at is
-- the greatest number for work that does not expire; tend and tend_at when
-- somebody must look after it (1: then, 2: some time before). body is the whole task
-- in JSON without its card.
CREATE TABLE tasks (
    id               BIGINT  NOT NULL PRIMARY KEY,
    publication      BIGINT  NOT NULL,
    work_key         TEXT    NOT NULL,
    customer         BIGINT  NOT NULL,
    household        BIGINT  NOT NULL,
    partition        INTEGER NOT NULL,
    treatment        TEXT    NOT NULL,
    family           TEXT    NOT NULL,
    state            TEXT    NOT NULL,
    ghost            INTEGER NOT NULL,
    lane             TEXT    NOT NULL,
    fence            BIGINT  NOT NULL,
    free_at          BIGINT  NOT NULL,
    tend             INTEGER NOT NULL,
    tend_at          BIGINT  NOT NULL,
    expires_at       BIGINT  NOT NULL,
    due_at           BIGINT  NOT NULL,
    value_per_minute DOUBLE PRECISION NOT NULL,
    minutes          DOUBLE PRECISION NOT NULL,
    attempts         INTEGER NOT NULL,
    milestone        INTEGER NOT NULL,
    created_at       BIGINT  NOT NULL,
    started_at       BIGINT  NOT NULL,
    passed_at        BIGINT  NOT NULL,
    done_at          BIGINT  NOT NULL,
    body             TEXT    NOT NULL
);

CREATE INDEX tasks_work ON tasks (lane, value_per_minute DESC, id, free_at, expires_at, publication);
CREATE INDEX tasks_due ON tasks (lane, due_at, value_per_minute DESC, id, free_at, publication);
CREATE INDEX tasks_tend ON tasks (tend, tend_at, id) WHERE tend > 0;
CREATE INDEX tasks_household ON tasks (household);
CREATE INDEX tasks_customer ON tasks (customer);
CREATE INDEX tasks_partition ON tasks (partition, publication);
CREATE INDEX tasks_publication ON tasks (publication, id);

CREATE TABLE task_cards (
    task BIGINT NOT NULL PRIMARY KEY,
    card TEXT   NOT NULL
);

CREATE TABLE task_changes (
    task       BIGINT  NOT NULL,
    seq        INTEGER NOT NULL,
    at         BIGINT  NOT NULL,
    who        TEXT    NOT NULL,
    from_state TEXT    NOT NULL,
    to_state   TEXT    NOT NULL,
    why        TEXT    NOT NULL,
    PRIMARY KEY (task, seq)
);

CREATE TABLE task_attempts (
    task   BIGINT  NOT NULL,
    seq    INTEGER NOT NULL,
    n      INTEGER NOT NULL,
    at     BIGINT  NOT NULL,
    who    TEXT    NOT NULL,
    undone BIGINT  NOT NULL,
    body   TEXT    NOT NULL,
    facts  TEXT    NOT NULL,
    PRIMARY KEY (task, seq)
);

-- R8: one row per household, family and episode while work for it is open, and
-- for ever once somebody began it. Work of a draft holds none.
CREATE TABLE work_keys (
    work_key TEXT    NOT NULL PRIMARY KEY,
    task     BIGINT  NOT NULL,
    message  BIGINT  NOT NULL,
    started  INTEGER NOT NULL
);

CREATE TABLE promises (
    id        BIGINT  NOT NULL PRIMARY KEY,
    task      BIGINT  NOT NULL,
    household BIGINT  NOT NULL,
    partition INTEGER NOT NULL,
    due_at    BIGINT  NOT NULL,
    pending   INTEGER NOT NULL,
    body      TEXT    NOT NULL
);

CREATE INDEX promises_due ON promises (pending, due_at);
CREATE INDEX promises_household ON promises (household);
CREATE INDEX promises_partition ON promises (partition, pending);

-- Messages to be sent or sent. waiting is 1 while its turn has still to come.
CREATE TABLE messages (
    id              BIGINT  NOT NULL PRIMARY KEY,
    publication     BIGINT  NOT NULL,
    work_key        TEXT    NOT NULL,
    idempotency_key TEXT    NOT NULL,
    customer        BIGINT  NOT NULL,
    household       BIGINT  NOT NULL,
    partition       INTEGER NOT NULL,
    treatment       TEXT    NOT NULL,
    family          TEXT    NOT NULL,
    state           TEXT    NOT NULL,
    ghost           INTEGER NOT NULL,
    waiting         INTEGER NOT NULL,
    milestone       INTEGER NOT NULL,
    not_before      BIGINT  NOT NULL,
    expires_at      BIGINT  NOT NULL,
    created_at      BIGINT  NOT NULL,
    sent_at         BIGINT  NOT NULL,
    passed_at       BIGINT  NOT NULL,
    body            TEXT    NOT NULL
);

CREATE INDEX messages_due ON messages (waiting, not_before, id, publication);
CREATE INDEX messages_household ON messages (household);
CREATE INDEX messages_partition ON messages (partition, publication);
CREATE INDEX messages_publication ON messages (publication, id);
CREATE INDEX messages_idempotency ON messages (idempotency_key);

-- What this system did to reach a household, passed ghosts among it (sealed).
CREATE TABLE own_contacts (
    work      TEXT    NOT NULL,
    n         INTEGER NOT NULL,
    household BIGINT  NOT NULL,
    customer  BIGINT  NOT NULL,
    partition INTEGER NOT NULL,
    at        BIGINT  NOT NULL,
    channel   TEXT    NOT NULL,
    purpose   TEXT    NOT NULL,
    reached   INTEGER NOT NULL,
    PRIMARY KEY (work, n)
);

CREATE INDEX own_contacts_household ON own_contacts (household);
CREATE INDEX own_contacts_partition ON own_contacts (partition, at);
