package measurement

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/history"
	"holdfast/internal/stats"
)

// arms makes final rows of n customers, each a household of its own, of whom
// some left.
func arms(treatment string, held bool, from, n, left int) []Row {
	out := make([]Row, n)
	for i := range out {
		id := int64(from + i)
		out[i] = Row{
			Treatment: treatment, Customer: history.CustomerID(id), Household: history.HouseholdID(id), At: origin,
			Held: held, Matured: true, Left: i < left,
		}
	}
	return out
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %.8f, want %.8f", what, got, want)
	}
}

func measureOne(t testing.TB, rows []Row) Effect {
	t.Helper()
	effects, err := Measure(rows)
	if err != nil {
		t.Fatal(err)
	}
	if len(effects) != 1 {
		t.Fatalf("%d effects, want one", len(effects))
	}
	return effects[0]
}

// science.md "Save count": treated 450 of 9,000 left, controls 70 of 1,000: two
// points fewer, 180 saves, Newcombe interval (.00502063, .03803808). Ours has
// the other sign, and with households of one differs from it only by the
// degrees of freedom, in the fifth decimal.
func TestSaveCount(t *testing.T) {
	t.Parallel()
	e := measureOne(t, append(arms("call", false, 1, 9000, 450), arms("call", true, 10_001, 1000, 70)...))
	if !e.Known || !e.Significant() {
		t.Errorf("known %v, significant %v", e.Known, e.Significant())
	}
	near(t, "the difference", e.Difference.Estimate, -.02, 1e-12)
	near(t, "its lower limit", e.Difference.Low, -.03803808, 5e-5)
	near(t, "its upper limit", e.Difference.High, -.00502063, 5e-5)
	near(t, "the saves", e.ProvenSaves.Estimate, 180, 1e-9)
	near(t, "their lower limit", e.ProvenSaves.Low, 9000*.00502063, .4)
	near(t, "their upper limit", e.ProvenSaves.High, 9000*.03803808, .4)
	exact, err := stats.Newcombe(stats.Proportion{Events: 450, Trials: 9000}, stats.Proportion{Events: 70, Trials: 1000}, Level)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Newcombe's lower limit", exact.Low, -.03803808, 1e-8)
	near(t, "Newcombe's upper limit", exact.High, -.00502063, 1e-8)
	if want := (Group{Customers: 9000, Households: 9000, Left: 450, Rate: .05}); e.Contacted != want {
		t.Errorf("contacted %+v", e.Contacted)
	}
	if !(e.Detectable > .015 && e.Detectable < .03) {
		t.Errorf("the minimum detectable effect is %v", e.Detectable)
	}
}

// Members of a household who act as one tell no more than one of them.
func TestHouseholdsThatActAsOne(t *testing.T) {
	t.Parallel()
	alone := append(arms("call", false, 1, 300, 30), arms("call", true, 1001, 200, 40)...)
	var together []Row
	for _, r := range alone {
		for member := range 3 {
			twin := r
			twin.Customer = history.CustomerID(10_000*(member+1)) + r.Customer
			together = append(together, twin)
		}
	}
	a, b := measureOne(t, alone), measureOne(t, together)
	near(t, "the difference", b.Difference.Estimate, a.Difference.Estimate, 1e-12)
	near(t, "the lower limit", b.Difference.Low, a.Difference.Low, 1e-3)
	near(t, "the upper limit", b.Difference.High, a.Difference.High, 1e-3)
	if b.Contacted.Customers != 900 || b.Contacted.Households != 300 {
		t.Errorf("contacted %+v", b.Contacted)
	}
}

func TestMeasureWithoutAnEstimate(t *testing.T) {
	t.Parallel()
	young := arms("young", false, 1, 4, 0)
	for i := range young {
		young[i].Matured = false
	}
	global := arms("young", true, 100, 3, 3)
	for i := range global {
		global[i].Global = true
	}
	rows := append(append(young, global...), arms("alone", false, 200, 5, 1)...)
	got, err := Measure(rows)
	if err != nil {
		t.Fatal(err)
	}
	want := []Effect{
		{Treatment: "alone", Contacted: Group{Customers: 5, Households: 5, Left: 1, Rate: .2}},
		{Treatment: "young", Pending: 4},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, e := range got {
		if e.Significant() {
			t.Errorf("%s is significant without an estimate", e.Treatment)
		}
	}
	if none, err := Measure(nil); err != nil || len(none) != 0 {
		t.Errorf("nothing gives %v, %v", none, err)
	}
}

func TestNobodyLeft(t *testing.T) {
	t.Parallel()
	e := measureOne(t, append(arms("call", false, 1, 50, 0), arms("call", true, 101, 50, 0)...))
	if !e.Known || e.Significant() || e.Detectable != 0 || e.Difference.Estimate != 0 {
		t.Errorf("%+v", e)
	}
}

func TestClaimsAreCounted(t *testing.T) {
	t.Parallel()
	rows := arms("call", false, 1, 6, 1)
	for i, r := range []struct{ claimed, kept, known bool }{
		{true, true, true}, {true, false, true}, {true, false, false}, {false, false, false}, {true, true, true}, {},
	} {
		rows[i].Claimed, rows[i].Kept, rows[i].KeptKnown = r.claimed, r.kept, r.known
	}
	rows[2].KeptFrom = day(93)
	rows[2].Matured = false // claims count before the outcome is final
	held := arms("call", true, 101, 4, 1)
	held[0].Claimed = true // somebody rang and was saved: no merit of the treatment
	e := measureOne(t, append(rows, held...))
	if e.ClaimedSaves != 4 || e.SustainedSaves != 2 || e.Undecided != 1 || e.Pending != 1 || !e.DecidedFrom.Equal(day(93)) {
		t.Errorf("claimed %d, sustained %d, undecided %d from %v, pending %d", e.ClaimedSaves, e.SustainedSaves, e.Undecided, e.DecidedFrom, e.Pending)
	}
}

// A household globally held out stays out of every comparison, also when a
// later selection of it would say otherwise.
func TestGlobalHoldoutsStayOut(t *testing.T) {
	t.Parallel()
	rows := append(arms("call", false, 1, 10, 2), arms("call", true, 101, 10, 4)...)
	before := measureOne(t, rows)
	held := Row{Treatment: "call", Customer: 500, Household: 500, At: origin, Held: true, Global: true, Matured: true, Left: true}
	later := held
	later.Global, later.At = false, origin.AddDate(1, 1, 0)
	if diff := cmp.Diff(before, measureOne(t, append(rows, later, held))); diff != "" {
		t.Error(diff)
	}
}
