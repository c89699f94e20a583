-- +goose Up

-- Who looks after a listed customer and what the strongest reason is about, to
-- filter by, and counts of a list by either and by risk, so that pages choose
-- from them and draw them without reading rows.
ALTER TABLE listed ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE listed ADD COLUMN concept TEXT NOT NULL DEFAULT '';
CREATE INDEX listed_owner ON listed (publication, owner, band, at_risk, customer) WHERE owner <> '';
CREATE INDEX listed_concept ON listed (publication, concept, band, at_risk, customer) WHERE concept <> '';
CREATE TABLE list_facets (
    publication BIGINT  NOT NULL,
    partition   INTEGER NOT NULL,
    facet       TEXT    NOT NULL, -- owner, concept, risk
    value       TEXT    NOT NULL, -- of risk: its band and the lower end in percent
    customers   BIGINT  NOT NULL,
    PRIMARY KEY (publication, partition, facet, value)
);
