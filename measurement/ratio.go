package measurement

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"holdfast/history"
	"holdfast/internal/stats"
)

// Ratio says whether the arms of a treatment are as large as they were drawn.
// Where they are not, something loses customers of one arm more than of the
// other, and no effect is to be believed until it is known what. It says no
// counts of an arm otherwise: outcomes may be open still (R7).
type Ratio struct {
	Households int     `json:"households"`              // whose arm was drawn, to the nearest ten
	Broken     bool    `json:"broken,omitempty"`        // sound the alarm
	Expected   float64 `json:"expected_share,omitzero"` // of them to be left alone, where broken
	Found      float64 `json:"found_share,omitzero"`    // left alone, where broken
}

// The alarm is false in one programme of a thousand, however often it is looked
// at; fewer households than these say nothing.
const (
	falseAlarm     = .001
	fewestInRatios = 20
)

// ratioOf compares how many households were left alone with how many were to
// be: one of each household that was selected, whether its outcome is final or
// not.
func ratioOf(rows []Row) (Ratio, error) {
	seen := map[history.HouseholdID]bool{}
	byShare := map[float64]*stats.Drawn{}
	for _, r := range rows {
		if !(r.Share > 0 && r.Share < 1) || seen[r.Household] {
			continue
		}
		seen[r.Household] = true
		g := byShare[r.Share]
		if g == nil {
			g = &stats.Drawn{Share: r.Share}
			byShare[r.Share] = g
		}
		g.Units++
		if r.Held {
			g.Hits++
		}
	}
	out := Ratio{Households: tens(len(seen))}
	if len(seen) < fewestInRatios {
		return out, nil
	}
	groups := make([]stats.Drawn, 0, len(byShare))
	expected, found := 0.0, 0
	for _, g := range byShare {
		groups = append(groups, *g)
		expected += float64(g.Share * float64(g.Units))
		found += g.Hits
	}
	slices.SortFunc(groups, func(a, b stats.Drawn) int { return cmp.Compare(a.Share, b.Share) })
	evidence, err := stats.SampleRatio(groups)
	if err != nil {
		return out, fmt.Errorf("compare the arms' sizes: %w", err)
	}
	if evidence >= math.Log(1/falseAlarm) {
		out.Broken, out.Expected, out.Found = true, expected/float64(len(seen)), float64(found)/float64(len(seen))
	}
	return out, nil
}
