-- +goose Up
-- What managers asked to be sent to one customer: the nights that follow take
-- it through the same gates and arms as all work (R7).
CREATE TABLE requests (
    id         BIGINT  NOT NULL PRIMARY KEY,
    customer   BIGINT  NOT NULL,
    treatment  TEXT    NOT NULL,
    asked_by   TEXT    NOT NULL,
    asked_at   BIGINT  NOT NULL,
    until_at   BIGINT  NOT NULL,
    override   INTEGER NOT NULL,
    reason     TEXT    NOT NULL
);

CREATE INDEX requests_customer ON requests (customer, asked_at);
CREATE INDEX requests_until ON requests (until_at);
