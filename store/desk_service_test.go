package store_test

import (
	"slices"
	"testing"
	"time"

	"holdfast/interventions"
	"holdfast/store"
)

// A problem that is escalated at the desk is work for service at once: one task
// however often it is said, taken back when that is corrected.
func TestAnEscalatedProblemIsWorkForService(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx, now := t.Context(), noon.Add(time.Hour)
		releasedNight(t, s, 60)
		p, err := interventions.NewPolicy(interventions.DefaultConfig(), time.UTC, []byte("0123456789abcdef0123456789abcdef"))
		must(t, err)
		d, ann := interventions.NewDesk(p, s), interventions.Agent{Name: "ann"}
		customer := agentTasks(t, s, now)[0].Customer
		service := func() (n int) {
			for _, x := range agentTasks(t, s, now.Add(time.Hour)) {
				if x.Treatment == "service_recovery" && x.Publication == 0 {
					n++
				}
			}
			return n
		}
		escalate := func(at time.Time) interventions.TaskID {
			rang, err := d.Inbound(ctx, customer, interventions.Card{Customer: customer}, ann, interventions.ChannelPhone, at)
			must(t, err)
			_, err = d.Save(ctx, rang.ID, ann, rang.Fence, interventions.WrapUp{Disposition: interventions.IssueEscalated}, at)
			must(t, err)
			return rang.ID
		}
		first := escalate(now)
		if n := service(); n != 1 {
			t.Errorf("escalated, there are %d tasks of service", n)
		}
		counts, err := s.TaskCounts(ctx, now, now, now)
		must(t, err)
		if !slices.Contains(counts.ByState, store.TaskCount{Family: interventions.FamilyInbound, State: interventions.TaskDone, Tasks: 1}) {
			t.Errorf("the call of a customer is counted as %+v", counts.ByState)
		}
		correct := func(o interventions.Disposition, at time.Time, want int) {
			t.Helper()
			_, err := d.Correct(ctx, first, ann, interventions.WrapUp{Disposition: o}, at)
			must(t, err)
			if n := service(); n != want {
				t.Errorf("corrected to %s, there are %d tasks of service, want %d", o, n, want)
			}
		}
		correct(interventions.NoRiskFound, now.Add(time.Minute), 0)
		correct(interventions.IssueEscalated, now.Add(2*time.Minute), 1)
		correct(interventions.IssueEscalated, now.Add(3*time.Minute), 1)
	})
}
