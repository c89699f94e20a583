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

// One hold at a time, whoever comes at once; under it nothing is released, a
// release by hand ends it, and a release that had begun goes on.
func TestAHoldKeepsListsBack(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 40)
		if _, held, err := s.HoldNow(ctx); err != nil || held {
			t.Fatalf("held %v, %v", held, err)
		}
		if err := s.EndHold(ctx, "oli", noon); fault.Of(err) != fault.Conflict {
			t.Errorf("ending nothing: %v", err)
		}
		var wg sync.WaitGroup
		won := make(chan string, 4)
		for _, who := range []string{"ann", "bob", "cat", "dan"} {
			wg.Go(func() {
				switch err := s.HoldNext(ctx, interventions.Hold{By: who, At: noon, Reason: "to look at it"}); fault.Of(err) {
				case fault.Conflict:
					if !strings.Contains(err.Error(), ": to look at it") {
						t.Errorf("%s is told %v", who, err)
					}
				default:
					must(t, err)
					won <- who
				}
			})
		}
		wg.Wait()
		close(won)
		h, held, err := s.HoldNow(ctx)
		must(t, err)
		if len(won) != 1 || !held || h.By != <-won || !h.At.Equal(noon) || h.Reason != "to look at it" {
			t.Fatalf("%d hold it, it is %+v", len(won)+1, h)
		}
		pub, _ := draftNight(t, s, "a", noon, 40)
		if _, err := s.Publish(ctx, "a", pub.ID, noon); fault.Of(err) != fault.Held || !strings.HasPrefix(err.Error(), h.By+" holds the list by hand: to look at it; ") {
			t.Errorf("a night releases it: %v", err)
		}
		must(t, s.Hold(ctx, pub.ID, "by hand"))
		got, err := s.Publication(ctx, pub.ID)
		must(t, err)
		if got.State != interventions.PublicationHeld || got.Reason != "by hand" {
			t.Errorf("the list is %s: %s", got.State, got.Reason)
		}
		must(t, s.ReleaseByHand(ctx, "a", pub.ID, "oli", noon))
		wantList(t, s, pub.ID, 40)
		if _, held, err := s.HoldNow(ctx); err != nil || held {
			t.Errorf("released, and still held: %v, %v", held, err)
		}
		// Once more, and ended without a release.
		next, _ := draftNight(t, s, "b", noon.AddDate(0, 0, 1), 40)
		must(t, s.HoldNext(ctx, interventions.Hold{By: "ann", At: noon.Add(time.Hour), Reason: "again"}))
		must(t, s.EndHold(ctx, "ann", noon.Add(2*time.Hour)))
		publish(t, s, "b", next.ID, noon.AddDate(0, 0, 1))
		// One that comes while a release goes on is for the list after it.
		third, _ := draftNight(t, s, "c", noon.AddDate(0, 0, 2), 40)
		broken, cancel := store.FailAfter(ctx, s, 2)
		if _, err := s.Publish(broken, "c", third.ID, noon.AddDate(0, 0, 2)); err == nil {
			t.Fatal("the release was not interrupted")
		}
		cancel()
		must(t, s.HoldNext(ctx, interventions.Hold{By: "ann", At: noon.Add(3 * time.Hour), Reason: "too late"}))
		publish(t, s, "c", third.ID, noon.AddDate(0, 0, 2))
	})
}
