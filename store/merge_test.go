package store_test

import (
	"slices"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/store"
)

// pairs are two selected customers of a released night, one treated and one
// held back in the same layer.
func heldAndTreated(t *testing.T, s *store.Store, now time.Time) (ghost, treated interventions.Task) {
	t.Helper()
	all, err := s.Workable(t.Context(), now, interventions.Skip{}, 200)
	must(t, err)
	for _, task := range all {
		switch {
		case task.Ghost && ghost.ID == 0:
			ghost = task
		case !task.Ghost && treated.ID == 0:
			treated = task
		}
	}
	if ghost.ID == 0 || treated.ID == 0 {
		t.Fatal("the night has no ghost or no task")
	}
	return ghost, treated
}

func armOf(t *testing.T, s *store.Store, h history.HouseholdID, layer string) (interventions.Arm, bool) {
	t.Helper()
	arms, err := s.Arms(t.Context(), noon.AddDate(0, 0, 2))
	must(t, err)
	i := slices.IndexFunc(arms, func(a interventions.Arm) bool { return a.Household == h && string(a.Layer) == layer })
	if i < 0 {
		return interventions.Arm{}, false
	}
	return arms[i], true
}

func TestAMergeTakesTheHeldOutArmAndOneOfTheWorks(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx, now := t.Context(), noon.Add(time.Hour)
		releasedNight(t, s, 60)
		ghost, treated := heldAndTreated(t, s, now)
		must(t, s.MergeCustomers(ctx, treated.Customer, ghost.Customer, now))
		home := history.HouseholdID(ghost.Customer)
		arm, ok := armOf(t, s, home, ghost.Treatment)
		if !ok || !arm.Held || arm.Flagged != "merged" {
			t.Errorf("the merged household has %+v, want the held-out arm, flagged", arm)
		}
		open, err := s.OpenTasks(ctx, home)
		must(t, err)
		of := map[interventions.Family]int{}
		for _, task := range open {
			of[task.Family]++
			if task.Customer != ghost.Customer || task.Household != home {
				t.Errorf("task %d is still that of customer %d", task.ID, task.Customer)
			}
		}
		for family, n := range of {
			if n > 1 {
				t.Errorf("%d open tasks of family %s for one household", n, family)
			}
		}
		_, facts, err := s.Situation(ctx, treated.Customer, treated.Household, now)
		must(t, err)
		if !slices.Contains(facts.Held, interventions.Layer(ghost.Treatment)) {
			t.Errorf("the gates do not see the arm: held out of %v", facts.Held)
		}
		exposures, err := s.PartitionExposures(ctx, treated.Partition)
		must(t, err)
		for _, e := range exposures {
			if e.Customer == treated.Customer && e.Treatment != ghost.Treatment {
				t.Errorf("the exposure of %d is lost to measurement", e.Customer)
			}
		}

		must(t, s.UnmergeCustomers(ctx, treated.Customer, now.Add(time.Hour)))
		for _, id := range []history.CustomerID{ghost.Customer, treated.Customer} {
			if arm, ok := armOf(t, s, history.HouseholdID(id), ghost.Treatment); !ok || !arm.Held {
				t.Errorf("after the unmerge customer %d has %+v, want the held-out arm kept", id, arm)
			}
		}
	})
}

// What somebody began goes on, whatever becomes of the other.
func TestAMergeKeepsWhatWasBegun(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx, now := t.Context(), noon.Add(time.Hour)
		releasedNight(t, s, 60)
		tasks := agentTasks(t, s, now)
		held := begin(t, s, tasks[len(tasks)-1], now)
		i := slices.IndexFunc(tasks, func(x interventions.Task) bool { return x.Family == held.Family && x.ID != held.ID })
		other := tasks[i]
		must(t, s.MergeCustomers(ctx, held.Customer, other.Customer, now))
		open, err := s.OpenTasks(ctx, other.Household)
		must(t, err)
		if len(open) != 1 || open[0].ID != held.ID {
			t.Errorf("%d open tasks, want only the one that was begun", len(open))
		}
		must(t, s.SaveStep(ctx, held, wrapUp(held, now))) // whoever holds it can finish
		if again, err := s.Task(ctx, other.ID); err != nil || again.State != interventions.TaskRecalled {
			t.Errorf("the other task is %s, %v", again.State, err)
		}
	})
}

// A relation that comes with a feed makes one household of two: the night
// joins their arms before it reads them, once.
func TestHouseholdsThatBecomeOneShareAnArm(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx, now := t.Context(), noon.Add(time.Hour)
		releasedNight(t, s, 60)
		ghost, treated := heldAndTreated(t, s, now)
		must(t, s.RecordFacts(ctx, noon, []history.Fact{{
			Stamp: history.Stamp{Customer: ghost.Customer, Ref: 1, Occurred: noon}, Kind: history.FactRelation,
			Body: history.Relation{Kind: "household", Household: treated.Household},
		}}))
		asOf := now.AddDate(0, 0, 1)
		n, err := s.JoinArms(ctx, asOf)
		must(t, err)
		if again, err := s.JoinArms(ctx, asOf); err != nil || n == 0 || again != 0 {
			t.Errorf("%d arms changed, then %d (%v), want some, then none", n, again, err)
		}
		if arm, ok := armOf(t, s, treated.Household, ghost.Treatment); !ok || !arm.Held || arm.Flagged != "merged" {
			t.Errorf("the household of both has %+v, want the held-out arm, flagged", arm)
		}
		if _, err := s.Task(ctx, ghost.ID); fault.Of(err) != fault.NotFound {
			t.Errorf("the ghost shows: %v", err)
		}
	})
}

// What a manager asks for is considered by the nights of a week, for whomever
// the customer is read as.
func TestRequestsAreConsideredForAWeek(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		releasedNight(t, s, 60)
		ask := interventions.Request{ID: 5, Customer: 7, Treatment: "call", By: "mia", At: noon, Until: noon.AddDate(0, 0, 7), Override: true, Reason: "as the board asked"}
		must(t, s.SaveRequests(ctx, []interventions.Request{ask}))
		for days, want := range map[int]int{0: 0, 1: 1, 6: 1, 7: 0} {
			got, err := s.Requests(ctx, noon.AddDate(0, 0, days))
			must(t, err)
			if len(got) != want || (want == 1 && got[0] != ask) {
				t.Errorf("after %d days: %+v", days, got)
			}
		}
		must(t, s.MergeCustomers(ctx, 7, 9, noon))
		got, err := s.Requests(ctx, noon.AddDate(0, 0, 1))
		must(t, err)
		if len(got) != 1 || got[0].Customer != 9 {
			t.Errorf("after a merge: %+v", got)
		}
		o, err := s.Overrides(ctx, noon.AddDate(0, 0, -30))
		must(t, err)
		if o.Asked != 1 || o.Released == 0 {
			t.Errorf("overrides are %+v", o)
		}
		if list, err := s.RequestsFor(ctx, 7, 5); err != nil || len(list) != 1 {
			t.Errorf("asked for 7: %+v, %v", list, err)
		}
	})
}
