package store_test

import (
	"testing"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/store"
)

// A withdrawn list comes back with what nobody had begun; a newer list that was
// withdrawn gives the work back to the one before.
func TestReleaseAgainAndFallBack(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 200)
		first, _ := draftNight(t, s, "a", noon, 200)
		publish(t, s, "a", first.ID, noon)
		now := noon.Add(time.Hour)
		open := func() (tasks, messages int) {
			work, err := s.Workable(ctx, now.Add(time.Hour), interventions.Skip{}, 1000)
			must(t, err)
			due, err := s.DueMessages(ctx, now.Add(time.Hour), 1000)
			must(t, err)
			return len(work), len(due)
		}
		begin(t, s, agentTasks(t, s, now)[0], now)
		tasks, messages := open()
		if _, err := s.ReleaseAgain(ctx, first.ID, now); fault.Of(err) != fault.Conflict {
			t.Errorf("releasing a released list again gives %v", err)
		}
		must(t, s.Withdraw(ctx, first.ID, now, "wrong prices"))
		back, err := s.ReleaseAgain(ctx, first.ID, now)
		must(t, err)
		if n, m := open(); n != tasks || m != messages || back.Tasks == 0 || back.Tasks > tasks-1 {
			t.Errorf("%d tasks and %d messages are there again (%+v), want %d and %d", n, m, back, tasks, messages)
		}
		second, _ := draftNight(t, s, "b", noon.AddDate(0, 0, 1), 200)
		publish(t, s, "b", second.ID, now)
		if _, err := s.FallBack(ctx, second.ID, now, "no"); err != nil {
			t.Errorf("falling back to the newest list: %v", err)
		}
		for range 2 {
			_, err = s.FallBack(ctx, first.ID, now, "wrong list")
			must(t, err)
		}
		if n, m := open(); n != tasks || m != messages {
			t.Errorf("%d tasks and %d messages after the fallback, want %d and %d", n, m, tasks, messages)
		}
		if got, _ := s.Publication(ctx, second.ID); got.State != interventions.PublicationWithdrawn || got.Reason != "wrong list" {
			t.Errorf("the newer list is %s: %s", got.State, got.Reason)
		}
		if shown, err := s.Waterfall(ctx, time.Time{}); err != nil || shown.ID != first.ID {
			t.Errorf("list %d is shown (%v), want %d", shown.ID, err, first.ID)
		}
	})
}
