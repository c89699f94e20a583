package training

import (
	"math"
	"strings"
	"testing"

	"holdfast/internal/stats"
)

// Businesses whose level moves between dates: the range of each past date, made of the
// dates before it, holds about nine in ten of its groups, as the card then says; and
// one that is made as if the level stood still holds far fewer.
func TestRangesHeldAtPastDates(t *testing.T) {
	t.Parallel()
	count := func(assumed, moves float64) (held, groups, dates int) {
		for seed := range uint64(30) {
			rng := stats.Stream(seed)
			var past []pastDate
			for range 6 {
				cal, calX := drifting(rng, 200, 0)
				line := scaled{calibratedOn(t, cal, calX)}
				s, x := drifting(rng, 200, moves*rng.NormFloat64())
				p := line.at(x)
				e, err := levelOf(s, p)
				if err != nil {
					t.Fatal(err)
				}
				e.Offset *= assumed
				past = append(past, pastDate{e, fitted{slice: cal, risks: line.at(calX)}, alike(s, p)})
			}
			h, g, d := rangesHeld(past[:2], seed) // fewer than four dates before: a spread is assumed
			if (h == 0 && moves < 1) || g < 8 || d != 2 {
				t.Fatalf("%d of %d groups on %d dates", h, g, d)
			}
			h, g, d = rangesHeld(past, seed)
			held, groups, dates = held+h, groups+g, dates+d
		}
		return held, groups, dates
	}
	held, groups, dates := count(1, .3)
	share := float64(held) / float64(groups)
	t.Logf("%d dates: %.3f of %d groups", dates, share, groups)
	if share < .86 || share > .98 {
		t.Errorf("the range held %.3f of %d groups", share, groups)
	}
	held, groups, _ = count(0, 1.5)
	if still := float64(held) / float64(groups); still > .6 {
		t.Errorf("a range that knows of no movement held %.3f of the groups of a business that moves", still)
	}
	if got := heldSentence(41, 50, 5); !strings.HasPrefix(got, "Tried on 5 past dates, each with what was known by then, the range held the leaving rate of 41 of 50 groups of customers scored alike (82 %)") {
		t.Error(got)
	}
	if got := heldSentence(0, 0, 0); got != "" {
		t.Error(got)
	}
}

// Groups are of like risk, of equal size, and together everybody.
func TestGroupsOfLikeRisk(t *testing.T) {
	t.Parallel()
	s := &Sample{}
	var p []float64
	rng := stats.Stream(1)
	for i := range 405 {
		r := kept{household: int64(i / 2)}
		if i%3 == 0 {
			r.y = 1
		}
		s.add(r, 1)
		p = append(p, rng.Float64())
	}
	got := alike(s, p)
	if len(got) != 8 {
		t.Fatalf("%d groups of 405 rows, want 8 of at least %d", len(got), leastAlike)
	}
	rate := 0.0
	for i, g := range got {
		rate += g.rate / 8
		if i > 0 && g.risk <= got[i-1].risk || g.chance < .04 || g.chance > .13 {
			t.Errorf("group %d: %+v after %+v", i, g, got[max(i-1, 0)])
		}
	}
	if math.Abs(rate-1.0/3) > .01 {
		t.Errorf("together %.3f left, want a third", rate)
	}
	if few := alike(s.Where(func(i int) bool { return i < 49 }), p[:49]); len(few) != 0 {
		t.Errorf("%d groups of 49 rows", len(few))
	}
}
