-- +goose Up
-- What the processes that worked on a stage held of memory at most, in bytes:
-- resident, and in use when a shard ended.
ALTER TABLE run_stages ADD COLUMN peak BIGINT NOT NULL DEFAULT 0;
ALTER TABLE run_stages ADD COLUMN live BIGINT NOT NULL DEFAULT 0;
