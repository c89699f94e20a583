package store

import (
	"context"
	"time"

	"holdfast/internal/fault"
	"holdfast/queue"
)

// holdJob makes the transaction fail unless the job runs under this lease, and
// keeps others from taking it until the transaction ends.
func holdJob(t *tx, l queue.Lease) error {
	n, err := t.exec(`UPDATE jobs SET fence = fence WHERE id = ? AND fence = ? AND state = 'running'`, l.JobID, l.Fence)
	return leaseHeld(l, n, err)
}

// finishJob makes the job done in the transaction that writes its effects.
func finishJob(t *tx, l queue.Lease, now time.Time) error {
	n, err := t.exec(`UPDATE jobs SET state = 'done', done_at = ? WHERE id = ? AND fence = ? AND state = 'running'`,
		micros(now), l.JobID, l.Fence)
	return leaseHeld(l, n, err)
}

// EndJob moves a job out of running. Ending as done what is done under the
// same fence does nothing.
func (s *Store) EndJob(ctx context.Context, l queue.Lease, now time.Time, end queue.Ending) error {
	return s.writeUnfenced(ctx, small, "end job", func(t *tx) error {
		at, err := s.clock(t, now)
		if err != nil {
			return err
		}
		n, err := endJob(t, l, at, end)
		if err == nil && n == 0 && end.State == queue.Done {
			err = t.get(&n, `SELECT COUNT(*) FROM jobs WHERE id = ? AND fence = ? AND state = 'done'`, l.JobID, l.Fence)
		}
		return leaseHeld(l, n, err)
	})
}

func endJob(t *tx, l queue.Lease, at int64, end queue.Ending) (int64, error) {
	const where = ` WHERE id = ? AND fence = ? AND state = 'running'`
	switch end.State {
	case queue.Done:
		return t.exec(`UPDATE jobs SET state = 'done', done_at = ?`+where, at, l.JobID, l.Fence)
	case queue.Dead:
		return t.exec(`UPDATE jobs SET state = 'dead', done_at = ?, last_error = ?`+where, at, end.Message, l.JobID, l.Fence)
	case queue.Unknown:
		return t.exec(`UPDATE jobs SET state = 'unknown', last_error = ?`+where, end.Message, l.JobID, l.Fence)
	case queue.Ready:
		least := 0
		if end.Excuse {
			least = queue.Bulk
		}
		return t.exec(`UPDATE jobs SET state = 'ready', run_after = ?, attempt = attempt - ?, excused = excused + ?,
			priority = CASE WHEN priority < ? THEN ? ELSE priority END, last_error = ?`+where,
			at+end.Delay.Microseconds(), boolean(end.Refund), boolean(end.Excuse), least, least, end.Message, l.JobID, l.Fence)
	case queue.Dispatched, queue.Running:
	}
	return 0, fault.New(fault.Internal, "a job cannot end as %q", end.State)
}

// SweepJobs returns jobs whose courier or worker fell silent to ready.
func (s *Store) SweepJobs(ctx context.Context, now time.Time) (swept queue.Swept, err error) {
	err = s.writeUnfenced(ctx, small, "sweep jobs", func(t *tx) error {
		at, err := s.clock(t, now)
		if err != nil {
			return err
		}
		dispatched, err := t.exec(`UPDATE jobs SET state = 'ready' WHERE state = 'dispatched' AND dispatched_until <= ?`, at)
		if err != nil {
			return err
		}
		running, err := t.exec(`UPDATE jobs SET state = 'ready', last_error = ? WHERE state = 'running' AND lease_until <= ?`,
			queue.LeaseExpired, at)
		swept = queue.Swept{Dispatched: int(dispatched), Running: int(running)}
		return err
	})
	return swept, err
}

// JobFilter chooses jobs; a zero field chooses all.
type JobFilter struct {
	State queue.State
	Kind  string
	Run   string
	Key   string
	Limit int // at most 500, which 0 stands for
}

