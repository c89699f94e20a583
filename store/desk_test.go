package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/store"
)

// releasedNight publishes a night over n customers a partition.
func releasedNight(t *testing.T, s *store.Store, n int) {
	t.Helper()
	file(t, s, n)
	pub, _ := draftNight(t, s, "a", noon, n)
	publish(t, s, "a", pub.ID, noon)
}

// next leases the first task for an agent, as the desk does.
func next(t *testing.T, s *store.Store, who string, now time.Time) (interventions.Task, bool) {
	for {
		tasks, err := s.Workable(t.Context(), now, interventions.Skip{}, 5)
		if err != nil {
			t.Error(err)
			return interventions.Task{}, false
		}
		if len(tasks) == 0 {
			return interventions.Task{}, false
		}
		for _, task := range tasks {
			var c interventions.Consequences
			if task.Ghost {
				c, err = interventions.Pass(task, now)
			} else {
				c, err = interventions.Lease(task, interventions.Agent{Name: who}, now)
			}
			if err != nil {
				t.Error(err)
				return interventions.Task{}, false
			}
			switch err := s.SaveStep(t.Context(), task, c); {
			case fault.Of(err) == fault.Conflict:
				continue
			case err != nil:
				t.Error(err)
				return interventions.Task{}, false
			case !task.Ghost:
				return c.Task, true
			}
		}
	}
}

func TestSixteenAgentsNeverGetTheSameTask(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		releasedNight(t, s, 260)
		now := noon.Add(time.Hour)
		want := len(agentTasks(t, s, now))
		var mu sync.Mutex
		owners := map[interventions.TaskID]string{}
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				who := fmt.Sprintf("agent%d", i)
				for {
					task, ok := next(t, s, who, now)
					if !ok {
						return
					}
					mu.Lock()
					if other, taken := owners[task.ID]; taken {
						t.Errorf("task %d went to %s and %s", task.ID, other, who)
					}
					owners[task.ID] = who
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(owners) != want || want == 0 {
			t.Errorf("%d tasks were handed out, want %d", len(owners), want)
		}
	})
}

func TestAStaleFenceIsAConflict(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		releasedNight(t, s, 60)
		now := noon.Add(time.Hour)
		task := agentTasks(t, s, now)[0]
		held := begin(t, s, task, now)
		late := now.Add(20 * time.Minute)
		lost, ok := interventions.LoseLease(held, late)
		if !ok {
			t.Fatal("the lease did not run out")
		}
		stale, err := s.Stale(ctx, late, late.Add(time.Hour), 10)
		must(t, err)
		if len(stale) != 1 || stale[0].ID != task.ID {
			t.Fatalf("to be looked after: %d tasks, want the one whose lease ran out", len(stale))
		}
		must(t, s.SaveStep(ctx, held, lost))
		if tasks, err := s.Stale(ctx, late, late.Add(time.Hour), 10); err != nil || len(tasks) != 0 {
			t.Errorf("still to be looked after: %d, %v", len(tasks), err)
		}
		bob, err := interventions.Lease(lost.Task, interventions.Agent{Name: "bob"}, late)
		must(t, err)
		must(t, s.SaveStep(ctx, lost.Task, bob))
		beat, err := interventions.Heartbeat(held, "ann", held.Fence, late)
		must(t, err)
		if err := s.SaveStep(ctx, held, beat); fault.Of(err) != fault.Conflict {
			t.Errorf("a stale fence gives %v", err)
		}
		changes, err := s.Changes(ctx, task.ID)
		must(t, err)
		var path []interventions.TaskState
		for _, c := range changes {
			path = append(path, c.To)
		}
		want := []interventions.TaskState{interventions.TaskLeased, interventions.TaskInProgress, interventions.TaskReady, interventions.TaskLeased}
		if diff := cmp.Diff(want, path); diff != "" {
			t.Error(diff)
		}
	})
}

