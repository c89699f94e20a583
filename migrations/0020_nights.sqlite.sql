-- +goose Up
-- One row per night. States: running, held, failed, completed. publication is
-- the id that the night's list has, drawn once, whatever is run twice.
CREATE TABLE runs (
    id          TEXT    NOT NULL PRIMARY KEY,
    as_of       BIGINT  NOT NULL,
    dry_run     INTEGER NOT NULL,
    version     BIGINT  NOT NULL,
    model       TEXT    NOT NULL,
    pinned      INTEGER NOT NULL,
    config      TEXT    NOT NULL,
    program     TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    started     BIGINT  NOT NULL,
    finished    BIGINT  NOT NULL,
    publication BIGINT  NOT NULL UNIQUE
);

CREATE UNIQUE INDEX runs_as_of ON runs (as_of) WHERE dry_run = 0;
CREATE INDEX runs_newest ON runs (as_of, started);

-- remaining counts down; who brings it to 0 makes the next stage's jobs.
-- Shards of tries below least_try were made before a re-run and do not count.
CREATE TABLE run_stages (
    run       TEXT    NOT NULL,
    seq       INTEGER NOT NULL,
    stage     TEXT    NOT NULL,
    shards    INTEGER NOT NULL,
    remaining INTEGER NOT NULL,
    try       INTEGER NOT NULL,
    least_try INTEGER NOT NULL,
    started   BIGINT  NOT NULL,
    finished  BIGINT  NOT NULL,
    counts    TEXT    NOT NULL,
    note      TEXT    NOT NULL,
    PRIMARY KEY (run, stage)
) WITHOUT ROWID;

CREATE TABLE run_shards (
    run     TEXT    NOT NULL,
    stage   TEXT    NOT NULL,
    shard   INTEGER NOT NULL,
    try     INTEGER NOT NULL,
    done_at BIGINT  NOT NULL,
    counts  TEXT    NOT NULL,
    PRIMARY KEY (run, stage, shard)
) WITHOUT ROWID;

-- Trained models, as model.Write writes them, which carries a checksum.
CREATE TABLE models (
    id          TEXT   NOT NULL PRIMARY KEY,
    kind        TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    schema_hash TEXT   NOT NULL,
    trained_at  BIGINT NOT NULL,
    created     BIGINT NOT NULL,
    reason      TEXT   NOT NULL,
    payload     BLOB  NOT NULL
);

-- The champion is the model of the highest seq.
CREATE TABLE promotions (
    seq    BIGINT NOT NULL PRIMARY KEY,
    model  TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    reason TEXT   NOT NULL
);

CREATE INDEX promotions_model ON promotions (model, seq);

INSERT INTO counters (name, value) VALUES ('promotion', 0);

-- What a night made of one partition, in blocks of compressed lines; kinds:
-- scores, proposals, candidates. head says which customers are in which block.
CREATE TABLE night_segments (
    publication BIGINT  NOT NULL,
    kind        TEXT    NOT NULL,
    partition   INTEGER NOT NULL,
    row_count   BIGINT  NOT NULL,
    population  BIGINT  NOT NULL,
    checksum    TEXT    NOT NULL,
    head        TEXT    NOT NULL,
    payload     BLOB   NOT NULL,
    PRIMARY KEY (publication, kind, partition)
);

-- The same, sealed: choices and decisions tell arms.
CREATE TABLE sealed_segments (
    publication BIGINT  NOT NULL,
    kind        TEXT    NOT NULL,
    partition   INTEGER NOT NULL,
    row_count   BIGINT  NOT NULL,
    population  BIGINT  NOT NULL,
    checksum    TEXT    NOT NULL,
    head        TEXT    NOT NULL,
    payload     BLOB   NOT NULL,
    PRIMARY KEY (publication, kind, partition)
);
