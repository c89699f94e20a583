package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/nightly"
	"holdfast/queue"
	"holdfast/store"
)

// TestRehearsals: one waits at a time, with its job; what came of it is kept,
// once; and the oldest go.
func TestRehearsals(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		ask := nightly.Rehearsal{By: "mia", At: noon, Run: "n1", AsOf: noon.Truncate(24 * time.Hour), Policy: "interventions: {} # \x00"}
		id, err := s.AskRehearsal(ctx, ask)
		must(t, err)
		if _, err := s.AskRehearsal(ctx, ask); fault.Of(err) != fault.Conflict {
			t.Errorf("a second one while the first waits: %v", err)
		}
		jobs, err := s.Jobs(ctx, store.JobFilter{Kind: store.RehearsalJob})
		must(t, err)
		var of store.RehearsalOf
		if len(jobs) != 1 || jobs[0].State != queue.Ready || jobs[0].Decode(&of) != nil || of.ID != id {
			t.Fatalf("%d jobs, of %d: %+v", len(jobs), of.ID, jobs)
		}
		got, err := s.Rehearsal(ctx, id)
		must(t, err)
		ask.ID, ask.Policy = id, strings.ReplaceAll(ask.Policy, "\x00", "\uFFFD")
		if d := cmp.Diff(ask, got); d != "" || !got.Waits() {
			t.Errorf("kept otherwise than asked: %s", d)
		}
		result := &nightly.Comparison{Both: 7, Now: interventions.Plan{Contacts: 9, Treatments: map[string]interventions.PlanLine{"call": {Contacts: 9}}}}
		must(t, s.EndRehearsal(ctx, id, noon.Add(time.Minute), result, ""))
		must(t, s.EndRehearsal(ctx, id, noon.Add(time.Hour), nil, "told twice"))
		got, err = s.Rehearsal(ctx, id)
		must(t, err)
		if d := cmp.Diff(result, got.Result); d != "" || got.Waits() || got.Problem != "" || !got.Ended.Equal(noon.Add(time.Minute)) {
			t.Errorf("what came of it: %+v %s", got, d)
		}
		for i := range 101 {
			ask.At = noon.Add(time.Duration(i+1) * time.Minute)
			next, err := s.AskRehearsal(ctx, ask)
			must(t, err)
			must(t, s.EndRehearsal(ctx, next, noon, nil, "no"))
		}
		list, err := s.Rehearsals(ctx, 500)
		must(t, err)
		if len(list) > 101 || len(list) < 100 || list[0].Problem != "no" || list[0].Policy != "" || !list[0].At.Equal(noon.Add(101*time.Minute)) {
			t.Errorf("%d are kept, the newest %+v", len(list), list[0])
		}
		if _, err := s.Rehearsal(ctx, id); fault.Of(err) != fault.NotFound {
			t.Errorf("the oldest: %v", err)
		}
	})
}
