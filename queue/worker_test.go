package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast/internal/fault"
	"holdfast/queue"
	"holdfast/queue/queuetest"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// rig is a worker without asynq, on a clock that the test moves.
type rig struct {
	*testing.T
	s     *queuetest.Twin
	clock *clock
	cfg   queue.Config
	h     queue.Handlers
	w     *queue.Worker
}

func newRig(t *testing.T, handler queue.Handler) *rig {
	t.Helper()
	r := &rig{T: t, s: queuetest.NewTwin(), clock: newClock(noon), cfg: queue.DefaultConfig()}
	r.h = queue.Handlers{"score": handler}
	r.cfg.Renew = 10 * time.Millisecond
	r.w = queue.NewWorker(r.cfg, parts(t, r.s, nil, r.h, r.clock.Now), func() {})
	return r
}

// deliver claims what is due and runs it, as the relay and asynq would. It
// returns how many jobs it ran.
func (r *rig) deliver(ctx context.Context) int {
	r.Helper()
	jobs, err := r.s.ClaimReadyJobs(ctx, r.clock.Now(), 100, r.cfg.Hold)
	if err != nil {
		r.Fatal(err)
	}
	for _, j := range jobs {
		if err := r.w.RunJob(ctx, j.ID, j.Dispatch); err != nil {
			r.Errorf("run job: %v", err)
		}
	}
	return len(jobs)
}

func (r *rig) job(id int64) queue.Job {
	r.Helper()
	j, err := r.s.Job(r.Context(), id)
	if err != nil {
		r.Fatal(err)
	}
	return j
}

func TestWhatBecomesOfAFailure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		err   error
		state queue.State
		last  string
	}{
		{"none", nil, queue.Done, ""},
		{"invalid", fault.New(fault.Invalid, "no such column"), queue.Dead, "no such column"},
		{"forbidden", fault.New(fault.Forbidden, "not yours"), queue.Dead, "not yours"},
		{"not found", fault.New(fault.NotFound, "gone"), queue.Dead, "gone"},
		{"held", fault.New(fault.Held, "half the rows"), queue.Dead, "half the rows"},
		{"conflict", fault.New(fault.Conflict, "changed"), queue.Ready, "changed"},
		{"unavailable", fault.New(fault.Unavailable, "no answer"), queue.Ready, "no answer"},
		{"internal", errors.New("odd"), queue.Ready, "odd"},
		{"unknown", queue.AsUnknown(errors.New("sent?")), queue.Unknown, "sent?"},
		{"unknown, wrapped", fault.As(fault.Invalid, queue.AsUnknown(errors.New("sent?"))), queue.Unknown, "sent?"},
		{"long", errors.New(strings.Repeat("é", 2000)), queue.Ready, strings.Repeat("é", 1000)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, queue.Handler{Run: func(context.Context, queue.Job, queue.Lease) error { return c.err }})
			id := insert(t, r.s, "score", 1, noon)[0].ID
			r.deliver(t.Context())
			got := r.job(id)
			if got.State != c.state || got.LastError != c.last {
				t.Errorf("job is %s, %q; want %s, %q", got.State, got.LastError, c.state, c.last)
			}
			if c.state == queue.Ready {
				wait := got.RunAfter.Sub(noon)
				if wait < time.Second || wait > 2*time.Second {
					t.Errorf("first retry after %v, want 1 s to 2 s", wait)
				}
			}
		})
	}
}

func TestPoisonJobGoesDead(t *testing.T) {
	t.Parallel()
	runs := 0
	r := newRig(t, queue.Handler{MaxAttempts: 3, Run: func(context.Context, queue.Job, queue.Lease) error {
		runs++
		panic("cannot digest")
	}})
	id := insert(t, r.s, "score", 1, noon)[0].ID
	for range 20 {
		r.deliver(t.Context())
		r.clock.Advance(time.Hour)
	}
	got := r.job(id)
	if runs != 3 || got.State != queue.Dead {
		t.Errorf("%d runs, job is %s; want 3 runs and dead", runs, got.State)
	}
	want := "gave up after 3 attempts; the last: the handler of score jobs panicked: cannot digest"
	if got.LastError != want {
		t.Errorf("last error %q, want %q", got.LastError, want)
	}
}

func TestJobsOwnLimitGoesBeforeItsKinds(t *testing.T) {
	t.Parallel()
	runs := 0
	r := newRig(t, queue.Handler{MaxAttempts: 5, Run: func(context.Context, queue.Job, queue.Lease) error {
		runs++
		return errors.New("no")
	}})
	job, err := queue.New("score", "own limit", nil, noon)
	if err != nil {
		t.Fatal(err)
	}
	job.MaxAttempts = 2
	if _, err := r.s.InsertJob(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		r.deliver(t.Context())
		r.clock.Advance(time.Hour)
	}
	if runs != 2 {
		t.Errorf("%d runs, want 2", runs)
	}
}

