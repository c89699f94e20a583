package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/store"
)

// While a day is planned again and again, agents take work: nothing that they
// have changes hands, place or end, and two revisions of a list are never
// written at once.
func TestRevisionsBesideAgents(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 200)
		pub, _ := draftNight(t, s, "a", noon, 200)
		publish(t, s, "a", pub.ID, noon)
		now := noon.Add(time.Hour)
		all := idsOf(waiting(t, s, pub.ID, now))
		var agents, revisers sync.WaitGroup
		var mu sync.Mutex
		took := map[interventions.TaskID]interventions.Task{}
		for who := range 3 {
			agents.Go(func() {
				for range 12 {
					task, ok := next(t, s, fmt.Sprint("agent ", who), now)
					if !ok {
						return
					}
					mu.Lock()
					if other, twice := took[task.ID]; twice {
						t.Errorf("task %d went to %s and to %s", task.ID, other.Owner, task.Owner)
					}
					took[task.ID] = task
					mu.Unlock()
				}
			})
		}
		done := make(chan struct{})
		moved := make([]int, 2)
		for k := range moved {
			revisers.Go(func() {
				for round := 0; ; round++ {
					r := interventions.Revision{Publication: pub.ID, At: now, Cause: interventions.RevisedByHand, Who: "mia"}
					place := interventions.Place{Restored: all}
					if round%2 == 0 {
						place = interventions.Place{Behind: all, Ends: now.Add(5 * time.Hour)}
					}
					r, err := s.SaveRevision(ctx, r, place)
					if err != nil && fault.Of(err) != fault.Conflict {
						t.Error(err)
						return
					}
					moved[k] += r.Moved + r.Restored
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		agents.Wait()
		close(done)
		revisers.Wait()
		if len(took) == 0 || moved[0]+moved[1] == 0 {
			t.Fatalf("%d tasks were taken and %v moved: nothing was tried", len(took), moved)
		}
		for id, was := range took {
			is, err := s.Task(ctx, id)
			must(t, err)
			if is.Owner != was.Owner || is.State != interventions.TaskLeased || is.Fence != was.Fence || is.Behind() || !is.ExpiresAt.Equal(was.AsOf.AddDate(0, 0, 7)) {
				t.Errorf("task %d of %s is %s of %s, behind %v, ends %v", id, was.Owner, is.State, is.Owner, is.Behind(), is.ExpiresAt)
			}
		}
		left, err := s.Revisions(ctx, pub.ID, 1000)
		must(t, err)
		sum := 0
		for _, r := range left {
			sum += r.Moved + r.Restored
		}
		if sum != moved[0]+moved[1] {
			t.Errorf("the revisions count %d moves, there were %v", sum, moved)
		}
	})
}
