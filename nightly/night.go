package nightly

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"holdfast/internal/fault"
)

// Step is one stage with the work of one of its shards. Do must give the same
// result when it is run twice for the same run and shard: it writes under the
// unpublished run, replacing what an earlier try left.
type Step struct {
	Stage        Stage
	PerPartition bool
	Do           func(ctx context.Context, run Run, shard int) (Counts, error)
}

// Night runs steps in order.
type Night struct {
	store      Store
	steps      []Step
	partitions int
	now        func() time.Time
	log        *slog.Logger
	meter      *Meter // nil measures nothing
}

// New makes a night of these steps over a database of so many partitions.
func New(store Store, steps []Step, partitions int, now func() time.Time, log *slog.Logger) *Night {
	return &Night{store: store, steps: steps, partitions: partitions, now: now, log: log}
}

func (n *Night) shards(s Step) int {
	if s.PerPartition {
		return n.partitions
	}
	return 1
}

// work lists the shards of step i, none after the last.
func (n *Night) work(run string, i int) []Work {
	if i >= len(n.steps) {
		return nil
	}
	s := n.steps[i]
	w := make([]Work, n.shards(s))
	for k := range w {
		w[k] = Work{Run: run, Stage: s.Stage, Shard: k}
	}
	return w
}

// Start begins the night of run.AsOf, or returns the one that already began:
// a night happens once per as-of, whoever asks and how often.
//
// scheduled: by the job that cron inserts. manual: nightly run.
func (n *Night) Start(ctx context.Context, run Run) (Run, bool, error) {
	stages := make([]StageRun, len(n.steps))
	for i, s := range n.steps {
		stages[i] = StageRun{Stage: s.Stage, Shards: n.shards(s)}
	}
	run.State, run.Started = Running, n.now()
	got, created, err := n.store.StartRun(ctx, run, stages, n.work(run.ID, 0))
	if err != nil {
		return Run{}, false, fmt.Errorf("start run %s: %w", run.ID, err)
	}
	return got, created, nil
}

// Handle does one shard and records it.
//
// queue: the handler of every night job.
func (n *Night) Handle(ctx context.Context, payload []byte, t Ticket) error {
	var w Work
	if err := json.Unmarshal(payload, &w); err != nil {
		return fault.New(fault.Invalid, "a night's job cannot be read: %v", err)
	}
	i := n.index(w.Stage)
	if i < 0 {
		return fault.New(fault.Invalid, "this program has no stage %q; the job was made by another version", w.Stage)
	}
	run, err := n.store.Run(ctx, w.Run)
	if err != nil {
		return fmt.Errorf("read run %s: %w", w.Run, err)
	}
	started := n.now()
	n.meter.begin(w)
	counts, err := n.steps[i].Do(ctx, run, w.Shard)
	if fault.Of(err) == fault.Held {
		n.log.Warn("night held", "run", run.ID, "stage", w.Stage, "reason", err.Error())
		return n.store.HoldRun(ctx, t, w, n.now(), err.Error())
	}
	if err != nil {
		return fmt.Errorf("%s%w", where(w), err)
	}
	n.log.Debug("shard done", "stage", w.Stage, "shard", w.Shard, "took", n.now().Sub(started))
	return n.store.FinishShard(ctx, t, w, n.now(), Done{counts, n.meter.read()}, n.work(w.Run, i+1))
}

// where names the stage and the shard of a job, before what went wrong there.
func where(w Work) string { return fmt.Sprintf("%s, shard %d: ", w.Stage, w.Shard) }

// GaveUp records that a job of this night will not be tried again.
func (n *Night) GaveUp(ctx context.Context, payload []byte, cause string) error {
	var w Work
	if err := json.Unmarshal(payload, &w); err != nil {
		return fault.New(fault.Invalid, "a night's job cannot be read: %v", err)
	}
	return n.store.FailRun(ctx, w.Run, n.now(), where(w)+strings.TrimPrefix(cause, where(w)))
}

func (n *Night) index(s Stage) int {
	for i, st := range n.steps {
		if st.Stage == s {
			return i
		}
	}
	return -1
}

// Ended says whether nothing more will happen to the run by itself.
func (s State) Ended() bool { return s != Running }
