package training

import (
	"math"
	"slices"
	"testing"
	"time"

	"holdfast/features"
)

// Fifths of the newest date, missing values and levels apart; nothing of the time
// of year.
func TestCells(t *testing.T) {
	t.Parallel()
	s := &Sample{Dates: make([]time.Time, 2)}
	s.X.Schema = features.Schema{Columns: []features.Column{
		{Name: "x"},
		{Name: "plan", Kind: features.Categorical, Levels: []string{"other", "gold"}},
		{Name: "calendar_month_sin", Concept: seasonConcept},
		{Name: "same"},
		{Name: "unknown"},
	}}
	for i := range 101 {
		s.add(kept{x: []float64{1e6, 0, 0, 0, math.NaN()}, customer: int64(i)}, 1)
		s.add(kept{x: []float64{float64(i), float64(i % 2), .5, 7, math.NaN()}, customer: int64(i), date: 1}, 1)
	}
	got := cells(s)
	if len(got) != 3 || got[0].Column != 0 || got[1].Column != 1 || got[2].Column != 3 {
		t.Fatalf("%+v", got)
	}
	if !slices.Equal(got[0].Cuts, []float64{20, 40, 60, 80}) || got[0].Count() != 6 || got[1].Count() != 3 || len(got[2].Cuts) != 0 {
		t.Errorf("%+v", got)
	}
	for v, want := range map[float64]int{-5: 1, 20: 1, 20.5: 2, 80: 4, 81: 5, 1e9: 5} {
		if cell := got[0].Of(v); cell != want {
			t.Errorf("%v is in cell %d, want %d", v, cell, want)
		}
	}
	if got[0].Of(math.NaN()) != 0 || got[1].Of(math.NaN()) != 0 || got[1].Of(1) != 2 || got[1].Of(99) != 1 {
		t.Error("missing values and levels are in other cells")
	}
}
