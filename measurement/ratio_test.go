package measurement

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"holdfast/history"
)

// assigned makes rows of households of one or two whose arm was drawn with a
// probability; nobody's outcome is final.
func assigned(rng *rand.Rand, from, households int, share float64) []Row {
	var out []Row
	for h := range households {
		held := rng.Float64() < share
		for member := range 1 + h%2 {
			out = append(out, Row{
				Treatment: "call", Customer: history.CustomerID(from + 2*h + member), Household: history.HouseholdID(from + 2*h), At: origin, Held: held, Share: share,
			})
		}
	}
	return out
}

// As they were drawn, arms sound no alarm, at whatever shares; where some of the
// left alone are lost, the alarm says what was expected and what is found. It
// says nothing of a few, nor of rows whose share is not known.
func TestArmsAreAsLargeAsDrawn(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 5)) //nolint:gosec // a seeded simulation
	rows := append(assigned(rng, 1, 3000, .3), assigned(rng, 100_000, 2000, .5)...)
	e := measureOne(t, rows)
	if want := (Ratio{Households: 5000}); e.Ratio != want {
		t.Errorf("a fair draw: %+v", e.Ratio)
	}
	lost := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.Held && r.Household%10 < 2 })
	got := measureOne(t, lost).Ratio
	if !got.Broken || math.Abs(got.Expected-.38) > .02 || got.Found >= got.Expected-.02 {
		t.Errorf("a fifth of the left alone is lost: %+v", got)
	}
	few := slices.Clone(rows[:28]) // 19 households
	for i := range few {
		few[i].Held = true
	}
	if got := measureOne(t, few).Ratio; got.Broken || got.Households != 20 {
		t.Errorf("a few: %+v", got)
	}
	for i := range lost {
		lost[i].Share = 0
	}
	if got := measureOne(t, lost).Ratio; got != (Ratio{}) {
		t.Errorf("without shares: %+v", got)
	}
}
