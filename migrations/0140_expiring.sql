-- +goose Up

-- What ends soon, by list. Postgres looks for what an index's condition says
-- nowhere else: with the lane as first column it read the whole index.
DROP INDEX tasks_expiring;
CREATE INDEX tasks_expiring ON tasks (publication, expires_at, free_at, value_per_minute, id, treatment) WHERE lane = 'work';
