package store_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/internal/stats"
	"holdfast/interventions"
	"holdfast/store"
)

// The queue is in the order of interventions.Before, over lists released one
// after the other and without the draft of a night that is being made, both
// where few tasks end soon and where most do, and where few were tried before
// and where most were.
func TestTheQueueIsInTheOrderOfWork(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx, rng := t.Context(), stats.Stream(7, 7)
		const n = 900
		now := noon.Add(time.Hour)
		var want []interventions.Task
		for k, soon := range []int{20, 3, 2} { // one in so many ends soon; the last list stays a draft
			run := fmt.Sprint("night ", k)
			startNight(t, s, run, noon.AddDate(0, 0, k))
			pub, err := s.Draft(ctx, run, interventions.Publication{AsOf: noon.AddDate(0, 0, k), CreatedAt: noon})
			must(t, err)
			var w interventions.Assignment
			for i := range n * (k + 1) {
				id := interventions.TaskID(1 + i + 100_000*k)
				ends := now.Add(time.Duration(25+rng.IntN(100)) * time.Hour)
				if rng.IntN(soon) == 0 {
					ends = now.Add(time.Duration(rng.IntN(26)-1) * time.Hour) // some are over
				}
				task := interventions.Task{
					ID: id, Publication: pub.ID, Key: fmt.Sprint("k", id), Customer: history.CustomerID(id), Household: history.HouseholdID(id),
					Treatment: []string{"call", "thank_you"}[rng.IntN(2)], State: interventions.TaskReady, ValuePerMinute: float64(rng.IntN(300)), NotBefore: now.Add(time.Duration(rng.IntN(9)-7) * time.Hour),
					ExpiresAt: ends, CreatedAt: noon, AsOf: noon,
				}
				if rng.IntN(9) == 0 { // the day has no room for it
					task.DecidedExpiry = ends.Add(time.Hour)
				}
				if rng.IntN(10) < []int{3, 9, 5}[k] { // somebody has had it: few of one list, most of the other
					task.Fence = 1
				}
				w.Tasks = append(w.Tasks, task)
				if k < 2 && !task.NotBefore.After(now) && task.ExpiresAt.After(now) {
					want = append(want, task)
				}
			}
			_, err = s.SaveWork(ctx, pub.ID, 0, w)
			must(t, err)
			if k < 2 {
				store.Release(t, s, pub.ID)
			}
		}
		slices.SortFunc(want, func(a, b interventions.Task) int {
			switch {
			case interventions.Before(&a, &b, now):
				return -1
			case interventions.Before(&b, &a, now):
				return 1
			}
			return cmp.Compare(a.ID, b.ID)
		})
		for _, skip := range []int{0, 5, 600, len(want) * 8 / 9, len(want) - 3} {
			passed := map[interventions.TaskID]bool{}
			for _, t := range want[:skip] {
				passed[t.ID] = true
			}
			got, err := s.Workable(ctx, now, interventions.Skip{Passed: passed}, 40)
			must(t, err)
			if len(got) != min(40, len(want)-skip) {
				t.Fatalf("%d tasks after %d of %d", len(got), skip, len(want))
			}
			for i := range got {
				if got[i].ID != want[skip+i].ID || got[i].Fence != want[skip+i].Fence {
					t.Fatalf("place %d has task %d of fence %d, want %d of %d", skip+i, got[i].ID, got[i].Fence, want[skip+i].ID, want[skip+i].Fence)
				}
			}
		}
		calls := slices.DeleteFunc(slices.Clone(want), func(t interventions.Task) bool { return t.Treatment != "call" })
		got, err := s.Workable(ctx, now, interventions.Skip{Treatments: []string{"thank_you"}}, len(want))
		must(t, err)
		if len(got) != len(calls) || len(calls) == len(want) {
			t.Fatalf("%d tasks without thank-yous, of %d calls", len(got), len(calls))
		}
		for i := range got {
			if got[i].ID != calls[i].ID {
				t.Fatalf("without thank-yous place %d has task %d, want %d", i, got[i].ID, calls[i].ID)
			}
		}
	})
}
