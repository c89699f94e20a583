package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/fault"
	"holdfast/nightly"
	"holdfast/queue"
	"holdfast/store"
)

// threeStages is a small night: one shard, four, one.
var threeStages = []nightly.StageRun{
	{Stage: nightly.StageTrain, Shards: 1}, {Stage: nightly.StageScore, Shards: 4}, {Stage: nightly.StageClean, Shards: 1},
}

func works(run string, stage nightly.Stage, shards int) []nightly.Work {
	w := make([]nightly.Work, shards)
	for i := range w {
		w[i] = nightly.Work{Run: run, Stage: stage, Shard: i}
	}
	return w
}

// nextOf is what Night hands to FinishShard.
func nextOf(w nightly.Work) []nightly.Work {
	for i, st := range threeStages {
		if st.Stage == w.Stage && i+1 < len(threeStages) {
			return works(w.Run, threeStages[i+1].Stage, threeStages[i+1].Shards)
		}
	}
	return nil
}

func startNight(t *testing.T, s *store.Store, id string, asOf time.Time) nightly.Run {
	t.Helper()
	run, created, err := s.StartRun(t.Context(), nightly.Run{
		ID: id, AsOf: asOf, Config: "c1", Binary: "v1", State: nightly.Running, Started: noon,
	}, threeStages, works(id, nightly.StageTrain, 1))
	must(t, err)
	if !created {
		t.Fatalf("run %s was there already", id)
	}
	return run
}

// beginJobs takes every ready job of a run, as workers would.
func beginJobs(t *testing.T, s *store.Store, run string) map[nightly.Ticket]nightly.Work {
	t.Helper()
	jobs, err := s.Jobs(t.Context(), store.JobFilter{Run: run, State: queue.Ready})
	must(t, err)
	tickets := map[nightly.Ticket]nightly.Work{}
	for _, j := range jobs {
		if !strings.HasPrefix(j.Kind, "night.") {
			continue
		}
		began, err := s.BeginJob(t.Context(), j.ID, j.Dispatch, noon.Add(time.Hour), time.Minute)
		must(t, err)
		var w nightly.Work
		must(t, began.Decode(&w))
		if want := fmt.Sprintf("night/%s/%s/%d/%d", w.Run, w.Stage, w.Shard, w.Try); began.Key != want || began.Kind != "night."+string(w.Stage) {
			t.Errorf("job %s of kind %s, want %s", began.Key, began.Kind, want)
		}
		tickets[nightly.Ticket{Job: began.ID, Fence: began.Fence}] = w
	}
	return tickets
}

func finishAll(t *testing.T, s *store.Store, run string) int {
	t.Helper()
	tickets := beginJobs(t, s, run)
	for ticket, w := range tickets {
		held := nightly.Memory{Peak: int64(100 + w.Shard), Live: int64(50 - w.Shard)}
		must(t, s.FinishShard(t.Context(), ticket, w, noon, nightly.Done{Counts: nightly.Counts{"rows": 10}, Memory: held}, nextOf(w)))
	}
	return len(tickets)
}

func TestANightRunsOncePerAsOf(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var wg sync.WaitGroup
		var mu sync.Mutex
		created, ids := 0, map[string]bool{}
		for i := range 8 {
			wg.Go(func() {
				id := fmt.Sprintf("r%d", i)
				got, fresh, err := s.StartRun(ctx, nightly.Run{ID: id, AsOf: noon, State: nightly.Running, Started: noon},
					threeStages, works(id, nightly.StageTrain, 1))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				ids[got.ID] = true
				if fresh {
					created++
				}
			})
		}
		wg.Wait()
		if created != 1 || len(ids) != 1 {
			t.Fatalf("%d runs were made, named %v, want one", created, ids)
		}
		jobs, err := s.Jobs(ctx, store.JobFilter{Kind: "night.train"})
		must(t, err)
		if len(jobs) != 1 {
			t.Errorf("%d first jobs, want 1", len(jobs))
		}
		_, fresh, err := s.StartRun(ctx, nightly.Run{ID: "dry", AsOf: noon, DryRun: true, State: nightly.Running, Started: noon}, threeStages, nil)
		if err != nil || !fresh {
			t.Errorf("a dry run of the same night: created %v, %v", fresh, err)
		}
		if got, err := s.RunAt(ctx, noon); err != nil || got.DryRun {
			t.Errorf("RunAt = %+v, %v, want the real night", got, err)
		}
		if _, err := s.Run(ctx, "nobody"); fault.Of(err) != fault.NotFound {
			t.Errorf("an unknown run gives %v, want not found", err)
		}
	})
}