// A whole wrap-up and its correction: facts, promise, attempt, exposure.
func TestAWrapUpIsKeptWhole(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		releasedNight(t, s, 60)
		now := noon.Add(time.Hour)
		held := begin(t, s, agentTasks(t, s, now)[0], now)
		step := wrapUp(held, now)
		must(t, s.SaveStep(ctx, held, step))
		if err := s.SaveStep(ctx, held, step); fault.Of(err) != fault.Conflict {
			t.Errorf("saving twice gives %v", err)
		}
		known, facts, err := s.Situation(ctx, held.Customer, held.Household, now)
		must(t, err)
		if len(known.Contacts) != 1 || !known.Contacts[0].Reached || !known.Now.Equal(now) {
			t.Errorf("known now: %+v", known.Contacts)
		}
		want := interventions.Facts{
			Contacts: []interventions.OwnContact{{Customer: held.Customer, At: now, Channel: "phone", Purpose: "retention", Work: interventions.WorkOf(held.ID, 0), Reached: true}},
			Works:    []interventions.Work{{Key: held.Key, Family: held.Family, Open: true, Started: true, Task: held.ID}},
			Promises: []interventions.Promise{*step.Promise},
		}
		if diff := cmp.Diff(want, facts); diff != "" {
			t.Error(diff)
		}
		last, err := s.LastAttempt(ctx, held.ID)
		must(t, err)
		if diff := cmp.Diff(*step.Attempt, last); diff != "" {
			t.Error(diff)
		}
		exposures := draws(t, s)
		contacted := 0
		for _, e := range exposures {
			if e.Contacted.Equal(now) && e.Customer == held.Customer {
				contacted++
			}
		}
		if contacted != 1 {
			t.Errorf("%d exposures were stamped, want 1", contacted)
		}
		counts, err := s.TaskCounts(ctx, now, now, now)
		must(t, err)
		tasks, err := s.Workable(ctx, now.AddDate(0, 0, 3), interventions.Skip{}, 1)
		must(t, err)
		moves, err := s.Moves(ctx, now)
		must(t, err)
		begun := slices.IndexFunc(moves, func(m store.Move) bool {
			return m.Who == "ann" && m.To == interventions.TaskInProgress && m.Tasks == 1
		})
		if later, err := s.Moves(ctx, now.Add(time.Second)); err != nil || len(later) != 0 || begun < 0 {
			t.Errorf("the moves since now are %+v, since later %+v: %v", moves, later, err)
		}
		if counts.Promises != 1 || tasks[0].ID != held.ID {
			t.Errorf("the call-back is not first: %d promises, task %d", counts.Promises, tasks[0].ID)
		}
		undo := interventions.Consequences{Task: step.Task, Voided: []interventions.PromiseID{step.Promise.ID}, Undo: 1, Changes: []interventions.Change{{
			Task: held.ID, At: now, Who: "ann", From: step.Task.State, To: interventions.TaskDone, Why: "corrected",
		}}}
		undo.Task.State, undo.Task.DueKind, undo.Task.Promise, undo.Task.Fence = interventions.TaskDone, "", 0, step.Task.Fence+1
		must(t, s.SaveStep(ctx, step.Task, undo))
		if _, err := s.LastAttempt(ctx, held.ID); fault.Of(err) != fault.NotFound {
			t.Errorf("an undone attempt is still the last: %v", err)
		}
		if _, facts, err = s.Situation(ctx, held.Customer, held.Household, now); err != nil || len(facts.Promises) != 0 || len(facts.Contacts) != 0 || !facts.Works[0].Started {
			t.Errorf("after the correction: %+v, %v", facts, err)
		}
	})
}

// wrapUp is a customer reached who wants to be called back.
func wrapUp(held interventions.Task, now time.Time) interventions.Consequences {
	promise := interventions.Promise{ID: 900, Task: held.ID, Customer: held.Customer, Household: held.Household, Kind: interventions.DueCallback, What: "call back", MadeBy: "ann", MadeAt: now, DueAt: now.AddDate(0, 0, 2), Owner: "ann"}
	fact := history.Fact{
		Stamp: history.Stamp{Customer: held.Customer, Ref: 4711, Occurred: now, Recorded: now}, Kind: history.FactContact,
		Body: history.Contact{Channel: "phone", Purpose: "retention", Direction: "out", Proactive: true, By: "ann", Reached: true, Disposition: "callback_agreed", Task: interventions.WorkOf(held.ID, 0)},
	}
	task := held
	task.State, task.Attempts, task.Promise, task.DueKind, task.DueAt, task.NotBefore = interventions.TaskCallback, 1, 900, interventions.DueCallback, promise.DueAt, promise.DueAt
	return interventions.Consequences{
		Task: task, Facts: []history.Fact{fact}, Promise: &promise,
		Changes:   []interventions.Change{{Task: held.ID, At: now, Who: "ann", From: held.State, To: interventions.TaskCallback, Why: "call back"}},
		Attempt:   &interventions.Attempt{Task: held.ID, N: 1, At: now, By: "ann", Before: held, Facts: []history.Fact{fact}, Promise: 900},
		Exposures: []interventions.ExposureStamp{{Customer: held.Customer, Treatment: held.Treatment, At: now, Contacted: true}},
	}
}

