-- +goose Up
-- The revisions of released lists: the rest of a day solved again, which moved
-- work that nobody had touched behind the others, or forward again. done_at is 0
-- while it is being written; the counts are of the released.
CREATE TABLE revisions (
    publication BIGINT  NOT NULL,
    n           INTEGER NOT NULL,
    at          BIGINT  NOT NULL,
    cause       TEXT    NOT NULL,
    who         TEXT    NOT NULL,
    why         TEXT    NOT NULL,
    minutes     TEXT    NOT NULL,
    waiting     INTEGER NOT NULL,
    moved       INTEGER NOT NULL,
    shortened   INTEGER NOT NULL,
    restored    INTEGER NOT NULL,
    done_at     BIGINT  NOT NULL,
    PRIMARY KEY (publication, n)
);
