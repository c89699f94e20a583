package store

import (
	"context"
	"database/sql"
	"errors"
	"sort"
	"time"

	"holdfast/internal/fault"
	"holdfast/queue"
)

var _ queue.Store = (*Store)(nil)

const jobColumns = `id, kind, key, payload, run, state, attempt, excused, max_attempts, priority, dispatch,
	run_after, dispatched_until, lease_until, fence, last_error, created_at, done_at`

// jobRow is a row of jobs. Times are microseconds, 0 for none.
type jobRow struct {
	ID              int64
	Kind            string
	Key             string
	Payload         string
	Run             string
	State           string
	Attempt         int
	Excused         int
	MaxAttempts     int `db:"max_attempts"`
	Priority        int
	Dispatch        int
	RunAfter        int64 `db:"run_after"`
	DispatchedUntil int64 `db:"dispatched_until"`
	LeaseUntil      int64 `db:"lease_until"`
	Fence           int64
	LastError       string `db:"last_error"`
	CreatedAt       int64  `db:"created_at"`
	DoneAt          int64  `db:"done_at"`
}

func (r jobRow) job() queue.Job {
	j := queue.Job{
		ID: r.ID, Kind: r.Kind, Key: r.Key, Run: r.Run, State: queue.State(r.State),
		Attempt: r.Attempt, Excused: r.Excused, MaxAttempts: r.MaxAttempts, Priority: r.Priority, Dispatch: r.Dispatch,
		RunAfter: instantOrZero(r.RunAfter), DispatchedUntil: instantOrZero(r.DispatchedUntil),
		LeaseUntil: instantOrZero(r.LeaseUntil), Fence: r.Fence, LastError: r.LastError,
		CreatedAt: instantOrZero(r.CreatedAt), DoneAt: instantOrZero(r.DoneAt),
	}
	if r.Payload != "" {
		j.Payload = []byte(r.Payload)
	}
	return j
}

// InsertJob adds a ready job unless its key was ever used.
func (s *Store) InsertJob(ctx context.Context, job queue.Job) (inserted bool, err error) {
	err = s.writeUnfenced(ctx, small, "insert job "+job.Key, func(t *tx) error {
		inserted, err = insertJob(t, job)
		return err
	})
	return inserted && err == nil, err
}

// insertJob adds a ready job in the caller's transaction unless its key was
// ever used.
func insertJob(t *tx, j queue.Job) (bool, error) {
	n, err := t.exec(`INSERT INTO jobs (`+jobColumns+`)
		VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?, ?, 0, ?, 0, 0, 0, '', ?, 0) ON CONFLICT (key) DO NOTHING`,
		j.ID, j.Kind, j.Key, string(j.Payload), j.Run, string(queue.Ready), j.MaxAttempts, j.Priority,
		microsOrZero(j.RunAfter), microsOrZero(j.CreatedAt))
	return n == 1, err
}

// JobsToCarry counts the jobs in state dispatched, expired ones included, and
// says whether a ready one is due.
func (s *Store) JobsToCarry(ctx context.Context, now time.Time) (outstanding int, due bool, err error) {
	at, args := "?", []any{micros(now)}
	if s.dialect == postgres && !s.opts.CallersClock { // as clock, in the same statement
		at, args = "(EXTRACT(EPOCH FROM statement_timestamp()) * 1000000)::BIGINT", nil
	}
	var r struct {
		Outstanding int
		Due         bool
	}
	err = s.glance(ctx, "look for jobs to carry", func(t *tx) error {
		return t.get(&r, `SELECT (SELECT COUNT(*) FROM jobs WHERE state = 'dispatched') AS outstanding,
			EXISTS (SELECT 1 FROM jobs WHERE state = 'ready' AND run_after <= `+at+`) AS due`, args...)
	})
	return r.Outstanding, r.Due, err
}

// ClaimReadyJobs moves up to limit due jobs from ready to dispatched.
func (s *Store) ClaimReadyJobs(ctx context.Context, now time.Time, limit int, hold time.Duration) ([]queue.Job, error) {
	skip := ""
	if s.dialect == postgres {
		skip = " FOR UPDATE SKIP LOCKED"
	}
	var rows []jobRow
	err := s.writeUnfenced(ctx, fleeting, "claim ready jobs", func(t *tx) error {
		at, err := s.clock(t, now)
		if err != nil {
			return err
		}
		rows = rows[:0]
		// The ids are picked first: an UPDATE over a sub-select with a LIMIT may
		// run the sub-select more than once.
		return t.list(&rows, `WITH picked AS MATERIALIZED (
				SELECT id AS picked_id FROM jobs WHERE state = 'ready' AND run_after <= ?
				ORDER BY priority, run_after, id LIMIT ?`+skip+`)
			UPDATE jobs SET state = 'dispatched', dispatched_until = ?, dispatch = dispatch + 1
			FROM picked WHERE id = picked_id RETURNING `+jobColumns,
			at, limit, at+hold.Microseconds())
	})
	if err != nil {
		return nil, err
	}
	sort.Slice(rows, func(i, j int) bool {
		a, b := rows[i], rows[j]
		if a.Priority != b.Priority {
			return a.Priority < b.Priority
		}
		if a.RunAfter != b.RunAfter {
			return a.RunAfter < b.RunAfter
		}
		return a.ID < b.ID
	})
	jobs := make([]queue.Job, len(rows))
	for i, r := range rows {
		jobs[i] = r.job()
	}
	return jobs, nil
}

// BeginJob moves a job to running under a new fence.
func (s *Store) BeginJob(
	ctx context.Context, id int64, dispatch int, now time.Time, lease time.Duration,
) (job queue.Job, err error) {
	err = s.writeUnfenced(ctx, small, "begin job", func(t *tx) error {
		at, err := s.clock(t, now)
		if err != nil {
			return err
		}
		var r jobRow
		err = t.get(&r, `UPDATE jobs SET state = 'running', fence = fence + 1, attempt = attempt + 1, lease_until = ?
			WHERE id = ? AND state IN ('ready', 'dispatched') AND dispatch = ? AND run_after <= ?
			RETURNING `+jobColumns, at+lease.Microseconds(), id, dispatch, at)
		if errors.Is(err, sql.ErrNoRows) {
			return whyNotBegun(t, id, dispatch)
		}
		job = r.job()
		return err
	})
	if err != nil {
		return queue.Job{}, err
	}
	return job, nil
}

func whyNotBegun(t *tx, id int64, dispatch int) error {
	j, err := findJob(t, id)
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "job %s is %s after dispatch %d, to run after %s, and was asked for under dispatch %d",
		j.Key, j.State, j.Dispatch, j.RunAfter.Format(time.RFC3339), dispatch)
}

// RenewJob extends the lease of a job that runs under this very fence.
func (s *Store) RenewJob(ctx context.Context, l queue.Lease, now time.Time, lease time.Duration) error {
	return s.writeUnfenced(ctx, fleeting, "renew job", func(t *tx) error {
		at, err := s.clock(t, now)
		if err != nil {
			return err
		}
		n, err := t.exec(`UPDATE jobs SET lease_until = ? WHERE id = ? AND fence = ? AND state = 'running'`,
			at+lease.Microseconds(), l.JobID, l.Fence)
		return leaseHeld(l, n, err)
	})
}

// leaseHeld turns the row count of an update under a lease into its error.
func leaseHeld(l queue.Lease, rows int64, err error) error {
	if err == nil && rows != 1 {
		return fault.New(fault.Conflict, "job %d no longer runs under fence %d: its lease was lost", l.JobID, l.Fence)
	}
	return err
}