// A handler that knows when to try again is asked then, however often, behind
// work that was not tried; what it does not excuse counts as ever.
func TestTriesThatTheHandlerPutsOff(t *testing.T) {
	t.Parallel()
	const puts = 40
	runs := 0
	r := newRig(t, queue.Handler{MaxAttempts: 3, Run: func(context.Context, queue.Job, queue.Lease) error {
		runs++
		if runs%2 == 1 && runs < 2*puts {
			return fmt.Errorf("send: %w", queue.TryAfter(fault.New(fault.Held, "away"), time.Hour))
		}
		if runs < 2*puts-2 {
			return fault.As(fault.Unavailable, queue.TryAfter(errors.New("away"), -time.Second))
		}
		return errors.New("odd")
	}})
	id := insert(t, r.s, "score", 1, noon)[0].ID
	r.deliver(t.Context())
	if j := r.job(id); j.State != queue.Ready || !j.RunAfter.Equal(noon.Add(time.Hour)) || j.Attempt != 1 || j.Excused != 1 || j.Priority != queue.Bulk {
		t.Errorf("put off it is %+v", j)
	}
	for range 200 {
		r.deliver(t.Context())
		r.clock.Advance(time.Hour)
	}
	j := r.job(id)
	if j.State != queue.Dead || j.Attempt-j.Excused != 3 || j.Attempt != runs || !strings.Contains(j.LastError, "the last: odd") {
		t.Errorf("after %d runs it is %+v", runs, j)
	}
	must := r.s.RetryJob(t.Context(), id, r.clock.Now())
	if j := r.job(id); must != nil || j.Attempt != 0 || j.Excused != 0 {
		t.Errorf("brought back it is %+v (%v)", j, must)
	}
}

