package store_test

import (
	"testing"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/store"
)

// Views are one person's, shared when said so, replaced by name.
func TestSavedViews(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for _, v := range []access.SavedView{
			{Owner: "mia", Name: "High", Query: "band=high", Shared: true},
			{Owner: "mia", Name: "Trade", Query: "segment=trade"},
			{Owner: "tia", Name: "High", Query: "band=high&segment=trade"},
			{Owner: "mia", Name: "High", Query: "band=high&min_value=500", Shared: true},
		} {
			must(t, s.SaveView(ctx, v, noon))
		}
		mia, err := s.Views(ctx, "mia")
		must(t, err)
		tia, err := s.Views(ctx, "tia")
		must(t, err)
		if len(mia) != 2 || mia[0].Query != "band=high&min_value=500" || mia[1].Name != "Trade" {
			t.Errorf("mia sees %+v", mia)
		}
		if len(tia) != 2 || tia[0].Owner != "tia" || tia[1].Owner != "mia" || !tia[1].Shared {
			t.Errorf("tia sees %+v", tia)
		}
		if err := s.DropView(ctx, "tia", mia[0].ID); fault.Of(err) != fault.NotFound {
			t.Errorf("tia forgets mia's: %v", err)
		}
		must(t, s.DropView(ctx, "mia", mia[0].ID))
	})
}
