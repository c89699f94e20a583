-- +goose Up
-- Who came and went, as of a night, in numbers.
CREATE TABLE attrition (
    as_of BIGINT NOT NULL PRIMARY KEY,
    body  TEXT   NOT NULL
);

-- The people in the newest of these counts, kept up to date partition by
-- partition. Each index serves the list of one count.
CREATE TABLE attrition_moves (
    partition   INTEGER NOT NULL,
    customer    BIGINT  NOT NULL,
    at          BIGINT  NOT NULL,
    kind        TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    segment     TEXT    NOT NULL,
    owner       TEXT    NOT NULL,
    cohort      TEXT    NOT NULL,
    value_minor BIGINT  NOT NULL,
    PRIMARY KEY (partition, customer, at, kind)
);

CREATE INDEX attrition_moves_at ON attrition_moves (kind, at, customer);
CREATE INDEX attrition_moves_reason ON attrition_moves (kind, reason, at, customer);
CREATE INDEX attrition_moves_segment ON attrition_moves (kind, segment, at, customer);
CREATE INDEX attrition_moves_owner ON attrition_moves (kind, owner, at, customer);
CREATE INDEX attrition_moves_cohort ON attrition_moves (kind, cohort, at, customer);
CREATE INDEX attrition_moves_customer ON attrition_moves (customer);
