package store_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/nightly"
	"holdfast/scoring"
	"holdfast/store"
)

// slowRisk is the obvious twin of RiskList over the scores.
func slowRisk(n int, f store.RiskFilter) (ids []history.CustomerID) {
	var all []scoring.Score
	for partition := range 2 {
		for _, sc := range scoresOf(partition, n, noon) {
			if sc.Band != "" && (f.Band == "" || sc.Band == f.Band) && sc.ValueMinor >= f.MinValue {
				all = append(all, sc)
			}
		}
	}
	value := func(s scoring.Score) float64 {
		switch f.Sort {
		case store.SortRisk:
			return s.Risk
		case store.SortValue:
			return float64(s.ValueMinor)
		case store.SortTenure:
			return float64(s.TenureDays)
		}
		return float64(int64(s.Risk*float64(s.ValueMinor) + .5))
	}
	slices.SortFunc(all, func(a, b scoring.Score) int {
		if !f.Asc {
			a, b = b, a
		}
		return cmp.Or(cmp.Compare(value(a), value(b)), cmp.Compare(a.Customer, b.Customer))
	})
	for _, s := range all {
		ids = append(ids, s.Customer)
	}
	return ids
}

func TestRiskListIsTheSlowOne(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		const n = 300
		releasedNight(t, s, n)
		filters := []store.RiskFilter{
			{},
			{Band: scoring.BandHigh},
			{Sort: store.SortRisk},
			{Sort: store.SortValue, Asc: true},
			{Sort: store.SortTenure},
			{Band: scoring.BandMedium, Sort: store.SortRisk, Asc: true},
			{MinValue: 6000},
			{MinValue: 6000, Sort: store.SortTenure, Asc: true},
			{MinValue: 6000, Sort: store.SortValue, Band: scoring.BandLow},
		}
		for i, f := range append(filters, filters...) {
			if i == len(filters) {
				store.NeverSortRisk(s)
			}
			want := slowRisk(n, f)
			var got []history.CustomerID
			for f.Limit = 37; ; {
				rows, total, err := s.RiskList(ctx, f)
				must(t, err)
				if total != len(want) {
					t.Errorf("%+v: %d in all, want %d", f, total, len(want))
				}
				for _, r := range rows {
					got = append(got, r.ID)
					if r.Key == "" || r.Name == "" {
						t.Fatalf("a row without a name: %+v", r)
					}
				}
				if len(rows) < f.Limit {
					break
				}
				f.After = rows[len(rows)-1].Cursor
			}
			if !slices.Equal(want, got) {
				t.Errorf("%+v: %d customers in another order than the slow list's %d", f, len(got), len(want))
			}
		}
		rows, total, err := s.RiskList(ctx, store.RiskFilter{Text: "Name17"})
		must(t, err)
		for _, r := range rows {
			if !strings.HasPrefix(r.Name, "Name17") {
				t.Errorf("found %s", r.Name)
			}
		}
		if total == 0 || total != len(rows) {
			t.Errorf("%d of %d found", len(rows), total)
		}
		for _, bad := range []store.RiskFilter{{Sort: "name"}, {After: "yesterday"}} {
			if _, _, err := s.RiskList(ctx, bad); fault.Of(err) != fault.Invalid {
				t.Errorf("%+v gives %v", bad, err)
			}
		}
	})
}

func TestSegmentsFilterTheList(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		ctx, opts := t.Context(), options()
		opts.SegmentAttribute = "tier"
		s := open(t, newConfig(t, dialect), opts)
		file(t, s, 40)
		must(t, s.RecordFacts(ctx, noon, []history.Fact{
			{Stamp: history.Stamp{Customer: 1, Ref: 1, Occurred: noon}, Kind: history.FactProfile, Body: history.Profile{Attributes: map[string]string{"tier": "gold"}}},
			{Stamp: history.Stamp{Customer: 2, Ref: 2, Occurred: noon}, Kind: history.FactProfile, Body: history.Profile{Attributes: map[string]string{"plan": "x"}}},
		}))
		pub, _ := draftNight(t, s, "a", noon, 40)
		publish(t, s, "a", pub.ID, noon)
		rows, total, err := s.RiskList(ctx, store.RiskFilter{Segment: "gold"})
		must(t, err)
		if len(rows) != 1 || total != 1 || rows[0].ID != 1 || rows[0].Segment != "gold" {
			t.Errorf("%d of %d rows: %+v", len(rows), total, rows)
		}
		for _, c := range []struct {
			f    store.RiskFilter
			want int
		}{
			{store.RiskFilter{Segments: []string{"gold", "silver"}}, 1},
			{store.RiskFilter{Segments: []string{"silver"}}, 0},
			{store.RiskFilter{Segments: []string{"silver"}, Segment: "gold"}, 0},
			{store.RiskFilter{Segments: []string{"gold"}, MinValue: 1}, 1},
			{store.RiskFilter{Segments: []string{"silver"}, Text: rows[0].Key}, 0},
			{store.RiskFilter{Segments: []string{"gold"}, Text: rows[0].Key}, 1},
		} {
			if got, total, err := s.RiskList(ctx, c.f); err != nil || len(got) != c.want || total != c.want {
				t.Errorf("%+v: %d of %d rows, %v, want %d", c.f, len(got), total, err, c.want)
			}
		}
	})
}

