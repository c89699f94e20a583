-- +goose Up
-- Whoever alone may work on a task: who has it, or for whom a promise or
-- call-back waits; empty is anybody.
ALTER TABLE tasks ADD COLUMN holder TEXT NOT NULL DEFAULT '';
UPDATE tasks SET holder = COALESCE(body::json->>'Owner', '')
WHERE lane <> '' AND (state IN ('leased', 'in_progress') OR (due_at > 0 AND COALESCE(body::json->>'Escalated', 'false') = 'false'));

-- The work of one list after the other, so that the drafts of a night that is
-- still being made are not walked through by everybody who asks for work.
DROP INDEX tasks_work;
CREATE INDEX tasks_work ON tasks (lane, publication, value_per_minute DESC, id, free_at, expires_at, treatment);
CREATE INDEX tasks_expiring ON tasks (lane, publication, expires_at, free_at, value_per_minute, id, treatment) WHERE lane = 'work';
DROP INDEX tasks_due;
CREATE INDEX tasks_due ON tasks (lane, due_at, value_per_minute DESC, id, free_at, publication) WHERE due_at > 0;
CREATE INDEX tasks_promised ON tasks (lane, holder, due_at, id, publication) WHERE due_at > 0;
CREATE INDEX tasks_holder ON tasks (holder, free_at) WHERE holder <> '';

-- What the board and monitoring count.
CREATE INDEX tasks_open ON tasks (ghost, publication, treatment, state, minutes) WHERE state NOT IN ('done', 'expired', 'recalled');
CREATE INDEX tasks_ended ON tasks (done_at) WHERE done_at > 0;

CREATE INDEX promises_task ON promises (task);

-- The operator's lists.
CREATE INDEX jobs_newest ON jobs (created_at DESC, id);
CREATE INDEX jobs_open ON jobs (state, created_at DESC, id) WHERE state <> 'done';
CREATE INDEX audit_what ON audit (what, id);
