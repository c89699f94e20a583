package store_test

import (
	"fmt"
	"testing"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/nightly"
	"holdfast/store"
)

// Of a refused import stay what it read, why, and its first rejections; the same
// bytes refused again take its place, and nothing of it is in the history.
func TestARefusedImportSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var last history.ImportID
		for range 2 {
			imp := history.Import{Feed: "orders", Files: []string{"a.csv"}, Hash: "h", Started: noon, Read: 1200, Rejected: 1100, Note: "1100 of 1200"}
			id, err := s.BeginImport(ctx, imp)
			must(t, err)
			_, err = s.SaveCustomers(ctx, id, []history.Customer{{ID: 7, Source: "x", Key: "seven"}})
			must(t, err)
			var rows []history.Rejection
			for i := range 1100 {
				rows = append(rows, history.Rejection{File: "a.csv", Row: int64(i + 2), Column: "day", Value: fmt.Sprint("v", i), Reason: "is no date"})
			}
			must(t, s.SaveRejections(ctx, id, rows))
			imp.ID, last = id, id
			must(t, s.RefuseImport(ctx, imp))
		}
		list, err := s.Imports(ctx, 10)
		must(t, err)
		if len(list) != 1 || list[0].ID != last || !list[0].Refused || list[0].Read != 1200 || list[0].Rejected != 1100 || list[0].Note != "1100 of 1200" || !list[0].Published.IsZero() {
			t.Fatalf("the imports are %+v", list)
		}
		rows, err := s.Rejections(ctx, last, 0, 2000)
		must(t, err)
		if len(rows) != 1000 || rows[9].Row != 11 || rows[9].Value != "v9" || rows[9].Reason != "is no date" {
			t.Errorf("%d rows are kept", len(rows))
		}
		if n := store.CountRows(t, s, "customers") + store.CountRows(t, s, "source_keys"); n != 0 {
			t.Errorf("%d rows of the refused import are left", n)
		}
		if _, found, err := s.FindImport(ctx, "orders", "h"); err != nil || found {
			t.Errorf("found as imported: %v, %v", found, err)
		}
		if err := s.UndoImport(ctx, last, noon); fault.Of(err) != fault.Conflict {
			t.Errorf("undone: %v", err)
		}
		if n, err := s.SweepAbandoned(ctx, noon.AddDate(1, 0, 0)); err != nil || n != 0 {
			t.Errorf("swept %d, %v", n, err)
		}
	})
}

// Rosters of days long past are cleaned, those of younger days stay.
func TestOldRostersAreCleaned(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		id, err := s.BeginImport(ctx, history.Import{Feed: "roster", Hash: "r", Started: noon})
		must(t, err)
		keep := nightly.Default().Retention
		old, young := noon.AddDate(0, 0, -keep.RosterDays-2).Format("2006-01-02"), noon.AddDate(0, 0, -keep.RosterDays+2).Format("2006-01-02")
		_, err = s.SaveRoster(ctx, id, []history.RosterDay{{Agent: "ann", Day: old}, {Agent: "ann", Day: young}})
		must(t, err)
		_, err = s.PublishImport(ctx, history.Import{ID: id, Feed: "roster"}, noon)
		must(t, err)
		counts, err := s.Clean(ctx, noon, keep)
		must(t, err)
		list, err := s.Roster(ctx, "2000-01-01", "2099-01-01")
		must(t, err)
		if counts["roster days removed"] != 1 || len(list) != 1 || list[0].Day != young {
			t.Errorf("removed %d, left %+v", counts["roster days removed"], list)
		}
	})
}
