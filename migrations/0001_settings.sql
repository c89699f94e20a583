-- +goose Up
-- What is fixed when the database is made, and the few numbers that count up.
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE counters (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

INSERT INTO counters (name, value) VALUES ('import', 0), ('manifest', 0), ('vocabulary', 0);
