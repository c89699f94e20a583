package store_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/store"
)

// Two nights decided beside each other, each blind to the other, are released
// at the same time and each twice: nothing of R8's is there twice, whichever
// comes first, and whoever is refused reads why.
func TestOverlappingReleases(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 200)
		first, _ := draftNight(t, s, "a", noon, 200)
		second, _ := draftNight(t, s, "b", noon.AddDate(0, 0, 1), 200)
		var all sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			all.Add(1)
			go func() {
				defer all.Done()
				if i%2 == 0 {
					_, errs[i] = s.Publish(ctx, "a", first.ID, noon.Add(time.Hour))
					return
				}
				_, errs[i] = s.Publish(ctx, "b", second.ID, noon.Add(time.Hour))
			}()
		}
		all.Wait()
		for i, err := range errs {
			switch fault.Of(err) {
			case fault.Conflict: // a clear no
				if !strings.Contains(err.Error(), "is being released by somebody else at this moment") {
					t.Errorf("release %d is refused unclearly: %v", i, err)
				}
			default:
				must(t, err)
			}
		}
		for run, pub := range map[string]interventions.PublicationID{"a": first.ID, "b": second.ID} { // whoever was refused tries again
			if _, err := s.Publish(ctx, run, pub, noon.Add(2*time.Hour)); err != nil && fault.Of(err) != fault.Conflict {
				t.Errorf("release of %s again: %v", run, err)
			}
		}
		once(t, s, first.ID, second.ID)
	})
}

// once holds what waits under two lists against R8: at most one open task or
// message for each key, all of one list.
func once(t *testing.T, s *store.Store, lists ...interventions.PublicationID) {
	t.Helper()
	ctx := t.Context()
	now := noon.AddDate(0, 0, 1).Add(time.Hour)
	open, from := map[string]int{}, map[interventions.PublicationID]int{}
	due, err := s.DueMessages(ctx, now, 10_000)
	must(t, err)
	for _, m := range due {
		open[m.Key]++
		from[m.Publication]++
	}
	for _, task := range agentTasks(t, s, now) {
		tasks, err := s.OpenTasks(ctx, task.Household)
		must(t, err)
		for _, o := range tasks {
			open[o.Key]++
			from[o.Publication]++
		}
	}
	for key, n := range open {
		if n > 1 {
			t.Errorf("R8: %d pieces of work wait for %s", n, key)
		}
	}
	if newest := lists[len(lists)-1]; len(open) == 0 || len(from) != 1 || from[newest] == 0 {
		t.Errorf("%d keys wait, from the lists %v: want those of %d alone", len(open), from, newest)
	}
}
