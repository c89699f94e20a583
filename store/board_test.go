package store_test

import (
	"testing"
	"time"

	"holdfast/interventions"
	"holdfast/store"
)

// The board says what is in hand, and leads to what is overdue: a promise stays
// on the list until it is kept, whoever has its task.
func TestTheBoardReadsHandsAndOverdue(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		releasedNight(t, s, 60)
		now := noon.Add(time.Hour)
		task := agentTasks(t, s, now)[0]
		held := begin(t, s, task, now)
		hands, err := s.Hands(ctx, now)
		must(t, err)
		if len(hands) != 1 || hands[0] != (store.Hand{Who: "ann", Treatment: task.Treatment, Family: task.Family}) {
			t.Errorf("in hand are %+v", hands)
		}
		if hands, err = s.Hands(ctx, now.Add(interventions.LeaseFor+time.Second)); err != nil || len(hands) != 0 {
			t.Errorf("after the lease: %+v, %v", hands, err)
		}
		due := now.Add(2 * time.Hour)
		c := interventions.Consequences{Task: held}
		c.Task.State, c.Task.Promise, c.Task.DueKind, c.Task.DueAt, c.Task.LeaseUntil = interventions.TaskCallback, 900, interventions.DueCallback, due, time.Time{}
		c.Changes = []interventions.Change{{Task: held.ID, At: now, Who: "ann", From: held.State, To: interventions.TaskCallback, Why: "call back"}}
		c.Promise = &interventions.Promise{
			ID: 900, Task: held.ID, Customer: held.Customer, Household: held.Household, Kind: interventions.DueCallback, What: "call back",
			MadeBy: "ann", MadeAt: now, DueAt: due, Owner: "ann",
		}
		must(t, s.SaveStep(ctx, held, c))
		for _, x := range []struct {
			until time.Time
			want  int
		}{{due.Add(-time.Second), 0}, {due, 1}, {due.AddDate(0, 0, 3), 1}} {
			list, err := s.Overdue(ctx, x.until, 10)
			must(t, err)
			if len(list) != x.want || (x.want == 1 && (list[0].ID != task.ID || list[0].Promise != 900)) {
				t.Errorf("until %v: %d tasks", x.until, len(list))
			}
		}
	})
}
