-- +goose Up
-- Who has consented to a model's release, until it is released.
CREATE TABLE consents (
    model TEXT   NOT NULL,
    who   TEXT   NOT NULL,
    at    BIGINT NOT NULL,
    PRIMARY KEY (model, who)
);
