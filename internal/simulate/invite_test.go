package simulate

import (
	"math"
	"testing"
	"time"
)

// An invitation brings the answers that Expect foretells, and changes nobody's
// mind about leaving.
func TestInvitationsAreAnswered(t *testing.T) {
	t.Parallel()
	alone := mustNew(t, small(4_000, 300))
	keys := riskiest(alone, 1500, anyone)
	want := expected(t, alone, keys, "tell_us", 20)
	if want.Untreated < .8 || want.Untreated > .95 || math.Abs(want.Effect/want.Untreated+readShare*inviteAnswer) > .02 {
		t.Errorf("%.3f are silent and selection changes it by %+.3f", want.Untreated, want.Effect)
	}
	start := alone.Now()
	invited := alone.Clone()
	treat(t, invited, keys, "tell_us")
	if a, b := leavers(t, alone, keys, start), leavers(t, invited, keys, start); a != b {
		t.Errorf("%.4f leave, %.4f of the invited", a, b)
	}
	got := silent(t, invited, keys, start) - silent(t, alone, keys, start)
	if math.Abs(got-want.Effect) > 4*math.Sqrt(.25/1500) {
		t.Errorf("silence changes by %+.3f, expected %+.3f", got, want.Effect)
	}
}

// silent is the share of customers without an answer since start.
func silent(t *testing.T, b *Business, keys []string, start time.Time) float64 {
	t.Helper()
	answer := make(map[int]bool)
	for _, bucket := range b.ledger.days {
		for _, r := range bucket.rows {
			if r.table == eventsTable && r.kind == answered && int64(r.occurred) >= int64(b.world.midnight(b.world.dayOf(start))) {
				answer[int(r.customer)] = true
			}
		}
	}
	n := 0
	for _, k := range keys {
		i, err := b.find(k)
		if err != nil {
			t.Fatal(err)
		}
		n += count(!answer[i])
	}
	return float64(n) / float64(len(keys))
}