// Jobs lists jobs, newest first.
func (s *Store) Jobs(ctx context.Context, f JobFilter) (jobs []queue.Job, err error) {
	if f.Limit <= 0 || f.Limit > chunkRows {
		f.Limit = chunkRows
	}
	err = s.read(ctx, "list jobs", func(t *tx) error {
		var rows []jobRow
		query, args := f.query()
		err := t.list(&rows, query, args...)
		jobs = make([]queue.Job, len(rows))
		for i, r := range rows {
			jobs[i] = r.job()
		}
		return err
	})
	return jobs, err
}

// query asks for what is wanted and nothing else, so that an index serves it.
func (f JobFilter) query() (query string, args []any) {
	query = `SELECT ` + jobColumns + ` FROM jobs WHERE 1 = 1`
	for _, c := range []struct{ clause, value string }{
		{` AND state = ?`, string(f.State)}, {` AND kind = ?`, f.Kind}, {` AND run = ?`, f.Run}, {` AND key = ?`, f.Key},
	} {
		if c.value != "" {
			query, args = query+c.clause, append(args, c.value)
		}
	}
	if f.State != "" && f.State != queue.Done {
		query += ` AND state <> 'done'`
	}
	return query + ` ORDER BY created_at DESC, id LIMIT ?`, append(args, f.Limit)
}

// RetryJob brings a dead or unknown job back to ready, at once and with all
// its attempts, because a person decided so. A message that may have arrived is
// sent again by it.
func (s *Store) RetryJob(ctx context.Context, id int64, now time.Time) error {
	return s.writeUnfenced(ctx, small, "retry job", func(t *tx) error {
		at, err := s.clock(t, now)
		if err != nil {
			return err
		}
		n, err := t.exec(`UPDATE jobs SET state = 'ready', attempt = 0, excused = 0, run_after = ?, done_at = 0
			WHERE id = ? AND state IN ('dead', 'unknown')`, at, id)
		if err != nil {
			return err
		}
		j, err := findJob(t, id)
		switch {
		case err != nil:
			return err
		case n == 0:
			return fault.New(fault.Conflict, "job %s is %s: only dead and unknown jobs are brought back", j.Key, j.State)
		case j.Kind != deliverJob:
			return nil
		}
		return sendAgain(t, j)
	})
}

// RetryDead brings back every job of a kind that gave up by now, at once and
// with all its attempts, and returns how many they were; an empty kind is all.
// Unknown jobs are not among them: somebody looks at each first.
func (s *Store) RetryDead(ctx context.Context, kind string, now time.Time) (n int, err error) {
	until := int64(0)
	for {
		var some int64
		err := s.writeUnfenced(ctx, small, "retry the jobs that gave up", func(t *tx) error {
			at, err := s.clock(t, now)
			if err != nil {
				return err
			}
			if until == 0 {
				until = at // who gives up again meanwhile stays
			}
			query, args := `UPDATE jobs SET state = 'ready', attempt = 0, excused = 0, run_after = ?, done_at = 0
				WHERE id IN (SELECT id FROM jobs WHERE state = 'dead' AND done_at <= ?`, []any{at, until}
			if kind != "" {
				query, args = query+` AND kind = ?`, append(args, kind)
			}
			some, err = t.exec(query+` ORDER BY created_at LIMIT ?) AND state = 'dead'`, append(args, chunkRows)...)
			return err
		})
		n += int(some)
		if err != nil || some < chunkRows {
			return n, err
		}
	}
}

// Job returns one job.
func (s *Store) Job(ctx context.Context, id int64) (job queue.Job, err error) {
	err = s.read(ctx, "read job", func(t *tx) error {
		job, err = findJob(t, id)
		return err
	})
	return job, err
}

func findJob(t *tx, id int64) (queue.Job, error) {
	var r jobRow
	err := t.get(&r, `SELECT `+jobColumns+` FROM jobs WHERE id = ?`, id)
	err = found(err, "there is no job %d", id)
	return r.job(), err
}