func TestANightGoesFromStageToStage(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		startNight(t, s, "a", noon)
		for i, want := range []int{1, 4, 1, 0} {
			if n := finishAll(t, s, "a"); n != want {
				t.Fatalf("stage %d had %d jobs, want %d", i, n, want)
			}
		}
		run, err := s.RunAt(ctx, time.Time{})
		must(t, err)
		want := nightly.Run{ID: "a", AsOf: noon, Config: "c1", Binary: "v1", State: nightly.Completed, Started: noon, Finished: noon}
		if diff := cmp.Diff(want, run); diff != "" {
			t.Error(diff)
		}
		stages, err := s.Stages(ctx, "a")
		must(t, err)
		for i, st := range stages {
			if st.Done != threeStages[i].Shards || st.Counts["rows"] != int64(10*st.Shards) || st.Finished.IsZero() || st.Started.IsZero() {
				t.Errorf("stage %s ended as %+v", st.Stage, st)
			}
		}
		if newest, err := s.NewestNight(ctx); err != nil || !newest.Equal(noon) {
			t.Errorf("the newest night is %v, %v, want %v", newest, err, noon)
		}
	})
}

// Two workers have every shard: one of them lost its lease without noticing,
// and a second job was made for the same work.
func TestAShardCountsOnceAndStartsTheNextStageOnce(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		startNight(t, s, "a", noon)
		finishAll(t, s, "a")
		tickets := map[nightly.Ticket]nightly.Work{}
		for ticket, w := range beginJobs(t, s, "a") {
			double, err := queue.New("night.score", fmt.Sprintf("double/%d", w.Shard), w, noon)
			must(t, err)
			_, err = s.InsertJob(ctx, double)
			must(t, err)
			began, err := s.BeginJob(ctx, double.ID, 0, noon, time.Minute)
			must(t, err)
			tickets[ticket] = w
			tickets[nightly.Ticket{Job: began.ID, Fence: began.Fence}] = w
			tickets[nightly.Ticket{Job: ticket.Job, Fence: ticket.Fence + 7}] = w // never held
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		conflicts := 0
		for ticket, w := range tickets {
			wg.Go(func() {
				err := s.FinishShard(ctx, ticket, w, noon, nightly.Done{Counts: nightly.Counts{"rows": 10}}, nextOf(w))
				mu.Lock()
				defer mu.Unlock()
				if fault.Of(err) == fault.Conflict {
					conflicts++
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		stages, err := s.Stages(ctx, "a")
		must(t, err)
		if st := stages[1]; st.Done != 4 || st.Counts["rows"] != 40 {
			t.Errorf("score ended as %+v, want 4 shards and 40 rows", st)
		}
		jobs, err := s.Jobs(ctx, store.JobFilter{Kind: "night.clean"})
		must(t, err)
		if len(jobs) != 1 {
			t.Errorf("the last stage was started %d times", len(jobs))
		}
		if conflicts != 4 {
			t.Errorf("%d fences were refused, want the 4 that nobody held", conflicts)
		}
	})
}

func TestHoldAndResume(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		startNight(t, s, "a", noon)
		finishAll(t, s, "a")
		for ticket, w := range beginJobs(t, s, "a") {
			if w.Shard == 2 {
				must(t, s.HoldRun(ctx, ticket, w, noon, "half the rows are missing"))
				continue
			}
			must(t, s.FinishShard(ctx, ticket, w, noon, nightly.Done{Counts: nightly.Counts{"rows": 10}}, nextOf(w)))
		}
		run, err := s.Run(ctx, "a")
		must(t, err)
		if run.State != nightly.HeldBack || run.Reason != "half the rows are missing" {
			t.Fatalf("the run is %+v, want held", run)
		}
		run, err = s.ResumeRun(ctx, "a", "", noon)
		must(t, err)
		if run.State != nightly.Running || run.Reason != "" {
			t.Errorf("the run is %+v, want running", run)
		}
		if _, err := s.ResumeRun(ctx, "a", "", noon); fault.Of(err) != fault.Conflict {
			t.Errorf("resuming what runs gives %v, want a conflict", err)
		}
		again := beginJobs(t, s, "a")
		if len(again) != 1 {
			t.Fatalf("%d shards were started again, want the held one", len(again))
		}
		for ticket, w := range again {
			if w.Shard != 2 || w.Try != 1 {
				t.Errorf("resumed with %+v", w)
			}
			must(t, s.FinishShard(ctx, ticket, w, noon, nightly.Done{Counts: nightly.Counts{"rows": 10}}, nextOf(w)))
		}
		finishAll(t, s, "a")
		if run, _ := s.Run(ctx, "a"); run.State != nightly.Completed {
			t.Errorf("the run ended %s", run.State)
		}
	})
}

func TestFailedNightsAreRunAnewFromAStage(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		startNight(t, s, "a", noon)
		pinned, err := s.PinRun(ctx, "a", 3, "m1")
		must(t, err)
		if again, err := s.PinRun(ctx, "a", 9, "m2"); err != nil || again.Version != 3 || again.Model != "m1" || pinned != again {
			t.Errorf("pinned again: %+v, %v", again, err)
		}
		finishAll(t, s, "a")
		old := beginJobs(t, s, "a")
		must(t, s.FailRun(ctx, "a", noon, "score, shard 1: no memory"))
		must(t, s.FailRun(ctx, "a", noon, "score, shard 1: no model")) // retried, and stopped again
		must(t, s.FailRun(ctx, "a", noon, "another"))
		if run, _ := s.Run(ctx, "a"); run.State != nightly.Failed || run.Reason != "score, shard 1: no model" {
			t.Errorf("the run is %+v", run)
		}
		if _, err := s.ResumeRun(ctx, "a", "lunch", noon); fault.Of(err) != fault.NotFound {
			t.Errorf("an unknown stage gives %v", err)
		}
		run, err := s.ResumeRun(ctx, "a", nightly.StageTrain, noon)
		must(t, err)
		if run.Version != 0 || run.Model != "" {
			t.Errorf("what training pinned is still there: %+v", run)
		}
		for ticket, w := range old { // from before the re-run: they end and count for nothing
			must(t, s.FinishShard(ctx, ticket, w, noon, nightly.Done{Counts: nightly.Counts{"rows": 1000}}, nextOf(w)))
		}
		stages, err := s.Stages(ctx, "a")
		must(t, err)
		if stages[1].Done != 0 || len(stages[1].Counts) != 0 {
			t.Errorf("shards of before the re-run counted: %+v", stages[1])
		}
		for i, want := range []int{1, 4, 1} {
			if n := finishAll(t, s, "a"); n != want {
				t.Fatalf("stage %d had %d jobs, want %d", i, n, want)
			}
		}
		if run, _ := s.Run(ctx, "a"); run.State != nightly.Completed {
			t.Errorf("the run ended %s", run.State)
		}
	})
}

