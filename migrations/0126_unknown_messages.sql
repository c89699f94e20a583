-- +goose Up
-- Messages that may have arrived had a job that ended as done, so that nobody
-- was asked: each gets one that waits for a person.
INSERT INTO jobs (id, kind, key, payload, run, state, attempt, max_attempts, priority, dispatch, run_after,
    dispatched_until, lease_until, fence, last_error, created_at, done_at)
SELECT m.id, 'deliver', 'deliver/' || m.id || '/unknown', '{"message":' || m.id || '}', '', 'unknown', COALESCE(d.attempt, 1), 0, 20, 0, 0,
    0, 0, 0, 'deliver message ' || m.id || ': it may have arrived: look for ' || m.idempotency_key || ' in the receiver''s log, and send it again only if it is not there',
    COALESCE(d.began_at, m.created_at), 0
FROM messages m LEFT JOIN deliveries d ON d.key = m.idempotency_key
WHERE m.ghost = 0
    AND (m.state = 'unknown' OR m.state IN ('ready', 'blocked', 'expired') AND d.state IN ('calling', 'unknown'))
    AND '{"message":' || m.id || '}' NOT IN (SELECT payload FROM jobs WHERE kind = 'deliver' AND state <> 'done')
ON CONFLICT DO NOTHING;
