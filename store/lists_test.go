package store_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/store"
	"holdfast/training"
)

func TestADraftIsSeenByNobodyAndAReleasedListByAll(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 700)
		pub, _ := draftNight(t, s, "a", noon, 700)
		later := noon.Add(time.Hour)
		tasks, err := s.Workable(ctx, later, interventions.Skip{}, 50)
		must(t, err)
		messages, err := s.DueMessages(ctx, later, 50)
		must(t, err)
		rows, total, err := s.RiskList(ctx, store.RiskFilter{})
		must(t, err)
		arms, err := s.Arms(ctx, later)
		must(t, err)
		exposures := draws(t, s)
		if len(tasks)+len(messages)+len(rows)+total+len(arms)+len(exposures) != 0 {
			t.Fatalf("a draft shows %d tasks, %d messages, %d of %d rows, %d arms, %d exposures", len(tasks), len(messages), len(rows), total, len(arms), len(exposures))
		}
		if _, err := s.Waterfall(ctx, time.Time{}); fault.Of(err) != fault.NotFound {
			t.Errorf("the totals of a draft: %v", err)
		}
		if at, err := s.NewestReleased(ctx); err != nil || !at.IsZero() {
			t.Errorf("before any release the newest released list is of %v (%v)", at, err)
		}
		counts := publish(t, s, "a", pub.ID, noon)
		if at, err := s.NewestReleased(ctx); err != nil || !at.Equal(noon) {
			t.Errorf("the newest released list is of %v (%v), want %v", at, err, noon)
		}
		if again := publish(t, s, "a", pub.ID, later); !cmp.Equal(counts, again) {
			t.Errorf("published again: %v, at first %v", again, counts)
		}
		if counts["tasks"] == 0 || counts["messages"] == 0 {
			t.Errorf("the counts are %v", counts)
		}
		got, err := s.Publication(ctx, pub.ID)
		must(t, err)
		if got.State != interventions.PublicationReleased || !got.ReleasedAt.Equal(noon) {
			t.Errorf("the list is %+v", got)
		}
		if err := s.SaveScores(ctx, "a", 1, nil); fault.Of(err) != fault.Conflict {
			t.Errorf("changing scores of a released list gives %v", err)
		}
		if err := s.SaveDecisions(ctx, pub.ID, 1, nil, nil); fault.Of(err) != fault.Conflict {
			t.Errorf("changing decisions of a released list gives %v", err)
		}
		want := decide(scoresOf(1, 700, noon))
		for _, i := range []int{0, 3, 17, 44, 75, 699} {
			d, err := s.DecisionOf(ctx, want[i].Customer, noon)
			must(t, err)
			if diff := cmp.Diff(want[i].Public().Result, d.Result); diff != "" || d.Propensity != 0 {
				t.Errorf("customer %d: %s", i, diff)
			}
			sealed, err := s.SealedDecision(ctx, want[i].Customer, noon)
			must(t, err)
			if sealed.Result != want[i].Result {
				t.Errorf("the sealed decision of customer %d is %s, want %s", i, sealed.Result, want[i].Result)
			}
		}
		jobs, err := s.Jobs(ctx, store.JobFilter{Kind: "deliver"})
		must(t, err)
		due, err := s.DueMessages(ctx, later, 500)
		must(t, err)
		if len(jobs) != len(due) || len(due) == 0 {
			t.Errorf("%d delivery jobs for %d messages", len(jobs), len(due))
		}
	})
}

// draws returns the selections of all partitions.
func draws(t *testing.T, s *store.Store) (all []training.Draw) {
	t.Helper()
	for p := range s.Partitions() {
		list, err := s.Draws(t.Context(), p)
		must(t, err)
		all = append(all, list...)
	}
	return all
}

