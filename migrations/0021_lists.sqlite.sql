-- +goose Up
-- Lists. States: draft, held, released, withdrawn. Everything made for a list
-- is written under its draft and seen once its state is released. step says
-- how far the release has come. Inbound work has no list: its publication is 0.
CREATE TABLE publications (
    id          BIGINT  NOT NULL PRIMARY KEY,
    run         TEXT    NOT NULL UNIQUE,
    as_of       BIGINT  NOT NULL,
    state       TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    released_at BIGINT  NOT NULL,
    reason      TEXT    NOT NULL,
    policy      TEXT    NOT NULL,
    tally       TEXT    NOT NULL,
    prices      TEXT    NOT NULL,
    allocation  TEXT    NOT NULL,
    step        INTEGER NOT NULL
);

CREATE INDEX publications_as_of ON publications (as_of, state);

-- Which list the pages show: one row, moved by the release of a newer one.
CREATE TABLE current_list (
    one         INTEGER NOT NULL PRIMARY KEY,
    publication BIGINT  NOT NULL,
    as_of       BIGINT  NOT NULL,
    previous    BIGINT  NOT NULL
);

-- One row per customer with the score and the public decision of the list that
-- is shown, of the one before and of the one being written.
CREATE TABLE listed (
    publication BIGINT  NOT NULL,
    customer    BIGINT  NOT NULL,
    partition   INTEGER NOT NULL,
    household   BIGINT  NOT NULL,
    band        TEXT    NOT NULL,
    risk        DOUBLE PRECISION NOT NULL,
    value_minor BIGINT  NOT NULL,
    at_risk     BIGINT  NOT NULL,
    tenure_days INTEGER NOT NULL,
    episode     BIGINT  NOT NULL,
    since       BIGINT  NOT NULL,
    segment     TEXT    NOT NULL,
    why         TEXT    NOT NULL,
    result      TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    treatment   TEXT    NOT NULL,
    PRIMARY KEY (publication, partition, customer)
) WITHOUT ROWID;

CREATE INDEX listed_at_risk ON listed (publication, band, at_risk, customer);
CREATE INDEX listed_risk ON listed (publication, band, risk, customer);
CREATE INDEX listed_value ON listed (publication, band, value_minor, customer);
CREATE INDEX listed_tenure ON listed (publication, band, tenure_days, customer);
CREATE INDEX listed_segment ON listed (publication, segment, band, at_risk, customer) WHERE segment <> '';

-- What one partition adds to the totals of a list.
CREATE TABLE list_totals (
    publication BIGINT  NOT NULL,
    partition   INTEGER NOT NULL,
    band        TEXT    NOT NULL,
    segment     TEXT    NOT NULL,
    customers   BIGINT  NOT NULL,
    at_risk     BIGINT  NOT NULL,
    value_minor BIGINT  NOT NULL,
    PRIMARY KEY (publication, partition, band, segment)
) WITHOUT ROWID;

-- Sealed: counts of results tell arms in small groups.
CREATE TABLE sealed_tallies (
    publication BIGINT  NOT NULL,
    partition   INTEGER NOT NULL,
    tally       TEXT    NOT NULL,
    PRIMARY KEY (publication, partition)
) WITHOUT ROWID;

-- Sealed: read by allocation, the gates, measurement and the auditor only. An
-- arm counts once its list has been released.
CREATE TABLE sealed_arms (
    household   BIGINT  NOT NULL,
    layer       TEXT    NOT NULL,
    publication BIGINT  NOT NULL,
    held        INTEGER NOT NULL,
    share       DOUBLE PRECISION NOT NULL,
    from_at     BIGINT  NOT NULL,
    until_at    BIGINT  NOT NULL,
    draw        INTEGER NOT NULL,
    flagged     TEXT    NOT NULL,
    PRIMARY KEY (household, layer, publication)
) WITHOUT ROWID;

CREATE INDEX sealed_arms_publication ON sealed_arms (publication);

-- Sealed: who was selected or left alone, and when first contacted.
CREATE TABLE sealed_exposures (
    publication BIGINT NOT NULL,
    customer    BIGINT NOT NULL,
    treatment   TEXT   NOT NULL,
    partition   INTEGER NOT NULL,
    household   BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    purpose     TEXT   NOT NULL,
    arm         TEXT   NOT NULL,
    propensity  DOUBLE PRECISION NOT NULL,
    contacted   BIGINT NOT NULL,
    passed      BIGINT NOT NULL,
    PRIMARY KEY (publication, customer, treatment)
) WITHOUT ROWID;

CREATE INDEX sealed_exposures_customer ON sealed_exposures (customer, treatment, at);
CREATE INDEX sealed_exposures_at ON sealed_exposures (at);
