-- +goose Up
-- Sealed, as sealed_arms: the arm that a household has since two of them, or
-- two records of one customer, became one. It goes before what was drawn.
CREATE TABLE sealed_joined_arms (
    household BIGINT  NOT NULL,
    layer     TEXT    NOT NULL,
    held      INTEGER NOT NULL,
    share     DOUBLE PRECISION NOT NULL,
    from_at   BIGINT  NOT NULL,
    until_at  BIGINT  NOT NULL,
    draw      INTEGER NOT NULL,
    flagged   TEXT    NOT NULL,
    PRIMARY KEY (household, layer)
);
