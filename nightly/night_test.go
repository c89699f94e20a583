package nightly

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/internal/fault"
)

var asOf = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func clock() time.Time { return asOf.Add(2 * time.Hour) }

// play is a night of three stages that notes what is done, and does to a shard
// what the test says.
type play struct {
	mu    sync.Mutex
	notes []string
	fail  map[string]error // by "stage shard", once
}

func (p *play) steps() []Step {
	do := func(stage Stage) func(context.Context, Run, int) (Counts, error) {
		return func(_ context.Context, _ Run, shard int) (Counts, error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			note := fmt.Sprintf("%s %d", stage, shard)
			if err := p.fail[note]; err != nil {
				delete(p.fail, note)
				return nil, err
			}
			p.notes = append(p.notes, note)
			return Counts{"customers": 10}, nil
		}
	}
	return []Step{
		{Stage: StageImport, Do: do(StageImport)}, {Stage: StageScore, PerPartition: true, Do: do(StageScore)}, {Stage: StagePublish, Do: do(StagePublish)},
	}
}

func newNight(b *books, p *play) *Night {
	return New(b, p.steps(), 4, clock, slog.New(slog.DiscardHandler))
}

func start(t testing.TB, n *Night) {
	t.Helper()
	run, created, err := n.Start(context.Background(), Run{ID: "n1", AsOf: asOf})
	if err != nil || !created || run.State != Running || !run.Started.Equal(clock()) {
		t.Fatalf("%+v, %v, %v", run, created, err)
	}
}

// Whatever the order of the jobs, and however often one is done or loses its
// fence, each shard counts once and no stage begins before the one before it
// has ended.
func TestStagesInOrderShardsOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b, p := newBooks(), &play{}
		n := newNight(b, p)
		start(t, n)
		for range 200 {
			open := b.open()
			if len(open) == 0 {
				break
			}
			id := rapid.SampledFrom(open).Draw(rt, "job")
			if rapid.Bool().Draw(rt, "taken over") { // its lease ran out while it was at it
				old := Ticket{Job: id, Fence: b.jobs[id].fence}
				b.jobs[id].fence++
				if err := n.Handle(context.Background(), b.jobs[id].work.Payload(), old); fault.Of(err) != fault.Conflict {
					rt.Fatalf("a lost fence finished its job: %v", err)
				}
			}
			if err := b.run(n, id); err != nil {
				rt.Fatal(err)
			}
		}
		if r := b.runs["n1"]; r.State != Completed || !r.Finished.Equal(clock()) {
			rt.Fatalf("the run is %+v", r)
		}
		for i, s := range b.stages["n1"] {
			if s.Done != s.Shards || s.Counts["customers"] != int64(10*s.Shards) {
				rt.Fatalf("stage %d: %+v", i, s)
			}
		}
		checkOrder(rt, p.notes)
	})
}

func checkOrder(t *rapid.T, notes []string) {
	order := []string{"import", "score", "publish"}
	at := 0
	for _, note := range notes {
		stage, _, _ := strings.Cut(note, " ")
		k := slices.Index(order, stage)
		if k < at {
			t.Fatalf("%s after %s", stage, order[at])
		}
		at = k
	}
}

func TestANightHappensOnce(t *testing.T) {
	t.Parallel()
	b := newBooks()
	n := newNight(b, &play{})
	start(t, n)
	got, created, err := n.Start(context.Background(), Run{ID: "n2", AsOf: asOf})
	if err != nil || created || got.ID != "n1" || len(b.open()) != 1 {
		t.Errorf("a second start: %+v, %v, %v, %d jobs", got, created, err, len(b.open()))
	}
}

func TestHeldAndResumed(t *testing.T) {
	t.Parallel()
	b, p := newBooks(), &play{fail: map[string]error{"score 2": fmt.Errorf("score: %w", fault.New(fault.Held, "half the rows are missing"))}}
	n := newNight(b, p)
	start(t, n)
	for len(b.open()) > 0 {
		if err := b.run(n, b.open()[0]); err != nil {
			t.Fatal(err)
		}
	}
	if r := b.runs["n1"]; r.State != HeldBack || r.Reason != "score: half the rows are missing" {
		t.Fatalf("%+v", r)
	}
	if slices.Contains(p.notes, "publish 0") {
		t.Fatal("a held night published")
	}
	if _, err := b.ResumeRun(context.Background(), "n1", "", clock()); err != nil {
		t.Fatal(err)
	}
	for len(b.open()) > 0 {
		if err := b.run(n, b.open()[0]); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"import 0", "score 0", "score 1", "score 3", "score 2", "publish 0"}
	if b.runs["n1"].State != Completed || !slices.Equal(p.notes, want) {
		t.Errorf("%s after %v, want %v", b.runs["n1"].State, p.notes, want)
	}
	if _, err := b.ResumeRun(context.Background(), "n1", StageScore, clock()); err != nil {
		t.Fatal(err)
	}
	for len(b.open()) > 0 {
		if err := b.run(n, b.open()[0]); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.notes) != len(want)+5 || b.stages["n1"][1].Counts["customers"] != 40 {
		t.Errorf("again from the second stage: %v, %v", p.notes, b.stages["n1"][1])
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	b, p := newBooks(), &play{fail: map[string]error{"import 0": fault.New(fault.Unavailable, "the disk is away")}}
	n := newNight(b, p)
	start(t, n)
	err := b.run(n, 0)
	if fault.Of(err) != fault.Unavailable || err.Error() != "import, shard 0: the disk is away" || len(b.open()) != 1 {
		t.Errorf("%v, %d jobs", err, len(b.open()))
	}
	if err := n.GaveUp(context.Background(), b.jobs[0].work.Payload(), "the disk is away"); err != nil {
		t.Fatal(err)
	}
	if r := b.runs["n1"]; r.State != Failed || r.Reason != "import, shard 0: the disk is away" || !r.State.Ended() || Running.Ended() {
		t.Errorf("%+v", r)
	}
	for payload, want := range map[string]fault.Kind{
		"{":                               fault.Invalid,
		`{"run":"n1","stage":"sweeping"}`: fault.Invalid,
		`{"run":"n9","stage":"import"}`:   fault.NotFound,
	} {
		if err := n.Handle(context.Background(), []byte(payload), Ticket{}); fault.Of(err) != want {
			t.Errorf("%s: %v", payload, err)
		}
	}
	if err := n.GaveUp(context.Background(), []byte("{"), ""); fault.Of(err) != fault.Invalid {
		t.Error(err)
	}
}

// broken is a Store that is away.
type broken struct{ *books }

func (broken) StartRun(context.Context, Run, []StageRun, []Work) (Run, bool, error) {
	return Run{}, false, errors.New("away")
}

func TestStartThatFails(t *testing.T) {
	t.Parallel()
	n := New(broken{newBooks()}, nil, 1, clock, slog.New(slog.DiscardHandler))
	if _, _, err := n.Start(context.Background(), Run{ID: "n1", AsOf: asOf}); err == nil || err.Error() != "start run n1: away" {
		t.Error(err)
	}
}