// Training reads every selection of a released list once, with the shares that
// its arms were drawn at.
func TestDraws(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		file(t, s, 300)
		pub, _ := draftNight(t, s, "a", noon, 300)
		publish(t, s, "a", pub.ID, noon)
		arms, err := s.Arms(t.Context(), noon.Add(time.Hour))
		must(t, err)
		share := make(map[interventions.ArmKey]float64)
		for _, a := range arms {
			share[interventions.ArmKey{Household: a.Household, Layer: a.Layer}] = a.Share
		}
		got, drawn := draws(t, s), 0
		for _, d := range got {
			global, ghost := share[interventions.ArmKey{Household: d.Household, Layer: interventions.LayerGlobal}], share[interventions.ArmKey{Household: d.Household, Layer: interventions.Layer(d.Treatment)}]
			if d.Global != global || d.Ghost != ghost || !d.At.Equal(noon) || !d.Contacted.IsZero() || (d.Arm != "treat" && d.Arm != "ghost") {
				t.Fatalf("%+v, want shares %v and %v", d, global, ghost)
			}
			if global+ghost > 0 {
				drawn++
			}
		}
		if len(got) == 0 || drawn == 0 {
			t.Errorf("%d selections, %d of them drawn", len(got), drawn)
		}
	})
}

// A crash between any two steps, then the same call again.
func TestReleaseGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 300)
		first, _ := draftNight(t, s, "a", noon, 300)
		publish(t, s, "a", first.ID, noon)
		second, skipped := draftNight(t, s, "b", noon.AddDate(0, 0, 1), 300)
		if skipped != 0 {
			t.Errorf("%d pieces of work that nobody began kept their keys", skipped)
		}
		crashes := 0
		for step := 1; step <= 12; step++ { // the n-th write of the release fails
			broken, cancel := store.FailAfter(ctx, s, step)
			_, err := s.Publish(broken, "b", second.ID, noon.AddDate(0, 0, 1))
			cancel()
			if err == nil {
				break
			}
			crashes++
		}
		if crashes < 5 {
			t.Errorf("the release was interrupted %d times, want many", crashes)
		}
		publish(t, s, "b", second.ID, noon.AddDate(0, 0, 1))
		wantList(t, s, second.ID, 300)
	})
}

// wantList checks that the queue is just what the list of n customers a
// partition brings, each key once.
func wantList(t *testing.T, s *store.Store, pub interventions.PublicationID, n int) {
	t.Helper()
	ctx := t.Context()
	var tasks, messages int
	for partition := range 2 {
		w := assign(pub, partition, decide(scoresOf(partition, n, noon)))
		tasks, messages = tasks+len(w.Tasks), messages+len(w.Messages)
	}
	now := noon.AddDate(0, 0, 2)
	got, err := s.Workable(ctx, now, interventions.Skip{}, 2000)
	must(t, err)
	keys := map[string]int{}
	for _, task := range got {
		keys[task.Key]++
		if task.Publication != pub {
			t.Errorf("task %d is of list %d", task.ID, task.Publication)
		}
	}
	due, err := s.DueMessages(ctx, now, 2000)
	must(t, err)
	for _, m := range due {
		keys[m.Key]++
		if m.Publication != pub {
			t.Errorf("message %d is of list %d", m.ID, m.Publication)
		}
	}
	if len(got) != tasks || len(due) != messages {
		t.Errorf("%d tasks and %d messages wait, want %d and %d", len(got), len(due), tasks, messages)
	}
	for k, n := range keys {
		if n != 1 {
			t.Errorf("%d pieces of work for %s", n, k)
		}
	}
	if k := store.CountRows(t, s, "work_keys"); k != tasks+messages {
		t.Errorf("%d keys are held, want %d", k, tasks+messages)
	}
}

// R8: what somebody began under one list is not made again by another.
func TestR8DoublesAreImpossible(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 200)
		first, _ := draftNight(t, s, "a", noon, 200)
		publish(t, s, "a", first.ID, noon)
		now := noon.Add(time.Hour)
		ready := agentTasks(t, s, now)
		for _, task := range ready[:2] {
			begin(t, s, task, now)
		}
		second, skipped := draftNight(t, s, "b", noon.AddDate(0, 0, 1), 200)
		if skipped != 2 {
			t.Errorf("%d pieces of work were left out of the draft, want the 2 begun", skipped)
		}
		begin(t, s, ready[2], now) // after the draft, before the release
		publish(t, s, "b", second.ID, noon.AddDate(0, 0, 1))
		open := map[string]int{}
		for _, task := range ready {
			tasks, err := s.OpenTasks(ctx, task.Household)
			must(t, err)
			for _, o := range tasks {
				open[o.Key]++
			}
		}
		for _, task := range ready {
			if open[task.Key] != 1 {
				t.Errorf("%d open tasks for %s", open[task.Key], task.Key)
			}
		}
		for _, task := range ready[:3] {
			if got, err := s.Task(ctx, task.ID); err != nil || got.State != interventions.TaskInProgress {
				t.Errorf("begun work became %s, %v", got.State, err)
			}
		}
		again := ready[0]
		again.ID, again.StartedAt = 77, time.Time{}
		err := s.SaveStep(ctx, interventions.Task{}, interventions.Consequences{Task: again})
		if fault.Of(err) != fault.Conflict {
			t.Errorf("a second task of one key gives %v", err)
		}
	})
}

