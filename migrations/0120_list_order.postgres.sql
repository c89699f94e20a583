-- +goose Up

-- The orders that a risk list is read in. Seven indexes of listed were these:
-- each row of a night touched a page of every one of them (docs/benchmarks.md).
-- Here each order is written once,
-- from its beginning to its end, when the whole list is there.
CREATE TABLE list_order (
    publication BIGINT   NOT NULL,
    kind        SMALLINT NOT NULL, -- 1 value at risk, 2 risk, 3 value, 4 tenure; by value at risk: 5 segment, 6 owner, 7 concept
    facet       TEXT     NOT NULL, -- of 5 to 7 which one; else empty
    band        TEXT     NOT NULL,
    position    DOUBLE PRECISION NOT NULL,
    customer    BIGINT   NOT NULL,
    partition   INTEGER  NOT NULL,
    PRIMARY KEY (publication, kind, facet, band, position, customer)
);

DROP INDEX listed_at_risk;
DROP INDEX listed_risk;
DROP INDEX listed_value;
DROP INDEX listed_tenure;
DROP INDEX listed_segment;
DROP INDEX listed_owner;
DROP INDEX listed_concept;

INSERT INTO list_order SELECT publication, 1, '', band, at_risk, customer, partition FROM listed WHERE band <> '' ORDER BY publication, band, at_risk, customer;
INSERT INTO list_order SELECT publication, 2, '', band, risk, customer, partition FROM listed WHERE band <> '' ORDER BY publication, band, risk, customer;
INSERT INTO list_order SELECT publication, 3, '', band, value_minor, customer, partition FROM listed WHERE band <> '' ORDER BY publication, band, value_minor, customer;
INSERT INTO list_order SELECT publication, 4, '', band, tenure_days, customer, partition FROM listed WHERE band <> '' ORDER BY publication, band, tenure_days, customer;
INSERT INTO list_order SELECT publication, 5, segment, band, at_risk, customer, partition FROM listed WHERE band <> '' AND segment <> '' ORDER BY publication, segment, band, at_risk, customer;
INSERT INTO list_order SELECT publication, 6, owner, band, at_risk, customer, partition FROM listed WHERE band <> '' AND owner <> '' ORDER BY publication, owner, band, at_risk, customer;
INSERT INTO list_order SELECT publication, 7, concept, band, at_risk, customer, partition FROM listed WHERE band <> '' AND concept <> '' ORDER BY publication, concept, band, at_risk, customer;
