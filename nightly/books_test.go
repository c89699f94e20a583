package nightly

import (
	"context"
	"slices"
	"sync"
	"time"

	"holdfast/internal/fault"
)

// books is a Store of maps with a queue of jobs, for tests. Each job has a
// ticket; whoever finishes one whose fence has been raised meanwhile is refused.
type books struct {
	mu     sync.Mutex
	runs   map[string]*Run
	stages map[string][]StageRun
	done   map[Work]bool // without the try
	jobs   []job
}

type job struct {
	work  Work
	fence int64
	ended bool
}

func newBooks() *books {
	return &books{runs: map[string]*Run{}, stages: map[string][]StageRun{}, done: map[Work]bool{}}
}

func (b *books) StartRun(_ context.Context, run Run, stages []StageRun, first []Work) (Run, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.runs {
		if r.AsOf.Equal(run.AsOf) && !r.DryRun && !run.DryRun {
			return *r, false, nil
		}
	}
	b.runs[run.ID] = &run
	b.stages[run.ID] = slices.Clone(stages)
	b.begin(first)
	return run, true, nil
}

func (b *books) begin(work []Work) {
	for _, w := range work {
		b.jobs = append(b.jobs, job{work: w})
	}
}

func (b *books) Run(_ context.Context, id string) (Run, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r := b.runs[id]; r != nil {
		return *r, nil
	}
	return Run{}, fault.New(fault.NotFound, "there is no run %s", id)
}

func (b *books) RunAt(_ context.Context, asOf time.Time) (Run, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.runs {
		if r.AsOf.Equal(asOf) {
			return *r, nil
		}
	}
	return Run{}, fault.New(fault.NotFound, "there was no night")
}

func (b *books) Stages(_ context.Context, run string) ([]StageRun, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.stages[run]), nil
}

func (b *books) PinRun(_ context.Context, run string, version int64, model string) (Run, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r := b.runs[run]; r.Model == "" {
		r.Version, r.Model = version, model
	}
	return *b.runs[run], nil
}

func (b *books) stage(w Work) *StageRun {
	all := b.stages[w.Run]
	return &all[slices.IndexFunc(all, func(s StageRun) bool { return s.Stage == w.Stage })]
}

// end finishes the ticket's job, and the work it was for, once.
func (b *books) end(t Ticket) error {
	j := &b.jobs[t.Job]
	if j.ended || j.fence != t.Fence {
		return fault.New(fault.Conflict, "the job was given to somebody else")
	}
	j.ended = true
	return nil
}

func (b *books) FinishShard(_ context.Context, t Ticket, w Work, now time.Time, d Done, next []Work) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.end(t); err != nil {
		return err
	}
	w.Try = 0
	if b.done[w] {
		return nil
	}
	b.done[w] = true
	s := b.stage(w)
	if s.Counts == nil {
		s.Counts = Counts{}
	}
	s.Counts.Add(d.Counts)
	s.Memory = s.Memory.Most(d.Memory)
	if s.Done++; s.Done < s.Shards {
		return nil
	}
	s.Finished = now
	if len(next) == 0 {
		b.runs[w.Run].State, b.runs[w.Run].Finished = Completed, now
		return nil
	}
	b.begin(next)
	return nil
}

func (b *books) HoldRun(_ context.Context, t Ticket, w Work, now time.Time, reason string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.end(t); err != nil {
		return err
	}
	r := b.runs[w.Run]
	r.State, r.Reason, r.Finished = HeldBack, reason, now
	return nil
}

func (b *books) FailRun(_ context.Context, run string, now time.Time, reason string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.runs[run]
	r.State, r.Reason, r.Finished = Failed, reason, now
	return nil
}

func (b *books) ResumeRun(_ context.Context, run string, from Stage, _ time.Time) (Run, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.runs[run]
	r.State, r.Reason, r.Finished = Running, "", time.Time{}
	again := from == ""
	for i := range b.stages[run] {
		s := &b.stages[run][i]
		if s.Stage == from {
			again = true
			for j := i; j < len(b.stages[run]); j++ {
				b.reset(run, &b.stages[run][j])
			}
		}
		if !again || s.Done == s.Shards {
			continue
		}
		for k := range s.Shards {
			if w := (Work{Run: run, Stage: s.Stage, Shard: k}); !b.done[w] {
				w.Try = 1
				b.begin([]Work{w})
			}
		}
		break
	}
	return *r, nil
}

func (b *books) reset(run string, s *StageRun) {
	for k := range s.Shards {
		delete(b.done, Work{Run: run, Stage: s.Stage, Shard: k})
	}
	s.Done, s.Counts = 0, nil
}

// open lists the jobs that have not ended.
func (b *books) open() []int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []int64
	for i, j := range b.jobs {
		if !j.ended {
			out = append(out, int64(i))
		}
	}
	return out
}

// run handles one job as a worker would.
func (b *books) run(n *Night, id int64) error {
	b.mu.Lock()
	j := b.jobs[id]
	b.mu.Unlock()
	return n.Handle(context.Background(), j.work.Payload(), Ticket{Job: id, Fence: j.fence})
}
