package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/store"
)

// waiting reads what a day would be solved for.
func waiting(t *testing.T, s *store.Store, pub interventions.PublicationID, now time.Time) []interventions.Task {
	t.Helper()
	d, err := s.DayWork(t.Context(), pub, now, now.Add(8*time.Hour))
	must(t, err)
	return d.Waiting
}

func idsOf(tasks []interventions.Task) (ids []interventions.TaskID) {
	for _, t := range tasks {
		ids = append(ids, t.ID)
	}
	return ids
}

// A revision moves what nobody has touched, ghosts alike, behind everything
// else and back; what somebody took meanwhile is left alone; counts are of the
// released; and only a released list is revised, by one at a time.
func TestRevisionsOfAList(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 200)
		pub, _ := draftNight(t, s, "a", noon, 200)
		now := noon.Add(time.Hour)
		r := interventions.Revision{
			Publication: pub.ID, At: now, Cause: interventions.RevisedForAbsence, Who: "mia", Why: "ben is absent", Waiting: 7,
			Minutes: []interventions.RevisionMinutes{{Kind: interventions.LimitMinutes, Left: 90, Before: 120, After: 80}},
		}
		if _, err := s.SaveRevision(ctx, r, interventions.Place{}); fault.Of(err) != fault.Conflict {
			t.Errorf("a draft is revised: %v", err)
		}
		publish(t, s, "a", pub.ID, noon)
		work := waiting(t, s, pub.ID, now)
		ghosts := 0
		for _, task := range work {
			if task.Ghost {
				ghosts++
			}
		}
		if len(work) < 12 || ghosts == 0 || ghosts == len(work) {
			t.Fatalf("%d tasks wait, %d of them ghosts", len(work), ghosts)
		}
		ordered, err := s.Workable(ctx, now, interventions.Skip{}, 1000)
		must(t, err)
		front := idsOf(ordered)[:len(ordered)/2] // goes behind
		i := slices.IndexFunc(ordered, func(t interventions.Task) bool { return !t.Ghost })
		taken := begin(t, s, ordered[i], now)
		place := interventions.Place{Behind: slices.Sorted(slices.Values(front)), Ends: now.Add(20 * time.Hour)}
		got, err := s.SaveRevision(ctx, r, place)
		must(t, err)
		visible := 0
		for _, task := range ordered[:len(ordered)/2] {
			if !task.Ghost && task.ID != taken.ID {
				visible++
			}
		}
		if got.N != 1 || got.Moved != visible || got.Shortened != visible || got.Restored != 0 {
			t.Errorf("revision %+v, want %d moved", got, visible)
		}
		after, err := s.Workable(ctx, now, interventions.Skip{}, 1000)
		must(t, err)
		want := slices.DeleteFunc(append(idsOf(ordered)[len(ordered)/2:], front...), func(id interventions.TaskID) bool { return id == taken.ID })
		if diff := cmp.Diff(want, idsOf(after)); diff != "" {
			t.Errorf("the order of work (-want +got):\n%s", diff)
		}
		for _, task := range after {
			if ends := place.Ends; task.Behind() != slices.Contains(front, task.ID) || task.Behind() && !task.ExpiresAt.Equal(ends) {
				t.Errorf("task %d is behind: %v, and ends at %v", task.ID, task.Behind(), task.ExpiresAt)
			}
		}
		if begun, err := s.Task(ctx, taken.ID); err != nil || begun.Behind() || !begun.ExpiresAt.Equal(taken.ExpiresAt) || begun.State != interventions.TaskInProgress {
			t.Errorf("what was begun became %+v, %v", begun, err)
		}
		d, err := s.DayWork(ctx, pub.ID, now, now.Add(8*time.Hour))
		must(t, err)
		if len(d.Waiting) != len(work)-1 || d.Committed.Minutes != taken.Minutes || d.Committed.ByTreatment[taken.Treatment] != taken.Minutes {
			t.Errorf("%d wait of %d, %v minutes are committed, want %v", len(d.Waiting), len(work), d.Committed, taken.Minutes)
		}
		again, err := s.SaveRevision(ctx, r, place)
		must(t, err)
		if again.Changed() {
			t.Errorf("written twice it moves %+v", again)
		}
		back, err := s.SaveRevision(ctx, r, interventions.Place{Restored: place.Behind})
		must(t, err)
		if back.Restored != visible || back.Moved != 0 {
			t.Errorf("brought forward: %+v", back)
		}
		if left := waiting(t, s, pub.ID, now); slices.ContainsFunc(left, func(t interventions.Task) bool { return t.Behind() }) {
			t.Error("something stayed behind")
		}
		list, err := s.Revisions(ctx, pub.ID, 10)
		must(t, err)
		r.N, r.Moved, r.Shortened = 1, visible, visible
		r2 := r
		r2.N, r2.Moved, r2.Shortened, r2.Restored = 2, 0, 0, visible
		if diff := cmp.Diff([]interventions.Revision{r2, r}, list); diff != "" {
			t.Errorf("the revisions (-want +got):\n%s", diff)
		}
		must(t, s.Withdraw(ctx, pub.ID, now, "wrong prices"))
		if _, err := s.SaveRevision(ctx, r, place); fault.Of(err) != fault.Conflict {
			t.Errorf("a withdrawn list is revised: %v", err)
		}
	})
}

// What is behind is recalled by the next list as anything that waits is.
func TestANewerListRecallsWhatIsBehind(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 200)
		first, _ := draftNight(t, s, "a", noon, 200)
		publish(t, s, "a", first.ID, noon)
		now := noon.Add(time.Hour)
		r := interventions.Revision{Publication: first.ID, At: now, Cause: interventions.RevisedByHand, Who: "mia"}
		_, err := s.SaveRevision(ctx, r, interventions.Place{Behind: idsOf(waiting(t, s, first.ID, now)), Ends: now.AddDate(0, 0, 2)})
		must(t, err)
		second, _ := draftNight(t, s, "b", noon.AddDate(0, 0, 1), 200)
		publish(t, s, "b", second.ID, noon.AddDate(0, 0, 1))
		tomorrow := noon.AddDate(0, 0, 1).Add(time.Hour)
		if left := waiting(t, s, first.ID, tomorrow); len(left) != 0 {
			t.Errorf("%d tasks of the older list still wait", len(left))
		}
		if fresh := waiting(t, s, second.ID, tomorrow); len(fresh) == 0 {
			t.Error("the newer list has no work")
		}
	})
}
