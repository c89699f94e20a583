-- +goose Up

-- Work that nobody has had, by value, and work that somebody has had, by when
-- it is free again: the next task is not looked for behind all that was tried
-- today and waits for another part of the day.
CREATE INDEX tasks_fresh ON tasks (publication, value_per_minute DESC, id, free_at, expires_at, treatment) WHERE lane = 'work' AND fence = 0;
CREATE INDEX tasks_touched ON tasks (publication, free_at, value_per_minute, id, expires_at, treatment) WHERE lane = 'work' AND fence > 0;
