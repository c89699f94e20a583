package queuetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast/internal/fault"
	"holdfast/queue"
)

// start is when the suite's time begins, with the microseconds SQL keeps.
var start = time.Date(2026, 3, 28, 23, 59, 58, 123456000, time.UTC)

const (
	hold  = 30 * time.Second
	lease = 30 * time.Second
)

// bench is one test's store and its clock.
type bench struct {
	*testing.T
	ctx context.Context
	s   Store
	now time.Time
}

// Run runs the suite. newStore returns an empty store of the test's own. The
// suite moves time by what it passes as now, so a store that prefers its
// database's clock must be opened in such a way that it uses now.
func Run(t *testing.T, newStore func(t *testing.T) Store) {
	t.Helper()
	for name, test := range map[string]func(*bench){
		"a job is kept as it was given":                   keeps,
		"a key is used once":                              keyOnce,
		"a job's life":                                    life,
		"claims go by priority, time and id":              order,
		"a job waits for its time":                        waits,
		"two relays never claim the same job":             claimsAreDisjoint,
		"a job is begun once":                             begunOnce,
		"an old message cannot begin a job":               oldDispatch,
		"the sweeper returns what expired":                sweeps,
		"a lost lease cannot end, renew or redo":          fenced,
		"done twice under one fence is done":              doneTwice,
		"retry, refund, dead and unknown":                 endings,
		"only a person brings back dead and unknown":      retried,
		"a job that is not there is not found":            absent,
		"a job is done once, whatever the order of calls": storm,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(&bench{t, t.Context(), newStore(t), start})
		})
	}
}

func (b *bench) insert(key string, change ...func(*queue.Job)) queue.Job {
	b.Helper()
	job, err := queue.New("score", key, map[string]int{"shard": 3}, b.now)
	b.must(err)
	for _, c := range change {
		c(&job)
	}
	inserted, err := b.s.InsertJob(b.ctx, job)
	b.must(err)
	if !inserted {
		b.Fatalf("job %s was not inserted", key)
	}
	return job
}

// begin takes a new job to running and returns it.
func (b *bench) begin(key string) queue.Job {
	b.Helper()
	job := b.insert(key)
	if claimed := b.claim(100); len(claimed) != 1 {
		b.Fatalf("claimed %d jobs, want 1", len(claimed))
	}
	begun, err := b.s.BeginJob(b.ctx, job.ID, 1, b.now, lease)
	b.must(err)
	return begun
}

func (b *bench) claim(limit int) []queue.Job {
	b.Helper()
	jobs, err := b.s.ClaimReadyJobs(b.ctx, b.now, limit, hold)
	b.must(err)
	return jobs
}

// carry checks what a relay finds to do.
func (b *bench) carry(outstanding int, due bool) {
	b.Helper()
	n, ready, err := b.s.JobsToCarry(b.ctx, b.now)
	b.must(err)
	if n != outstanding || ready != due {
		b.Errorf("%d outstanding, one due: %v; want %d and %v", n, ready, outstanding, due)
	}
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) kind(want fault.Kind, err error) {
	b.Helper()
	if err == nil || fault.Of(err) != want {
		b.Errorf("error = %v, want one of kind %v", err, want)
	}
}

// is checks all of a stored job.
func (b *bench) is(want queue.Job) {
	b.Helper()
	got, err := b.s.Job(b.ctx, want.ID)
	b.must(err)
	b.same(want, got)
}

func (b *bench) same(want, got queue.Job) {
	b.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		b.Errorf("job (-want +got):\n%s", diff)
	}
}

func keeps(b *bench) {
	b.is(b.insert("full", func(j *queue.Job) {
		j.Run, j.Priority, j.MaxAttempts = "2026-03-29", queue.Urgent, 3
		j.RunAfter = b.now.Add(time.Hour)
	}))
	b.is(b.insert("bare", func(j *queue.Job) { j.Payload = nil }))
}

func keyOnce(b *bench) {
	job := b.insert("once")
	again, err := queue.New("other", "once", nil, b.now)
	b.must(err)
	inserted, err := b.s.InsertJob(b.ctx, again)
	b.must(err)
	if inserted {
		b.Error("the same key was inserted twice")
	}
	b.is(job)
}

func life(b *bench) {
	job := b.insert("life")
	claimed := b.claim(10)
	if len(claimed) != 1 {
		b.Fatalf("claimed %d jobs, want 1", len(claimed))
	}
	job.State, job.Dispatch, job.DispatchedUntil = queue.Dispatched, 1, b.now.Add(hold)
	b.same(job, claimed[0])
	b.is(job)

	b.now = b.now.Add(time.Second)
	begun, err := b.s.BeginJob(b.ctx, job.ID, 1, b.now, lease)
	b.must(err)
	job.State, job.Attempt, job.Fence, job.LeaseUntil = queue.Running, 1, 1, b.now.Add(lease)
	b.same(job, begun)
	b.is(job)

	b.now = b.now.Add(10 * time.Second)
	b.must(b.s.RenewJob(b.ctx, begun.Lease(), b.now, lease))
	job.LeaseUntil = b.now.Add(lease)
	b.is(job)

	b.must(b.s.EndJob(b.ctx, begun.Lease(), b.now, queue.Ending{State: queue.Done}))
	job.State, job.DoneAt = queue.Done, b.now
	b.is(job)
}

