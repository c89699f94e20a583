-- +goose Up
-- What a command that runs as a job has to say to the process that follows it:
-- how far it has come, what it printed (stream 1 stdout, 2 stderr), and in the
-- end its exit code, or the night that is to be followed from there on.
CREATE TABLE commands (
    job      BIGINT  NOT NULL PRIMARY KEY,
    what     TEXT    NOT NULL,
    done     BIGINT  NOT NULL,
    total    BIGINT  NOT NULL,
    code     INTEGER NOT NULL,
    night    TEXT    NOT NULL,
    ended_at BIGINT  NOT NULL
);

CREATE INDEX commands_ended ON commands (ended_at);

CREATE TABLE command_lines (
    job    BIGINT  NOT NULL,
    seq    INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    body   TEXT    NOT NULL,
    PRIMARY KEY (job, seq)
);
