-- +goose Up
-- A night reads them by partition.
CREATE INDEX sealed_exposures_partition ON sealed_exposures (partition, at);