func order(b *bench) {
	b.insert("late", func(j *queue.Job) { j.RunAfter, j.ID = b.now.Add(-time.Second), 7 })
	b.insert("second of two", func(j *queue.Job) { j.RunAfter, j.ID = b.now.Add(-time.Minute), 2 })
	b.insert("first of two", func(j *queue.Job) { j.RunAfter, j.ID = b.now.Add(-time.Minute), 1 })
	b.insert("bulk", func(j *queue.Job) { j.RunAfter, j.Priority = b.now.Add(-time.Hour), queue.Bulk })
	b.insert("urgent", func(j *queue.Job) { j.Priority = queue.Urgent })
	var got []string
	for _, limit := range []int{2, 0, 10, 10} {
		for _, j := range b.claim(limit) {
			got = append(got, j.Key)
		}
	}
	want := []string{"urgent", "first of two", "second of two", "late", "bulk"}
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("order (-want +got):\n%s", diff)
	}
	b.carry(len(want), false)
}

func waits(b *bench) {
	b.carry(0, false)
	job := b.insert("later", func(j *queue.Job) { j.RunAfter = b.now.Add(time.Minute) })
	b.carry(0, false)
	if n := len(b.claim(10)); n != 0 {
		b.Errorf("claimed %d jobs before their time", n)
	}
	_, err := b.s.BeginJob(b.ctx, job.ID, 0, b.now, lease)
	b.kind(fault.Conflict, err)
	b.now = b.now.Add(time.Minute)
	b.carry(0, true)
	if n := len(b.claim(10)); n != 1 {
		b.Errorf("claimed %d jobs at their time, want 1", n)
	}
	b.carry(1, false)
}

func claimsAreDisjoint(b *bench) {
	const jobs = 60
	for i := range jobs {
		b.insert(fmt.Sprint("job ", i))
	}
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		seen = map[int64]int{}
	)
	for range 6 {
		wg.Go(func() {
			for {
				claimed, err := b.s.ClaimReadyJobs(b.ctx, b.now, 7, hold)
				if err != nil {
					b.Error(err)
				}
				if len(claimed) == 0 {
					return
				}
				mu.Lock()
				for _, j := range claimed {
					seen[j.ID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	// A claim may find nothing only because others hold all that is left.
	for _, j := range b.claim(jobs) {
		seen[j.ID]++
	}
	if len(seen) != jobs {
		b.Errorf("%d jobs were claimed, want %d", len(seen), jobs)
	}
	for id, n := range seen {
		if n != 1 {
			b.Errorf("job %d was claimed %d times", id, n)
		}
	}
}

func begunOnce(b *bench) {
	job := b.insert("once")
	b.claim(1)
	var (
		wg    sync.WaitGroup
		begun atomic.Int32
	)
	for range 8 {
		wg.Go(func() {
			_, err := b.s.BeginJob(b.ctx, job.ID, 1, b.now, lease)
			if err == nil {
				begun.Add(1)
				return
			}
			b.kind(fault.Conflict, err)
		})
	}
	wg.Wait()
	if n := begun.Load(); n != 1 {
		b.Errorf("begun %d times, want once", n)
	}
}

func oldDispatch(b *bench) {
	job := b.insert("old")
	b.claim(1)
	b.now = b.now.Add(hold)
	_, err := b.s.SweepJobs(b.ctx, b.now)
	b.must(err)
	b.claim(1)
	_, err = b.s.BeginJob(b.ctx, job.ID, 1, b.now, lease)
	b.kind(fault.Conflict, err)
	_, err = b.s.BeginJob(b.ctx, job.ID, 2, b.now, lease)
	b.must(err)
}

func sweeps(b *bench) {
	never := b.begin("lease runs out")
	b.insert("never begun")
	b.claim(1)
	kept := b.insert("begun later")
	b.now = b.now.Add(time.Second)
	b.claim(1)
	b.sweep(queue.Swept{}, b.now)
	b.now = start.Add(hold)
	b.sweep(queue.Swept{Dispatched: 1, Running: 1}, b.now)
	b.sweep(queue.Swept{}, b.now)
	never.State, never.LastError = queue.Ready, queue.LeaseExpired
	b.is(never)
	if _, err := b.s.BeginJob(b.ctx, kept.ID, 1, b.now, lease); err != nil {
		b.Errorf("a job that was not swept cannot be begun: %v", err)
	}
	// A message that is late, but not too late, may begin a swept job.
	if _, err := b.s.BeginJob(b.ctx, never.ID, 1, b.now, lease); err != nil {
		b.Errorf("a swept job cannot be begun: %v", err)
	}
}

func (b *bench) sweep(want queue.Swept, now time.Time) {
	b.Helper()
	got, err := b.s.SweepJobs(b.ctx, now)
	b.must(err)
	if got != want {
		b.Errorf("swept %+v, want %+v", got, want)
	}
}