// What a night sees of our own work: what was begun, not what merely waits.
func TestHouseholdFactsAtNight(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		releasedNight(t, s, 60)
		now := noon.Add(time.Hour)
		held := begin(t, s, agentTasks(t, s, now)[0], now)
		must(t, s.SaveStep(ctx, held, wrapUp(held, now)))
		mine := func(at time.Time) interventions.Facts {
			facts, err := s.HouseholdFacts(ctx, held.Partition, at)
			must(t, err)
			for h, f := range facts {
				if h != held.Household && len(f.Works)+len(f.Contacts)+len(f.Promises) > 0 {
					t.Errorf("household %d, whom nobody contacted, has %+v", h, f)
				}
			}
			return facts[held.Household]
		}
		if f := mine(now.AddDate(0, 0, 1)); len(f.Works) != 1 || !f.Works[0].Started || len(f.Contacts) != 1 || len(f.Promises) != 1 {
			t.Errorf("the next night sees %+v", f)
		}
		if f := mine(noon); len(f.Contacts) != 0 || len(f.Promises) != 0 || (len(f.Works) > 0 && f.Works[0].Started) {
			t.Errorf("a night before it happened sees %+v", f)
		}
		c, err := s.Committed(ctx, now.AddDate(0, 0, 1))
		must(t, err)
		if diff := cmp.Diff(interventions.Committed{Minutes: 8, ByTreatment: map[string]float64{"call": 8}, Slots: map[string]int{"call": 1}}, c); diff != "" {
			t.Error(diff)
		}
	})
}

// Relations of different partitions: the household's work is one.
func TestSharedHouseholds(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		releasedNight(t, s, 60)
		now := noon.Add(time.Hour)
		task := agentTasks(t, s, now)[0]
		held := begin(t, s, task, now)
		must(t, s.SaveStep(ctx, held, wrapUp(held, now)))
		other := history.CustomerID(2)
		if held.Partition == 0 {
			other = 1_000_002
		}
		must(t, s.RecordFacts(ctx, noon, []history.Fact{{
			Stamp: history.Stamp{Customer: other, Ref: 1, Occurred: noon}, Kind: history.FactRelation,
			Body: history.Relation{Kind: "household", Household: held.Household},
		}}))
		facts, err := s.HouseholdFacts(ctx, 1-held.Partition, now.AddDate(0, 0, 1))
		must(t, err)
		if f := facts[held.Household]; len(f.Contacts) != 1 || len(f.Promises) != 1 {
			t.Errorf("the other partition's night sees %+v", f)
		}
		_, f, err := s.Situation(ctx, other, history.HouseholdID(other), now)
		must(t, err)
		if len(f.Contacts) != 1 {
			t.Errorf("the desk sees %+v", f)
		}
	})
}

// A message leaves once, whoever saves it, and its ghost passes once.
func TestMessagesAreSavedOnce(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		releasedNight(t, s, 100)
		now := noon.Add(time.Hour)
		due, err := s.DueMessages(ctx, now, 500)
		must(t, err)
		sent, passed := 0, 0
		for _, m := range due {
			from, stamp := m.State, interventions.ExposureStamp{Customer: m.Customer, Treatment: m.Treatment, At: now, Contacted: !m.Ghost}
			if m.Ghost {
				m.State, m.PassedAt = interventions.MessagePassed, now
				passed++
			} else {
				m.State, m.SentAt = interventions.MessageSent, now
				sent++
			}
			must(t, s.SaveMessage(ctx, from, m, nil, &stamp))
			if err := s.SaveMessage(ctx, from, m, nil, &stamp); fault.Of(err) != fault.Conflict {
				t.Fatalf("saving twice gives %v", err)
			}
			_, f, err := s.Situation(ctx, m.Customer, m.Household, now)
			must(t, err)
			if len(f.Contacts) != 1 || len(f.Works) != 1 || !f.Works[0].Started {
				t.Fatalf("ghost %v is known as %+v", m.Ghost, f)
			}
		}
		if left, err := s.DueMessages(ctx, now, 500); err != nil || len(left) != 0 || sent == 0 || passed == 0 {
			t.Errorf("%d left, %d sent, %d passed, %v", len(left), sent, passed, err)
		}
	})
}
