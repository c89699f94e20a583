package queuetest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"holdfast/internal/fault"
	"holdfast/queue"
)

// Store is a queue.Store that the suite can look into, as a person with the
// operator's commands can.
type Store interface {
	queue.Store

	// Job returns a job as it stands, or NotFound.
	Job(ctx context.Context, id int64) (queue.Job, error)

	// RetryJob returns a dead or unknown job to ready, due at now, with Attempt 0
	// and its LastError kept. In another state it is a Conflict, NotFound when
	// there is no such job.
	RetryJob(ctx context.Context, id int64, now time.Time) error
}

// Twin keeps jobs in memory behind one lock. It is what the SQL stores are
// compared with. Make it with NewTwin.
type Twin struct {
	mu      sync.Mutex
	jobs    map[int64]queue.Job
	keys    map[string]int64
	counts  map[queue.State]int
	down    error
	changed chan struct{} // closed and replaced at every change
}

// NewTwin makes an empty store.
func NewTwin() *Twin {
	return &Twin{jobs: map[int64]queue.Job{}, keys: map[string]int64{}, counts: map[queue.State]int{}, changed: make(chan struct{})}
}

// Wait returns when the jobs are as enough wants them, or when ctx ends.
func (s *Twin) Wait(ctx context.Context, enough func([]queue.Job) bool) error {
	for {
		s.mu.Lock()
		jobs, changed := slices.Collect(maps.Values(s.jobs)), s.changed
		s.mu.Unlock()
		if enough(jobs) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// put stores a job and tells who waits; the lock is held.
func (s *Twin) put(j queue.Job) {
	if old, ok := s.jobs[j.ID]; ok {
		s.counts[old.State]--
	}
	s.counts[j.State]++
	s.jobs[j.ID] = j
	close(s.changed)
	s.changed = make(chan struct{})
}

// Break makes every method fail with err until Break(nil).
func (s *Twin) Break(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = err
}

// Jobs returns all jobs in no particular order.
func (s *Twin) Jobs() []queue.Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.jobs))
}

// Count returns how many jobs are in a state.
func (s *Twin) Count(state queue.State) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[state]
}

// FinishWith runs effect and ends the job as done, both or neither, as a
// handler's transaction does.
func (s *Twin) FinishWith(l queue.Lease, now time.Time, effect func()) error {
	return s.change(l.JobID, func(j *queue.Job) error {
		if j.State != queue.Running || j.Fence != l.Fence {
			return refused(j)
		}
		effect()
		j.State, j.DoneAt = queue.Done, now
		return nil
	})
}

// InsertJob implements queue.Store.
func (s *Twin) InsertJob(_ context.Context, job queue.Job) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		return false, s.down
	}
	if _, ok := s.keys[job.Key]; ok {
		return false, nil
	}
	s.keys[job.Key] = job.ID
	s.put(job)
	return true, nil
}

// JobsToCarry implements queue.Store.
func (s *Twin) JobsToCarry(_ context.Context, now time.Time) (outstanding int, due bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.jobs {
		due = due || j.State == queue.Ready && !j.RunAfter.After(now)
	}
	return s.counts[queue.Dispatched], due, s.down
}

// ClaimReadyJobs implements queue.Store.
func (s *Twin) ClaimReadyJobs(_ context.Context, now time.Time, limit int, hold time.Duration) ([]queue.Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		return nil, s.down
	}
	var due []queue.Job
	for _, j := range s.jobs {
		if j.State == queue.Ready && !j.RunAfter.After(now) {
			due = append(due, j)
		}
	}
	slices.SortFunc(due, func(a, b queue.Job) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), a.RunAfter.Compare(b.RunAfter), cmp.Compare(a.ID, b.ID))
	})
	due = due[:min(limit, len(due))]
	for i := range due {
		j := &due[i]
		j.State, j.DispatchedUntil = queue.Dispatched, now.Add(hold)
		j.Dispatch++
		s.put(*j)
	}
	return due, nil
}

// BeginJob implements queue.Store.
func (s *Twin) BeginJob(_ context.Context, id int64, dispatch int, now time.Time, lease time.Duration) (queue.Job, error) {
	var begun queue.Job
	err := s.change(id, func(j *queue.Job) error {
		if j.State != queue.Ready && j.State != queue.Dispatched || j.Dispatch != dispatch || j.RunAfter.After(now) {
			return refused(j)
		}
		j.State, j.LeaseUntil = queue.Running, now.Add(lease)
		j.Fence++
		j.Attempt++
		begun = *j
		return nil
	})
	return begun, err
}

// RenewJob implements queue.Store.
func (s *Twin) RenewJob(_ context.Context, l queue.Lease, now time.Time, lease time.Duration) error {
	return s.change(l.JobID, func(j *queue.Job) error {
		if j.State != queue.Running || j.Fence != l.Fence {
			return refused(j)
		}
		j.LeaseUntil = now.Add(lease)
		return nil
	})
}

// EndJob implements queue.Store.
func (s *Twin) EndJob(_ context.Context, l queue.Lease, now time.Time, end queue.Ending) error {
	return s.change(l.JobID, func(j *queue.Job) error {
		if j.State == queue.Done && end.State == queue.Done && j.Fence == l.Fence {
			return nil
		}
		if j.State != queue.Running || j.Fence != l.Fence {
			return refused(j)
		}
		j.State = end.State
		switch end.State {
		case queue.Ready:
			j.RunAfter = now.Add(end.Delay)
			if end.Refund {
				j.Attempt--
			}
			if end.Excuse {
				j.Excused++
				j.Priority = max(j.Priority, queue.Bulk)
			}
		case queue.Done, queue.Dead:
			j.DoneAt = now
		}
		if end.State != queue.Done {
			j.LastError = end.Message
		}
		return nil
	})
}

// SweepJobs implements queue.Store.
func (s *Twin) SweepJobs(_ context.Context, now time.Time) (queue.Swept, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		return queue.Swept{}, s.down
	}
	var n queue.Swept
	for _, j := range s.jobs {
		switch {
		case j.State == queue.Dispatched && !j.DispatchedUntil.After(now):
			n.Dispatched++
		case j.State == queue.Running && !j.LeaseUntil.After(now):
			j.LastError = queue.LeaseExpired
			n.Running++
		default:
			continue
		}
		j.State = queue.Ready
		s.put(j)
	}
	return n, nil
}

// Job implements Store.
func (s *Twin) Job(_ context.Context, id int64) (queue.Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	job, ok := s.jobs[id]
	if !ok {
		return queue.Job{}, fault.New(fault.NotFound, "there is no job %d", id)
	}
	return job, s.down
}

// RetryJob implements Store.
func (s *Twin) RetryJob(_ context.Context, id int64, now time.Time) error {
	return s.change(id, func(j *queue.Job) error {
		if j.State != queue.Dead && j.State != queue.Unknown {
			return refused(j)
		}
		j.State, j.Attempt, j.Excused, j.RunAfter, j.DoneAt = queue.Ready, 0, 0, now, time.Time{}
		return nil
	})
}

// change applies one change to one job, all of it or nothing.
func (s *Twin) change(id int64, how func(*queue.Job) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil {
		return s.down
	}
	j, ok := s.jobs[id]
	if !ok {
		return fault.New(fault.NotFound, "there is no job %d", id)
	}
	if err := how(&j); err != nil {
		return err
	}
	s.put(j)
	return nil
}

func refused(j *queue.Job) error {
	return fault.New(fault.Conflict, "job %s is %s, dispatch %d, fence %d", j.Key, j.State, j.Dispatch, j.Fence)
}
