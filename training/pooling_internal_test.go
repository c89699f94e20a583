package training

import (
	"fmt"
	"math"
	"testing"
	"time"

	"holdfast/features"
	"holdfast/internal/stats"
	"holdfast/model"
)

// segmented is rows of one feature and twenty segments, whose levels differ by sd on
// the log-odds and of which some are small, with a model that knows the feature.
func segmented(t *testing.T, sd float64, seed uint64) (s *Sample, m *model.Model, truth []float64) {
	t.Helper()
	s = &Sample{Dates: make([]time.Time, 1)}
	column := features.Column{Name: "region", Kind: features.Categorical, Concept: "region"}
	random := stats.Stream(seed)
	for k := range 20 {
		column.Levels = append(column.Levels, fmt.Sprint(k))
		truth = append(truth, sd*random.NormFloat64())
	}
	s.X.Schema = features.Schema{Version: 1, Columns: []features.Column{{Name: "x", Concept: "x"}, column}}
	for k := range 20 {
		for range 10 + 15*k {
			x, y := random.NormFloat64(), 0.0
			if random.Float64() < stats.Sigmoid(-1.5+x+truth[k]) {
				y = 1
			}
			s.add(kept{x: []float64{x, float64(k)}, y: y, customer: int64(s.Rows()), household: int64(s.Rows())}, 1)
		}
	}
	m, err := model.NewLinear(s.X.Schema, &model.Linear{Intercept: -1.5, Columns: []model.LinearColumn{
		{Shape: model.Raw, Low: -9, High: 9, Terms: []model.Term{{Weight: 1}}}, {},
	}}, model.Card{})
	if err != nil {
		t.Fatal(err)
	}
	return s, m, truth
}

// levelsOf are the levels that a model gives the segments, as log-odds of x = 0.
func levelsOf(t *testing.T, m *model.Model) []float64 {
	t.Helper()
	out := make([]float64, 20)
	for k := range out {
		v, err := m.Margin([]float64{0, float64(k)})
		if err != nil {
			t.Fatal(err)
		}
		out[k] = v + 1.5
	}
	return out
}

// Pooled in part, segments lie nearer to the planted truth than with a level of
// their own each, and than with none.
func TestSegmentsArePooled(t *testing.T) {
	t.Parallel()
	var part, alone, none float64
	for seed := range uint64(10) {
		s, m, truth := segmented(t, .5, seed)
		got, err := pooled(m, s, []string{"x", "region"})
		if err != nil {
			t.Fatal(err)
		}
		left, p, info := make([]float64, 20), make([]float64, 20), make([]float64, 20)
		raw, err := scored(m, s)
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Y {
			k := int(s.X.Row(i)[1])
			left[k], p[k], info[k] = left[k]+s.Y[i], p[k]+raw[i], info[k]+raw[i]*(1-raw[i])
		}
		for k, v := range levelsOf(t, got) {
			own := (left[k] - p[k]) / info[k]
			part, alone, none = part+math.Pow(v-truth[k], 2), alone+math.Pow(own-truth[k], 2), none+math.Pow(truth[k], 2)
		}
		phi := make([]float64, 2)
		base, err := got.Contributions([]float64{0, math.NaN()}, phi)
		if err != nil || math.Abs(base+phi[0]+phi[1]+1.5) > 1e-9 {
			t.Errorf("a customer of no known segment has log-odds %v (%v), want those of the model before", base+phi[0]+phi[1], err)
		}
	}
	if part > .8*alone || part > .8*none {
		t.Errorf("squared errors: %.2f pooled in part, %.2f each alone, %.2f without levels", part, alone, none)
	}
	t.Logf("squared errors: %.2f pooled in part, %.2f each alone, %.2f without levels", part, alone, none)
}

// Where segments do not differ, hardly any level is given; without a category
// nothing changes.
func TestSegmentsThatDoNotDifferStayTogether(t *testing.T) {
	t.Parallel()
	worst := 0.0
	for seed := range uint64(10) {
		s, m, _ := segmented(t, 0, 100+seed)
		got, err := pooled(m, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range levelsOf(t, got) {
			worst = max(worst, math.Abs(v))
		}
	}
	if worst > .35 {
		t.Errorf("a level of %.2f where there is none", worst)
	}
	s, m, _ := segmented(t, 1, 3)
	s.X.Schema.Columns[1].Kind = features.Numeric
	if got, err := pooled(m, s, []string{"region"}); err != nil || got != m {
		t.Errorf("without a category: %v", err)
	}
}

// The tree of the rule gives what the rule gives, missing values and ends included.
func TestTheNaiveRuleAsAModel(t *testing.T) {
	t.Parallel()
	s := naiveSample(t, "a", []float64{1, 30, 31, 100, 200, 1, 500, math.NaN()}, []float64{0, 0, 1, 1, 0, 0, 1, 1})
	for name, fit := range map[string]func(*Sample, string) (NaiveRule, error){"silence": FitSilence, "renewal": FitRenewal} {
		r, err := fit(s, "a")
		if err != nil {
			t.Fatal(err)
		}
		m, err := r.model(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range append([]float64{-1, 0, 29.5, 30.5, 360, 361, math.Inf(1), math.NaN()}, r.Cuts...) {
			got, err := m.Probability([]float64{v})
			if want := r.Rates[r.class(v)]; err != nil || math.Abs(got-want) > 1e-12 {
				t.Errorf("%s at %v: %v, want %v (%v)", name, v, got, want, err)
			}
		}
	}
}