func TestCleanLetsGo(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 60)
		keep := nightly.Retention{ScoreDays: 2, RejectionDays: 1, JobDays: 1, RosterDays: 1, DraftHours: 1}
		for i, id := range []string{"a", "b", "c", "d"} {
			at := noon.AddDate(0, 0, i)
			pub, _ := draftNight(t, s, id, at, 60)
			if id == "c" { // nobody released it
				must(t, s.FailRun(ctx, id, at, "why"))
				continue
			}
			publish(t, s, id, pub.ID, at)
			for range threeStages {
				finishAll(t, s, id)
			}
		}
		for i := range 2 {
			counts, err := s.Clean(ctx, noon.AddDate(0, 0, 4), keep)
			must(t, err)
			if i == 1 && (counts["drafts removed"] != 0 || counts["rows removed"] != 0 || counts["segments removed"] != 0 || counts["jobs removed"] != 0) {
				t.Errorf("cleaning again removed %v", counts)
			}
			if i == 0 && (counts["drafts removed"] != 1 || counts["rows removed"] == 0 || counts["jobs removed"] == 0) {
				t.Errorf("cleaning removed %v", counts)
			}
		}
		if n := store.CountRows(t, s, "listed"); n != 240 { // the list shown and the one before
			t.Errorf("%d rows are left, want 240", n)
		}
		if _, err := s.LoadScores(ctx, "a", 1); fault.Of(err) != fault.NotFound {
			t.Errorf("scores of four nights ago: %v", err)
		}
		if _, err := s.LoadScores(ctx, "d", 1); err != nil {
			t.Errorf("scores of last night: %v", err)
		}
		if rows, _, err := s.RiskList(ctx, store.RiskFilter{}); err != nil || len(rows) == 0 {
			t.Errorf("the list is gone: %d, %v", len(rows), err)
		}
		if tasks := agentTasks(t, s, noon.AddDate(0, 0, 4)); len(tasks) == 0 {
			t.Error("the queue is gone")
		}
		if prev, err := s.PreviousScores(ctx, 1, noon.AddDate(0, 0, 9)); err != nil || len(prev) == 0 {
			t.Errorf("what the night before said is gone: %d, %v", len(prev), err)
		}
	})
}

func TestArrivalsAndVolume(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for i, rows := range []int64{100, 300, 200, 90} {
			id, err := s.BeginImport(ctx, history.Import{Feed: "shop", Started: noon})
			must(t, err)
			_, err = s.PublishImport(ctx, history.Import{ID: id, Read: rows}, noon.Add(time.Duration(i)*time.Hour))
			must(t, err)
		}
		got, err := s.Arrivals(ctx)
		must(t, err)
		at := noon.Add(3 * time.Hour)
		if want := (nightly.Arrival{Feed: "shop", Published: at, Rows: 90, Usual: 200, Before: 3, Newest: at}); len(got) != 1 || got[0] != want {
			t.Errorf("arrivals %+v, want %+v", got, want)
		}
		if p, r, err := s.Volume(ctx, noon); p != 0 || r != 0 || err != nil {
			t.Errorf("before any night: %d, %d, %v", p, r, err)
		}
		file(t, s, 70)
		pub, _ := draftNight(t, s, "a", noon, 70)
		publish(t, s, "a", pub.ID, noon)
		if got, err = s.Arrivals(ctx); err != nil || got[1].Feed != "shop" || got[1].Seen {
			t.Errorf("arrivals %+v (%v): no completed night has read them", got, err)
		}
		population, released, err := s.Volume(ctx, noon.AddDate(0, 0, 1))
		must(t, err)
		if list, _ := s.Waterfall(ctx, noon); population != 120 || released != int64(list.Tally.ByResult["treat"]) || released == 0 {
			t.Errorf("volume %d, %d of %+v", population, released, list.Tally.ByResult)
		}
	})
}
