package store_test

import (
	"testing"

	"holdfast/store"
)

// A version for every change, from the night that first used it; the same
// policy again, an earlier night, and a repeated shard change nothing.
func TestPolicyVersions(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for _, save := range []struct {
			day  int
			hash string
		}{{0, "a"}, {0, "a"}, {1, "a"}, {2, "b"}, {1, "c"}, {3, "a"}} {
			must(t, s.SavePolicy(ctx, noon.AddDate(0, 0, save.day), save.hash, `{"of":"`+save.hash+`"}`))
		}
		got, err := s.Policies(ctx)
		must(t, err)
		if len(got) != 3 || got[0].Version != 3 || got[0].Hash != "a" || got[1].Hash != "b" || got[2].Hash != "a" ||
			!got[1].From.Equal(noon.AddDate(0, 0, 2)) || got[1].Body != `{"of":"b"}` {
			t.Errorf("%+v", got)
		}
	})
}
