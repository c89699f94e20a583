package measurement

import (
	"math"
	"testing"

	"holdfast/history"
	"holdfast/internal/stats"
	"holdfast/interventions"
)

var visits = map[string]Event{"grow": {Name: "visit", Code: 1}}

// A treatment judged on an event counts who had one from the selection to the
// end of the window, and no claim; other treatments are judged on staying.
func TestRowsJudgedOnAnEvent(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		on     int
		kind   uint16
		known  int
		final  bool
		missed bool
	}{
		{"on the day", 0, 1, 80, true, false},
		{"on the last", 41, 1, 80, true, false},
		{"a day late", 42, 1, 80, true, true},
		{"the day before", -1, 1, 80, true, true},
		{"of another kind", 5, 0, 80, true, true},
		{"too early to say", 50, 1, 20, false, false},
	} {
		s, err := history.AssembleShard(history.Parts{
			Customers: []history.Customer{{ID: 1}}, Vocab: history.Vocabulary{Kinds: []string{"other", "visit"}},
			Facts:   append(contract(1), claim(3, "retention", interventions.SavedNoOffer)),
			Singles: []history.Event{{Stamp: history.Stamp{Customer: 1, Ref: 9, Occurred: day(tc.on), Recorded: day(tc.on)}, Kind: tc.kind}},
		})
		if err != nil {
			t.Fatal(err)
		}
		exposures := []history.Exposure{exposed(1, 1, 0, "grow", interventions.ArmTreat), exposed(1, 1, 0, "call", interventions.ArmTreat)}
		rows := Rows(s, exposures, contracts(t), "", 100, day(tc.known), visits)
		call, grow := rows[0], rows[1]
		if grow.Outcome != "visit" || grow.Matured != tc.final || grow.Left != tc.missed || grow.Claimed {
			t.Errorf("%s: %+v", tc.name, grow)
		}
		if call.Outcome != "" || call.Left || call.Matured != tc.final {
			t.Errorf("%s: the call is %+v", tc.name, call)
		}
	}
}

// Where a treatment makes 30 % visit of whom 20 % would have, the intervals of
// the difference and of what is learned cover it, and no effect shows as none.
func TestEventEffectsCoverThePlanted(t *testing.T) {
	t.Parallel()
	for _, planted := range []float64{.1, 0} {
		covered, taught, significant := 0, 0, 0
		const draws, customers = 200, 1500
		for draw := range draws {
			rows := make([]Row, customers)
			for i := range rows {
				held := stats.HashUniform(uint64(draw), 1, uint64(i)) < .4
				p := .2
				if !held {
					p += planted
				}
				rows[i] = Row{
					Treatment: "grow", Outcome: "visit", Customer: history.CustomerID(i + 1), Household: history.HouseholdID(i + 1), At: day(0),
					Held: held, Matured: true, Left: stats.HashUniform(uint64(draw), 2, uint64(i)) >= p,
				}
			}
			effects, err := Measure(rows)
			if err != nil {
				t.Fatal(err)
			}
			e := effects[0]
			if e.Outcome != "visit" || !e.Known || len(e.Learned.Contrasts) != 1 {
				t.Fatalf("%+v", e)
			}
			if e.Difference.Low <= -planted && -planted <= e.Difference.High {
				covered++
			}
			if e.Significant() {
				significant++
			}
			if c := e.Learned.Contrasts[0]; math.Abs(c.Reduction-planted) < 1.96*c.Error {
				taught++
			}
		}
		// 95 % of 200 within four standard deviations.
		if covered < 178 || taught < 178 {
			t.Errorf("planted %v: covered %d, what is learned %d of %d", planted, covered, taught, draws)
		}
		if planted == 0 && significant > 22 || planted > 0 && significant < 180 {
			t.Errorf("planted %v: significant %d times of %d", planted, significant, draws)
		}
	}
}
