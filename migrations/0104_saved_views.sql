-- +goose Up
-- Filters of the risk list that people gave a name; shared ones are seen by all
-- who see the list.
CREATE TABLE saved_views (
    id     BIGINT  NOT NULL PRIMARY KEY,
    owner  TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    query  TEXT    NOT NULL,
    shared INTEGER NOT NULL,
    at     BIGINT  NOT NULL,
    UNIQUE (owner, name)
);

INSERT INTO counters (name, value) VALUES ('saved_view', 0);

-- Weeks whose digest was sent to somebody: one row for each, ever.
CREATE TABLE digests (
    week      TEXT   NOT NULL,
    recipient TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    state     TEXT   NOT NULL,
    PRIMARY KEY (week, recipient)
);