// agentTasks are the ready tasks that are no ghosts, in the order of work.
func agentTasks(t *testing.T, s *store.Store, now time.Time) (out []interventions.Task) {
	t.Helper()
	tasks, err := s.Workable(t.Context(), now, interventions.Skip{}, 500)
	must(t, err)
	for i := range tasks {
		if i > 0 && interventions.Before(&tasks[i], &tasks[i-1], now) {
			t.Errorf("task %d comes before %d", tasks[i].ID, tasks[i-1].ID)
		}
		if !reflect.DeepEqual(tasks[i].Card, interventions.Card{}) {
			t.Errorf("task %d comes with its card", tasks[i].ID)
		}
		if tasks[i].Ghost {
			continue
		}
		tasks[i].Card, err = s.TaskCard(t.Context(), tasks[i].ID)
		must(t, err)
		if tasks[i].Card.Customer != tasks[i].Customer {
			t.Errorf("task %d has the card of customer %d", tasks[i].ID, tasks[i].Card.Customer)
		}
		out = append(out, tasks[i])
	}
	if _, err := s.TaskCard(t.Context(), 1); fault.Of(err) != fault.NotFound {
		t.Errorf("the card of no task: %v", err)
	}
	return out
}

func begin(t *testing.T, s *store.Store, task interventions.Task, now time.Time) interventions.Task {
	t.Helper()
	const who = "ann"
	c, err := interventions.Lease(task, interventions.Agent{Name: who, Skills: task.Skills}, now)
	must(t, err)
	must(t, s.SaveStep(t.Context(), task, c))
	b, err := interventions.Begin(c.Task, who, c.Task.Fence, now)
	must(t, err)
	must(t, s.SaveStep(t.Context(), c.Task, b))
	return b.Task
}

// R7: nothing that a page reads differs between a ghost and a customer below
// the line, or shows that there is a ghost.
func TestGhostsAreInvisible(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 300)
		pub, _ := draftNight(t, s, "a", noon, 300)
		publish(t, s, "a", pub.ID, noon)
		ghosts := 0
		for partition := range 2 {
			decisions := decide(scoresOf(partition, 300, noon))
			for _, task := range assign(pub.ID, partition, decisions).Tasks {
				if !task.Ghost {
					continue
				}
				ghosts++
				if _, err := s.Task(ctx, task.ID); fault.Of(err) != fault.NotFound {
					t.Fatalf("a ghost task is shown: %v", err)
				}
				if changes, err := s.Changes(ctx, task.ID); err != nil || len(changes) != 0 {
					t.Errorf("a ghost's changes are shown: %v, %v", changes, err)
				}
				d, err := s.DecisionOf(ctx, task.Customer, noon)
				must(t, err)
				if d.Result != interventions.ResultNotSelected || d.Reason != interventions.NotOnList || d.Treatment != "" || d.Propensity != 0 {
					t.Errorf("the decision of a ghost says %+v", d)
				}
				shown, err := s.CustomerTasks(ctx, task.Customer, 50)
				must(t, err)
				if len(shown) != 0 {
					t.Errorf("the tasks of a ghost are shown: %+v", shown)
				}
			}
		}
		if ghosts == 0 {
			t.Fatal("the night has no ghosts")
		}
		rows, _, err := s.RiskList(ctx, store.RiskFilter{Limit: 500})
		must(t, err)
		for _, r := range rows {
			if r.Result == interventions.ResultGhost || r.Result == interventions.ResultHoldout {
				t.Errorf("the risk list tells an arm: %+v", r)
			}
		}
		w, err := s.Waterfall(ctx, time.Time{})
		must(t, err)
		if w.Tally.ByResult[interventions.ResultGhost]+w.Tally.ByResult[interventions.ResultHoldout] != 0 || w.Tally.Customers != 600 {
			t.Errorf("the totals tell arms: %+v", w.Tally)
		}
		counts, err := s.TaskCounts(ctx, noon, noon, noon)
		must(t, err)
		sum := 0
		for _, c := range counts.ByState {
			sum += c.Tasks
		}
		if sum != len(agentTasks(t, s, noon)) {
			t.Errorf("%d tasks are counted, %d are there for people", sum, len(agentTasks(t, s, noon)))
		}
	})
}

