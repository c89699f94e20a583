package training

import (
	"context"
	"strings"
	"testing"
	"time"

	"holdfast/features"
	"holdfast/internal/stats"
)

// traits is customers whose columns tell each from every other and never change, on a
// date of training so many days before the one of the test; an outcome takes thirty.
func traits(customers, daysBefore int, exit func(customer, date int) float64) (train, test *Sample) {
	at := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for k, when := range []time.Time{at.AddDate(0, 0, -daysBefore), at} {
		s := &Sample{Dates: []time.Time{when}, Embargo: 30 * 24 * time.Hour}
		s.X.Schema = features.Schema{Version: 1, Columns: []features.Column{{Name: "a"}, {Name: "b"}, {Name: "c"}}}
		for i := range customers {
			x := []float64{stats.HashUniform(1, uint64(i)), stats.HashUniform(2, uint64(i)), stats.HashUniform(3, uint64(i))}
			s.add(kept{x: x, y: float64(i % 2), customer: int64(i), household: int64(i), exit: exit(i, k)}, 1)
		}
		train, test = test, s
	}
	return train, test
}

// Labels drawn by lot are foreseen where training and test share outcomes, and only
// there, although the columns tell every customer from every other.
func TestShuffledLabelsFindSharedOutcomes(t *testing.T) {
	t.Parallel()
	none := func(int, int) float64 { return 0 }
	// One in three leaves on one day for ever, and both dates' rows say so.
	final := func(i, date int) float64 {
		if i%3 > 0 {
			return 0
		}
		return []float64{100, 10}[date]
	}
	for name, c := range map[string]struct {
		before int
		exit   func(int, int) float64
		leak   string
	}{
		"apart":                 {30, none, ""},
		"far apart":             {300, none, ""},
		"a day too near":        {29, none, "share outcomes (1500 of 1500 customers)"},
		"overlapping":           {10, none, "share outcomes (1500 of 1500 customers)"},
		"a final status":        {90, final, "share outcomes (500 of 1500 customers)"},
		"exits of their own":    {90, func(i, _ int) float64 { return float64(1 + i%9) }, ""},
		"too few to say":        {10, nil, ""},
		"nobody is in both now": {10, nil, ""},
	} {
		customers := 1500
		if name == "too few to say" {
			customers, c.exit = 150, none
		}
		if c.exit == nil {
			c.exit = none
		}
		train, test := traits(customers, c.before, c.exit)
		if name == "nobody is in both now" {
			for i := range test.Customer {
				test.Customer[i] += 10_000
			}
		}
		leaks, err := shuffledLabels(context.Background(), train, test, 1)
		if err != nil {
			t.Fatal(err)
		}
		if (len(leaks) == 1) != (c.leak != "") || (c.leak != "" && !strings.Contains(leaks[0].Says, c.leak)) {
			t.Errorf("%s: %+v", name, leaks)
		}
	}
}

// By chance alone it speaks up hardly ever.
func TestShuffledLabelsAreQuietByChance(t *testing.T) {
	t.Parallel()
	train, test := traits(400, 40, func(int, int) float64 { return 0 })
	for seed := range uint64(15) {
		if leaks, err := shuffledLabels(context.Background(), train, test, seed); err != nil || len(leaks) > 0 {
			t.Errorf("seed %d: %+v, %v", seed, leaks, err)
		}
	}
}