// TestTheTimeBetweenTwoRunsIsNotWorked: a night that is run again from a stage
// took what its stages took, those before it in the first run; a stage that was
// held took what it did after it was resumed.
func TestTheTimeBetweenTwoRunsIsNotWorked(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		minute := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }
		finish := func(at time.Time) {
			t.Helper()
			for ticket, w := range beginJobs(t, s, "a") {
				must(t, s.FinishShard(ctx, ticket, w, at, nightly.Done{}, nextOf(w)))
			}
		}
		startNight(t, s, "a", noon)
		finish(minute(1)) // train: 1
		must(t, s.FailRun(ctx, "a", minute(5), "the disk is full"))
		_, err := s.ResumeRun(ctx, "a", "", minute(20))
		must(t, err)
		finish(minute(23)) // score: 3
		finish(minute(25)) // clean: 2
		run, err := s.Run(ctx, "a")
		must(t, err)
		if run.Worked != 6*time.Minute || !run.Again.IsZero() || !run.Finished.Equal(minute(25)) {
			t.Errorf("resumed: %+v", run)
		}
		_, err = s.ResumeRun(ctx, "a", nightly.StageScore, minute(40))
		must(t, err)
		finish(minute(45)) // score: 5
		finish(minute(52)) // clean: 7
		if run, err = s.Run(ctx, "a"); err != nil || run.Worked != 13*time.Minute || !run.Again.Equal(minute(40)) || !run.Started.Equal(noon) {
			t.Errorf("run again: %+v, %v", run, err)
		}
	})
}

// TestAHeldStageIsPassedOverByARunFromALaterOne: it was not done, and nothing
// of it is left to be done.
func TestAHeldStageIsPassedOverByARunFromALaterOne(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		_, _, err := s.StartRun(ctx, nightly.Run{ID: "a", AsOf: noon, State: nightly.Running, Started: noon}, []nightly.StageRun{
			{Stage: nightly.StageCheck, Shards: 1}, {Stage: nightly.StageTrain, Shards: 1},
		}, works("a", nightly.StageCheck, 1))
		must(t, err)
		for ticket, w := range beginJobs(t, s, "a") {
			must(t, s.HoldRun(ctx, ticket, w, noon, "half the rows are missing"))
		}
		if stages, err := s.Stages(ctx, "a"); err != nil || stages[0].Passed() {
			t.Errorf("held: %+v, %v", stages, err)
		}
		_, err = s.ResumeRun(ctx, "a", nightly.StageTrain, noon)
		must(t, err)
		if stages, err := s.Stages(ctx, "a"); err != nil || !stages[0].Passed() || stages[1].Passed() {
			t.Errorf("run from the stage after it: %+v, %v", stages, err)
		}
	})
}