func TestWithdrawTakesBackWhatNobodyBegan(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 200)
		pub, _ := draftNight(t, s, "a", noon, 200)
		if err := s.Withdraw(ctx, pub.ID, noon, "why"); fault.Of(err) != fault.Conflict {
			t.Errorf("withdrawing a draft gives %v", err)
		}
		publish(t, s, "a", pub.ID, noon)
		now := noon.Add(time.Hour)
		task := begin(t, s, agentTasks(t, s, now)[0], now)
		for range 2 {
			must(t, s.Withdraw(ctx, pub.ID, now, "wrong prices"))
		}
		left, err := s.Workable(ctx, now.Add(time.Hour), interventions.Skip{}, 100)
		must(t, err)
		due, err := s.DueMessages(ctx, now.Add(time.Hour), 100)
		must(t, err)
		if len(left) != 1 || left[0].ID != task.ID || len(due) != 0 {
			t.Errorf("%d tasks and %d messages are left, want the one begun", len(left), len(due))
		}
		if got, _ := s.Publication(ctx, pub.ID); got.State != interventions.PublicationWithdrawn || got.Reason != "wrong prices" {
			t.Errorf("the list is %+v", got)
		}
	})
}

func TestDraftsAreReplacedAndKeptApart(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 60)
		pub, _ := draftNight(t, s, "a", noon, 60)
		if again, err := s.Draft(ctx, "a", interventions.Publication{AsOf: noon}); err != nil || again.ID != pub.ID {
			t.Errorf("a second draft is %d, %v, want %d", again.ID, err, pub.ID)
		}
		d := interventions.Draft{Publication: pub.ID, Partition: 1, AsOf: noon}
		for i := range 40 {
			id := history.CustomerID(1_000_001 + i)
			d.Proposals = append(d.Proposals, interventions.Proposal{Customer: id, Household: history.HouseholdID(id), Episode: 4})
			d.Candidates = append(d.Candidates, interventions.Candidate{Customer: id, Household: history.HouseholdID(id), Worth: float32(i) / 3, Minutes: 7.5, Partition: 1, Treatment: 3})
		}
		for range 2 {
			must(t, s.SaveDraft(ctx, d))
		}
		got, err := s.LoadDraft(ctx, pub.ID, 1)
		must(t, err)
		if diff := cmp.Diff(d, got, cmp.AllowUnexported(interventions.Candidate{})); diff != "" {
			t.Error(diff)
		}
		all, err := s.Candidates(ctx, pub.ID)
		must(t, err)
		if len(all) != 40 {
			t.Errorf("%d candidates, want 40", len(all))
		}
		choices := []interventions.Choice{{Customer: 1_000_003, Household: 1_000_003, Partition: 1, Treatment: 3, Result: interventions.ResultGhost, Propensity: .5, Reason: "held back"}}
		for range 2 {
			must(t, s.SaveAllocation(ctx, pub.ID, interventions.Allocation{Choices: choices, Prices: interventions.Prices{Assumed: true}}))
		}
		back, err := s.Choices(ctx, pub.ID, 1)
		must(t, err)
		if diff := cmp.Diff(choices, back); diff != "" {
			t.Error(diff)
		}
		before := store.CountRows(t, s, "listed")
		fillDraft(t, s, "a", pub, 50) // a second try over a smaller file
		if n := store.CountRows(t, s, "listed"); before != 120 || n != 100 {
			t.Errorf("%d rows, then %d, want 120 and 100", before, n)
		}
		w := assign(pub.ID, 0, decide(scoresOf(0, 50, noon)))
		v := assign(pub.ID, 1, decide(scoresOf(1, 50, noon)))
		if n := store.CountRows(t, s, "tasks"); n != len(w.Tasks)+len(v.Tasks) {
			t.Errorf("%d tasks, want %d", n, len(w.Tasks)+len(v.Tasks))
		}
	})
}
