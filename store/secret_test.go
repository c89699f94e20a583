package store_test

import (
	"context"
	"testing"

	"holdfast/store"
)

func TestSettingOnceKeepsTheFirst(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		for _, v := range []string{"first", "second"} {
			got, err := s.SettingOnce(ctx, "a key", v)
			if err != nil || got != "first" {
				t.Fatalf("SettingOnce(%s) = %q, %v; want first", v, got, err)
			}
		}
	})
}
