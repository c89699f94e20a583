package store_test

import (
	"testing"
	"time"

	"holdfast/store"
)

// TestTheNextNightSendsWhatWasRefused: a refusal for good lets go of R8's key,
// so that the next list has the customer again, whose address may have been
// corrected; who took a message is sent none again.
func TestTheNextNightSendsWhatWasRefused(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		o := newOutage(t, s)
		o.spam = o.all - 1
		o.work()
		if len(o.taken) != 1 || o.calls != o.all {
			t.Fatalf("%d of %d taken in %d calls", len(o.taken), o.all, o.calls)
		}
		tomorrow := noon.AddDate(0, 0, 1)
		pub, _ := draftNight(t, s, "b", tomorrow, 200)
		publish(t, s, "b", pub.ID, tomorrow)
		must(t, s.Raw(t.Context(), "DELETE FROM jobs WHERE kind <> 'deliver'"))
		o.now = tomorrow.Add(time.Hour)
		o.work()
		if len(o.taken) != o.all || o.calls != 2*o.all-1 {
			t.Errorf("%d of %d taken in %d calls", len(o.taken), o.all, o.calls)
		}
		for key, n := range o.taken {
			if n != 1 {
				t.Errorf("%s was taken %d times", key, n)
			}
		}
	})
}
