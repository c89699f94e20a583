-- +goose Up
-- Attempts that do not count against a job's limit, and since when the calls of
-- a message have failed: 0 when the last one did not, or when nobody tries again.
ALTER TABLE jobs ADD COLUMN excused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN failing_since BIGINT NOT NULL DEFAULT 0;

CREATE INDEX deliveries_failing ON deliveries (channel, failing_since) WHERE failing_since > 0;
