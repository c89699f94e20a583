// Package queue carries committed jobs to asynq and back to handlers.
//
// What: the job and its states, the relay that hands ready jobs to asynq, the
// worker that runs them under a lease, the sweeper, the scheduler, the Redis.
// Why: SQL is the truth and Redis is a courier, so whatever Redis forgets,
// doubles or delays is repaired in seconds and nothing is lost or run twice.
// Rejected: asynq's own retries, archive and unique locks (they live in Redis,
// guard only until a task completes, and restart a killed task after minutes),
// and a queue tied to one database such as river.
package queue
