package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/measurement"
	"holdfast/store"
	"holdfast/value"
)

// The numbers of the newest night are read back whole; the people in them are
// listed by each of their counts, page by page, and erased with the person.
func TestAttrition(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		if a, err := s.Attrition(ctx); err != nil || !a.AsOf.IsZero() {
			t.Fatalf("before the first night: %+v, %v", a, err)
		}
		want := measurement.Attrition{
			AsOf: noon, Months: []time.Time{noon}, Alpha: 1.5, Beta: 9, Period: 12, Value: &value.Concentration{Customers: 3, Gini: .4},
			Portions: []measurement.Portion{{Segment: "trade", Months: []measurement.Flow{{Opening: 7, Lost: 1}}, Reasons: map[string]int{"price": 1}}},
		}
		must(t, s.SaveAttrition(ctx, measurement.Attrition{AsOf: noon.AddDate(0, 0, -1)}))
		must(t, s.SaveAttrition(ctx, want))
		got, err := s.Attrition(ctx)
		must(t, err)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
		moves(t, s)
	})
}

func moves(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	file(t, s, 30)
	people := customersOf(t, s, 0)
	var list []measurement.Move
	for i, c := range people[:3] {
		list = append(list, measurement.Move{
			Customer: c.ID, At: noon.AddDate(0, 0, -i), Kind: measurement.MoveLost, Reason: []string{"price", "moved"}[i%2], Segment: "trade",
			Cohort: "1 to 2 years", ValueMinor: int64(100 * i),
		})
	}
	list = append(list, measurement.Move{Customer: people[0].ID, At: noon.AddDate(0, 0, -40), Kind: measurement.MoveWon})
	for i, want := range []int{4, 0, 2} { // the third time one of them is another
		if i == 2 {
			list[2].Reason = "service"
		}
		if n, err := s.SaveMoves(ctx, people[0].Partition, list); err != nil || n != want {
			t.Fatalf("save %d changed %d, want %d: %v", i, n, want, err)
		}
	}
	f := store.MoveFilter{Kind: measurement.MoveLost, From: noon.AddDate(0, 0, -30), To: noon.AddDate(0, 0, 1), Limit: 2}
	first, total, err := s.MovesOf(ctx, f)
	must(t, err)
	f.After = first[len(first)-1].Cursor
	second, _, err := s.MovesOf(ctx, f)
	must(t, err)
	if total != 3 || len(first) != 2 || len(second) != 1 {
		t.Fatalf("%d in all, pages of %d and %d", total, len(first), len(second))
	}
	if d := cmp.Diff(list[2], second[0].Move); d != "" || second[0].Who.Key != people[2].Key {
		t.Errorf("%s, key %q (-want +got)\n%s", second[0].Who.Name, second[0].Who.Key, d)
	}
	for name, c := range map[string]struct {
		f    store.MoveFilter
		want int
	}{
		"won":           {store.MoveFilter{Kind: measurement.MoveWon}, 1},
		"by a reason":   {store.MoveFilter{Kind: measurement.MoveLost, Reason: new("price")}, 1},
		"by no owner":   {store.MoveFilter{Kind: measurement.MoveLost, Owner: new("")}, 3},
		"other segment": {store.MoveFilter{Kind: measurement.MoveLost, Segment: new("private")}, 0},
		"not theirs":    {store.MoveFilter{Kind: measurement.MoveLost, Segments: []string{"private"}}, 0},
		"theirs":        {store.MoveFilter{Kind: measurement.MoveLost, Segments: []string{"private", "trade"}, Cohort: new("1 to 2 years")}, 3},
	} {
		c.f.From, c.f.To, c.f.Limit = noon.AddDate(-1, 0, 0), noon.AddDate(0, 0, 1), 50
		if rows, n, err := s.MovesOf(ctx, c.f); err != nil || n != c.want || len(rows) != c.want {
			t.Errorf("%s: %d rows of %d, want %d: %v", name, len(rows), n, c.want, err)
		}
	}
	p, err := s.Person(ctx, people[0].Key)
	must(t, err)
	_, err = s.Erase(ctx, p, noon)
	must(t, err)
	if n := store.CountRows(t, s, "attrition_moves"); n != 2 {
		t.Errorf("%d moves are left, want those of the other two", n)
	}
}
