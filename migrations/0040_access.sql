-- +goose Up
-- Staff. Lists are JSON arrays of text. Times are microseconds UTC, 0 never.
CREATE TABLE users (
    name          TEXT    NOT NULL PRIMARY KEY,
    full_name     TEXT    NOT NULL,
    role          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    epoch         BIGINT  NOT NULL,
    skills        TEXT    NOT NULL,
    languages     TEXT    NOT NULL,
    ceiling_minor BIGINT  NOT NULL,
    signs         TEXT    NOT NULL,
    absent        INTEGER NOT NULL,
    disabled      INTEGER NOT NULL,
    created_at    BIGINT  NOT NULL,
    signed_in_at  BIGINT  NOT NULL
);

-- Sessions of browsers, by the hash of their token: who reads this table
-- cannot take a session over. Values are base64.
CREATE TABLE sessions (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    payload    TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Failed sign-ins, by hash of account, address, or both.
CREATE TABLE sign_in_tries (
    key_hash TEXT   NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at  BIGINT NOT NULL
);

CREATE INDEX sign_in_tries_last ON sign_in_tries (last_at);

-- Who did what. Only ever added to.
CREATE TABLE audit (
    id      BIGINT NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    who     TEXT   NOT NULL,
    what    TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    detail  TEXT   NOT NULL,
    address TEXT   NOT NULL
);

INSERT INTO counters (name, value) VALUES ('audit', 0);