// A job that takes its worker down with it never returns an error.
func TestJobThatKillsItsWorkersGoesDead(t *testing.T) {
	t.Parallel()
	var told []string
	r := newRig(t, queue.Handler{MaxAttempts: 2, Run: func(context.Context, queue.Job, queue.Lease) error {
		t.Error("the handler was run beyond its attempts")
		return nil
	}, GaveUp: func(_ context.Context, job queue.Job, cause string) error {
		told = append(told, job.Key+": "+cause)
		return nil
	}})
	job := insert(t, r.s, "score", 1, noon)[0]
	for range 2 {
		claimed, err := r.s.ClaimReadyJobs(t.Context(), r.clock.Now(), 1, r.cfg.Hold)
		if err != nil || len(claimed) != 1 {
			t.Fatalf("claimed %d, %v", len(claimed), err)
		}
		if _, err := r.s.BeginJob(t.Context(), job.ID, claimed[0].Dispatch, r.clock.Now(), r.cfg.Lease); err != nil {
			t.Fatal(err)
		}
		r.clock.Advance(time.Minute) // the worker died
		if _, err := r.s.SweepJobs(t.Context(), r.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	r.deliver(t.Context())
	got := r.job(job.ID)
	if want := "gave up after 2 attempts; the last: " + queue.LeaseExpired; got.State != queue.Dead || got.LastError != want {
		t.Errorf("job is %s, %q; want dead, %q", got.State, got.LastError, want)
	} else if len(told) != 1 || told[0] != job.Key+": "+want {
		t.Errorf("it was told %q", told)
	}
}

func TestUnknownStaysUntilAPersonRetries(t *testing.T) {
	t.Parallel()
	sent := 0
	r := newRig(t, queue.Handler{Run: func(context.Context, queue.Job, queue.Lease) error {
		if sent++; sent == 1 {
			return queue.AsUnknown(errors.New("the receiver hung up"))
		}
		return nil
	}})
	id := insert(t, r.s, "score", 1, noon)[0].ID
	r.deliver(t.Context())
	for range 5 {
		r.clock.Advance(24 * time.Hour)
		if _, err := r.s.SweepJobs(t.Context(), r.clock.Now()); err != nil {
			t.Fatal(err)
		}
		if n := r.deliver(t.Context()); n != 0 {
			t.Fatal("an unknown job was run without a person")
		}
	}
	if err := r.s.RetryJob(t.Context(), id, r.clock.Now()); err != nil {
		t.Fatal(err)
	}
	r.deliver(t.Context())
	if got := r.job(id); got.State != queue.Done || sent != 2 {
		t.Errorf("after a person's retry the job is %s, sent %d times; want done, 2", got.State, sent)
	}
}

func TestJobOfUnknownKindWaitsForANewerVersion(t *testing.T) {
	t.Parallel()
	r := newRig(t, queue.Handler{Run: func(context.Context, queue.Job, queue.Lease) error { return nil }})
	id := insert(t, r.s, "letters", 1, noon)[0].ID
	r.deliver(t.Context())
	got := r.job(id)
	if want := `this version has no handler for jobs of kind "letters"`; got.State != queue.Ready || got.LastError != want {
		t.Errorf("job is %s, %q; want ready, %q", got.State, got.LastError, want)
	}
}

func TestTimeoutEndsTheHandlersContext(t *testing.T) {
	t.Parallel()
	r := newRig(t, queue.Handler{Timeout: 20 * time.Millisecond, Run: func(ctx context.Context, _ queue.Job, _ queue.Lease) error {
		<-ctx.Done()
		return fault.As(fault.Invalid, ctx.Err()) // the timeout's kind counts, not this
	}})
	id := insert(t, r.s, "score", 1, noon)[0].ID
	r.deliver(t.Context())
	got := r.job(id)
	if want := "the job took longer than it may (20ms): context canceled"; got.State != queue.Ready || got.LastError != want {
		t.Errorf("job is %s, %q; want ready, %q", got.State, got.LastError, want)
	}
}

// The lease is renewed while the handler runs, so the sweeper leaves it alone.
func TestLongJobKeepsItsLease(t *testing.T) {
	t.Parallel()
	var r *rig
	r = newRig(t, queue.Handler{Run: func(ctx context.Context, job queue.Job, l queue.Lease) error {
		if got, ok := queue.LeaseFrom(ctx); !ok || got != l || l.JobID != job.ID || l.Fence != 1 {
			t.Errorf("lease on the context %+v, given %+v", got, l)
		}
		for range 3 {
			r.clock.Advance(r.cfg.Lease - time.Second)
			renewed := r.clock.Now().Add(r.cfg.Lease)
			if err := r.s.Wait(ctx, func(jobs []queue.Job) bool { return jobs[0].LeaseUntil.Equal(renewed) }); err != nil {
				t.Error(err)
			}
			if swept, err := r.s.SweepJobs(ctx, r.clock.Now()); err != nil || swept != (queue.Swept{}) {
				t.Errorf("swept %+v, %v", swept, err)
			}
		}
		return nil
	}})
	id := insert(t, r.s, "score", 1, noon)[0].ID
	r.deliver(t.Context())
	if got := r.job(id); got.State != queue.Done || got.Attempt != 1 {
		t.Errorf("job is %s after %d attempts, want done after 1", got.State, got.Attempt)
	}
}

func TestLostLeaseEndsTheHandlersContext(t *testing.T) {
	t.Parallel()
	var r *rig
	runs := 0
	r = newRig(t, queue.Handler{Run: func(ctx context.Context, _ queue.Job, _ queue.Lease) error {
		if runs++; runs > 1 {
			return nil
		}
		r.clock.Advance(time.Hour)
		if _, err := r.s.SweepJobs(ctx, r.clock.Now()); err != nil {
			t.Error(err)
		}
		<-ctx.Done()
		if !errors.Is(context.Cause(ctx), queue.ErrLeaseLost) {
			t.Errorf("context ended by %v", context.Cause(ctx))
		}
		return fault.New(fault.Invalid, "must not be written")
	}})
	id := insert(t, r.s, "score", 1, noon)[0].ID
	r.deliver(t.Context())
	if got := r.job(id); got.State != queue.Ready || got.LastError != queue.LeaseExpired {
		t.Errorf("job is %s, %q; want ready as the sweeper left it", got.State, got.LastError)
	}
	r.deliver(t.Context())
	if got := r.job(id); got.State != queue.Done || got.Fence != 2 {
		t.Errorf("job is %s under fence %d, want done under 2", got.State, got.Fence)
	}
}

func TestRunJobRefusesWhatCannotBeBegun(t *testing.T) {
	t.Parallel()
	r := newRig(t, queue.Handler{Run: func(context.Context, queue.Job, queue.Lease) error { return nil }})
	if err := r.w.RunJob(t.Context(), 5, 1); fault.Of(err) != fault.NotFound {
		t.Errorf("absent job: %v, want not found", err)
	}
	job := insert(t, r.s, "score", 1, noon)[0]
	r.deliver(t.Context())
	if err := r.w.RunJob(t.Context(), job.ID, 1); fault.Of(err) != fault.Conflict {
		t.Errorf("job that is done: %v, want a conflict", err)
	}
	r.s.Break(errCut)
	if err := r.w.RunJob(t.Context(), job.ID, 1); fault.Of(err) != fault.Unavailable {
		t.Errorf("store cut off: %v, want unavailable", err)
	}
}

func TestAsUnknownOfNil(t *testing.T) {
	t.Parallel()
	if queue.AsUnknown(nil) != nil {
		t.Error("AsUnknown(nil) must be nil")
	}
}
