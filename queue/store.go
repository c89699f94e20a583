package queue

import (
	"context"
	"time"
)

// Store is the queue of record that this package needs. Every method is one
// transaction and every change of state is a conditional update whose row
// count is checked. Times given as now are the caller's clock; a store shared
// by several machines uses its database's clock instead of now wherever a
// lease, a dispatch or a RunAfter is compared or set, which is why spans are
// given as durations. package queuetest holds the suite that every Store must pass.
type Store interface {
	// InsertJob adds a ready job unless its key was ever used, in which case it
	// does nothing and returns false.
	InsertJob(ctx context.Context, job Job) (inserted bool, err error)

	// JobsToCarry counts the jobs in state dispatched, expired ones included, and
	// says whether a ready one is due, with RunAfter ≤ now. It writes nothing: an
	// idle program asks it several times a second.
	JobsToCarry(ctx context.Context, now time.Time) (outstanding int, due bool, err error)

	// ClaimReadyJobs moves up to limit ready jobs with RunAfter ≤ now to
	// dispatched, by priority, run_after, id, with DispatchedUntil = now + hold
	// and Dispatch raised by one, and returns them as they are afterwards. Two
	// concurrent callers never get the same job (SKIP LOCKED on Postgres).
	ClaimReadyJobs(ctx context.Context, now time.Time, limit int, hold time.Duration) ([]Job, error)

	// BeginJob moves a job from dispatched or ready to running with Fence and
	// Attempt raised by one and LeaseUntil = now + lease, and returns it as it is
	// afterwards. It is a Conflict when the job is in another state, when its
	// Dispatch is not the given one (an old or doubled message), or when RunAfter
	// is after now; NotFound when there is no such job.
	BeginJob(ctx context.Context, id int64, dispatch int, now time.Time, lease time.Duration) (Job, error)

	// RenewJob sets LeaseUntil = now + lease. It is a Conflict unless the job is
	// running under this very fence; an expired lease that nobody has swept may
	// be renewed.
	RenewJob(ctx context.Context, l Lease, now time.Time, lease time.Duration) error

	// EndJob moves a job that runs under this very fence to end.State and
	// otherwise is a Conflict, with one exception: ending as Done what is Done
	// under the same fence does nothing and succeeds, because the handler's own
	// transaction may have finished it. LastError becomes end.Message except for
	// Done, which keeps it. For Ready, RunAfter = now + end.Delay, Attempt is
	// lowered by one when end.Refund, and when end.Excuse Excused is raised by one
	// and Priority is at least Bulk; for Done and Dead, DoneAt = now.
	EndJob(ctx context.Context, l Lease, now time.Time, end Ending) error

	// SweepJobs returns to ready every dispatched job with DispatchedUntil ≤ now
	// and every running job with LeaseUntil ≤ now; the latter get LastError =
	// LeaseExpired. RunAfter, Attempt, Dispatch and Fence stay as they are.
	SweepJobs(ctx context.Context, now time.Time) (Swept, error)
}

// Lease is the right to finish one job, once.
//
// How a handler's effects commit together with "done": the handler passes its
// lease to the store method that writes its effects, and in the same
// transaction the store runs
//
//	UPDATE jobs SET state = 'done', done_at = now WHERE id = JobID AND fence = Fence AND state = 'running'
//
// and rolls everything back as a Conflict unless exactly one row changed. A
// worker that lost its lease therefore cannot leave anything behind, however
// late it wakes up, and a job's effects happen once however often it is run.
// Jobs that follow are inserted in that transaction too. Work that is written
// in several transactions checks the lease in each (the same WHERE, without
// the SET) and finishes in the last. The lease is also on the handler's
// context, see LeaseFrom.
//
// A handler that has no effects on our database just returns nil: the worker
// then ends the job as Done, which does nothing when the handler did so.
type Lease struct {
	JobID int64
	Fence int64
}

// Ending says how a job leaves the running state.
type Ending struct {
	State   State         // Done, Ready (to be tried again), Dead or Unknown
	Delay   time.Duration // for Ready: how long to wait
	Refund  bool          // for Ready: there was no attempt, its worker was shut down
	Excuse  bool          // for Ready: the attempt does not count, and other work goes before the next
	Message string        // why, for a person; empty for Done
}

// LeaseExpired is the LastError of a job whose worker fell silent.
const LeaseExpired = "the worker stopped answering and its lease ran out"

// Swept counts what one pass of the sweeper returned to ready.
type Swept struct {
	Dispatched int // given to the courier and never begun
	Running    int // begun by a worker that fell silent
}

type leaseKey struct{}

// WithLease returns a context that carries the lease under which work is done.
func WithLease(ctx context.Context, l Lease) context.Context {
	return context.WithValue(ctx, leaseKey{}, l)
}

// LeaseFrom returns the lease under which ctx's work is done. The worker puts
// it there, so that stages that know nothing of jobs can be fenced by the store.
func LeaseFrom(ctx context.Context) (Lease, bool) {
	l, ok := ctx.Value(leaseKey{}).(Lease)
	return l, ok
}
