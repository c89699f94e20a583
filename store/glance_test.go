package store_test

import (
	"testing"

	"holdfast/internal/fault"
	"holdfast/store"
)

func TestAGlanceIsOneStatement(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		kind(t, fault.Internal, store.GlanceTwice(t.Context(), s))
	})
}
