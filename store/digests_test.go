package store_test

import (
	"testing"

	"holdfast/store"
)

// A digest is claimed once for a week and recipient, whoever asks; only one that
// surely did not leave may be claimed again.
func TestDigestsAreClaimedOnce(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		claim := func(week string, want bool) {
			t.Helper()
			if mine, err := s.BeginDigest(ctx, week, "ann@example.com", noon); err != nil || mine != want {
				t.Errorf("week %s: %v, %v; want %v", week, mine, err, want)
			}
		}
		claim("2026-W10", true)
		claim("2026-W10", false) // it may have left
		must(t, s.EndDigest(ctx, "2026-W10", "ann@example.com", false))
		claim("2026-W10", true)
		must(t, s.EndDigest(ctx, "2026-W10", "ann@example.com", true))
		must(t, s.EndDigest(ctx, "2026-W10", "ann@example.com", false)) // it left: nothing gives it back
		claim("2026-W10", false)
		claim("2026-W11", true)
	})
}
