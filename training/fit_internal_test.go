package training

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/model"
)

const homes = 60

// homely is a sample whose only column names the household.
func homely(dates int, left func(row int) bool) *Sample {
	s := &Sample{Dates: make([]time.Time, dates)}
	column := features.Column{Name: "household", Kind: features.Categorical}
	for h := range homes {
		column.Levels = append(column.Levels, fmt.Sprint(h))
	}
	s.X.Schema = features.Schema{Version: 1, Columns: []features.Column{column}}
	for d := range dates {
		for customer := range int64(3 * homes) {
			h, y := customer%homes, 0.0
			if left(s.Rows()) {
				y = 1
			}
			s.add(kept{x: []float64{float64(h)}, y: y, customer: customer, household: h, date: d}, 1)
		}
	}
	return s
}

// nosy fits models that give log-odds of +5 to every household they have seen.
var nosy = Candidate{Name: "nosy", Fit: func(_ context.Context, s *Sample, _ uint64) (*model.Model, error) {
	body := &model.Linear{Columns: []model.LinearColumn{{Shape: model.OneHot, Levels: make([]float64, homes)}}}
	for h := range homes {
		body.Columns[0].Levels[h] = -5
	}
	for _, h := range s.Household {
		body.Columns[0].Levels[h] = 5
	}
	return model.NewLinear(s.X.Schema, body, model.Card{})
}}

// No score that calibrates is of a household that its model has seen, and every
// row of the newest slice is scored once.
func TestOutOfFold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := homely(3, func(i int) bool { return i%2 == 0 })
		p, err := outOfFold(context.Background(), nosy, s, rapid.Uint64().Draw(t, "seed"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(p) != s.Rows() {
			t.Fatalf("%d scores for %d rows", len(p), s.Rows())
		}
		for i := range p {
			if p[i] > .5 {
				t.Fatal("a row was scored by a model that had seen its household")
			}
		}
	})
}

// The newest slice is one date when that has 200 leavers, and else as many as
// it takes.
func TestNewestSlice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		every int // one in so many of 180 rows a date leaves
		want  int
	}{"ninety a date": {2, 3}, "all": {1, 4}, "thirty-six": {5, 0}, "sixty": {3, 2}} {
		if got := newestSlice(homely(6, func(i int) bool { return i%c.every == 0 }), everyRow, 200); got != c.want {
			t.Errorf("%s: from date %d, want %d", name, got, c.want)
		}
	}
}

func TestFitCalibratedRefusals(t *testing.T) {
	t.Parallel()
	for _, y := range []bool{true, false} {
		if _, err := FitCalibrated(context.Background(), nosy, homely(1, func(int) bool { return y }), 1); fault.Of(err) != fault.Invalid {
			t.Errorf("all %v: %v", y, err)
		}
	}
}

// naiveSample has one column, silence, over which leaving is as given.
func naiveSample(t *testing.T, name string, silence, y []float64) *Sample {
	t.Helper()
	s := &Sample{Dates: make([]time.Time, 1)}
	s.X.Schema = features.Schema{Version: 1, Columns: []features.Column{{Name: name}}}
	for i := range silence {
		s.add(kept{x: []float64{silence[i]}, y: y[i], customer: int64(i), household: int64(i)}, 1)
	}
	return s
}

func TestNaiveRules(t *testing.T) {
	t.Parallel()
	var silence, y []float64
	for d := range 100 {
		silence, y = append(silence, float64(d)), append(y, 0)
		if d > 42 {
			y[d] = 1
		}
	}
	s := naiveSample(t, "purchase_days_since", silence, y)
	r, err := FitSilence(s, "purchase_days_since")
	if err != nil {
		t.Fatal(err)
	}
	// 43 rows stayed and 57 left; ten rows at the base rate of .57 are mixed in.
	want := NaiveRule{Column: "purchase_days_since", Cuts: []float64{42}, Rates: []float64{5.7 / 53, 62.7 / 67, .57}}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-12 })
	if diff := cmp.Diff(want, r, near); diff != "" {
		t.Errorf("silence: %s", diff)
	}
	dst := make([]float64, 3)
	test := naiveSample(t, "purchase_days_since", []float64{42, 43, math.NaN()}, []float64{1, 0, 1})
	if err := r.Score(&test.X, dst); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Rates, dst, near); diff != "" {
		t.Errorf("scores: %s", diff)
	}
	for i := range s.Y {
		s.X.Data[i] = float64(30 * (i % 13))
	}
	r, err = FitRenewal(s, "purchase_days_since")
	if err != nil || len(r.Cuts) != 12 || len(r.Rates) != 14 {
		t.Errorf("renewal: %v, %+v", err, r)
	}
	r, err = FitContractYear(s, "purchase_days_since")
	if err != nil || len(r.Cuts) != 9 || r.Cuts[0] != 365 || r.class(365) == r.class(366) {
		t.Errorf("contract year: %v, %+v", err, r)
	}
	if _, err := FitSilence(s, "visit_days_since"); fault.Of(err) != fault.Invalid {
		t.Errorf("a column that is not there: %v", err)
	}
	if _, err := FitSilence(naiveSample(t, "a", nil, nil), "a"); fault.Of(err) != fault.Invalid {
		t.Errorf("no rows: %v", err)
	}
	if err := r.Score(&naiveSample(t, "a", []float64{1}, []float64{1}).X, dst[:1]); fault.Of(err) != fault.Invalid {
		t.Errorf("another schema: %v", err)
	}
}

// The rule knows nothing of the test rows: whatever their labels become, its
// predictions stay.
func TestNaiveRuleIsFittedOnTrainingRowsOnly(t *testing.T) {
	t.Parallel()
	train := naiveSample(t, "a", []float64{1, 2, 100, 200, 1, 150}, []float64{0, 0, 1, 1, 0, 1})
	test := naiveSample(t, "a", []float64{3, 120, 5, 300}, []float64{0, 1, 0, 1})
	j := Judges{Naive: func(s *Sample) (NaiveRule, error) { return FitSilence(s, "a") }, Now: time.Now}
	first, err := j.At(context.Background(), train, test, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range test.Y {
		test.Y[i] = 1 - test.Y[i]
	}
	second, err := j.At(context.Background(), train, test, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.naive, second.naive); diff != "" {
		t.Error(diff)
	}
	if first.Naive.AUC <= .9 || second.Naive.AUC >= .1 || first.Best() != -1 {
		t.Errorf("AUC %v and %v", first.Naive.AUC, second.Naive.AUC)
	}
}

// A vector worked by hand: y 1,0,1,0 and p .8,.3,.6,.4.
func TestJudge(t *testing.T) {
	t.Parallel()
	m, err := Judge([]float64{1, 0, 1, 0}, []float64{.8, .3, .6, .4}, []float64{1, 1, 1, 1})
	if err != nil {
		t.Fatal(err)
	}
	logLoss := -(math.Log(.8) + math.Log(.7) + math.Log(.6) + math.Log(.6)) / 4
	brier := (.04 + .09 + .16 + .16) / 4
	if m.AUC != 1 || math.Abs(m.LogLoss-logLoss) > 1e-12 || math.Abs(m.Brier-brier) > 1e-12 || m.BaseRate != .5 || math.Abs(m.InTheLarge-1.05) > 1e-12 || m.Left != 2 {
		t.Errorf("%+v", m)
	}
	if _, err := Judge([]float64{1, 1}, []float64{.5, .6}, []float64{1, 1}); err == nil {
		t.Error("one class was judged")
	}
}

func everyRow(int) bool { return true }
