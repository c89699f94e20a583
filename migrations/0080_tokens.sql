-- +goose Up
-- Tokens of programs that act for a member of staff, by the hash of their
-- secret. Scopes are a JSON array of text. Times are microseconds UTC, 0 never.
CREATE TABLE tokens (
    id         BIGINT NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    owner      TEXT   NOT NULL,
    scopes     TEXT   NOT NULL,
    hash       TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL
);

INSERT INTO counters (name, value) VALUES ('token', 0);

-- What was answered to a write that came with an idempotency key, so that its
-- repetition is answered the same. Kept for a day. Bodies are base64.
CREATE TABLE api_answers (
    token_id   BIGINT  NOT NULL,
    key        TEXT    NOT NULL,
    request    TEXT    NOT NULL,
    status     INTEGER NOT NULL,
    header     TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    PRIMARY KEY (token_id, key)
);

CREATE INDEX api_answers_age ON api_answers (created_at);
