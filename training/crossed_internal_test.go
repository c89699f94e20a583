package training

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/features"
	"holdfast/internal/stats"
	"holdfast/model"
)

// rare is n customers on three dates, of whom few leave: at the given chance of a
// silence in days.
func rare(seed uint64, n int, chance func(silence float64) float64) *Sample {
	s := &Sample{Embargo: time.Hour}
	for d := range 3 {
		s.Dates = append(s.Dates, time.Date(2026, time.Month(1+d), 1, 0, 0, 0, 0, time.UTC))
	}
	s.X.Schema = features.Schema{Version: 1, Columns: []features.Column{
		{Name: "purchase_days_since", Concept: "silence"}, {Name: "noise", Concept: "noise"}, {Name: "more", Concept: "more"},
	}}
	for i := range n {
		random := stats.Stream(seed, uint64(i))
		for d := range s.Dates {
			silence, y := math.Floor(90*random.Float64()), 0.0
			if random.Float64() < chance(silence) {
				y = 1
			}
			s.add(kept{x: []float64{silence, random.Float64(), random.NormFloat64()}, y: y, customer: int64(i), household: int64(i / 2), date: d}, 1)
		}
	}
	return s
}

func silenceJudges(s *Sample) (NaiveRule, error) { return FitSilence(s, "purchase_days_since") }

// A rule that is the truth is surely better than a model that can only bend; a model
// of a slope is surely better than the rule; on chance alone neither is.
func TestCrossed(t *testing.T) {
	t.Parallel()
	j := Judges{Naive: silenceJudges, Seed: 1, Now: time.Now}
	for name, c := range map[string]struct {
		chance       func(float64) float64
		worse, below bool
	}{
		"a step":  {func(v float64) float64 { return map[bool]float64{true: .9, false: .01}[v > 84] }, true, false},
		"a slope": {func(v float64) float64 { return stats.Sigmoid(v/9 - 9) }, false, true},
		"chance":  {func(float64) float64 { return .08 }, false, false},
	} {
		s := rare(4, 400, c.chance)
		x, err := j.crossed(context.Background(), small(nil), s, 1)
		if err != nil {
			t.Fatal(err)
		}
		_, leavers := s.Positives()
		t.Logf("%s, %d leavers: %d fits, %+v", name, leavers, x.Fits, x.Against)
		if x.worse() != c.worse || (x.Against.High < 0) != c.below || leavers > smallBase {
			t.Errorf("%s: %+v", name, x)
		}
		words := map[bool]string{true: "so the naive rule stands in.", false: "5 times repeated 5-fold cross-validation by household"}[c.worse]
		if !strings.Contains(x.sentence(), words) {
			t.Errorf("%s: %s", name, x.sentence())
		}
		if again, err := j.crossed(context.Background(), small(nil), s, 1); err != nil || again != x {
			t.Errorf("%s, once more: %+v, %v", name, again, err)
		}
	}
}

// A family that can never be fitted stands back for the rule, and says why.
func TestCrossedWithoutAFit(t *testing.T) {
	t.Parallel()
	j := Judges{Naive: silenceJudges, Now: time.Now}
	never := Candidate{Name: "never", Fit: func(context.Context, *Sample, uint64) (*model.Model, error) { return nil, errors.New("no rows please") }}
	x, err := j.crossed(context.Background(), never, rare(4, 100, func(float64) float64 { return .1 }), 1)
	if err != nil || x.Fits != 0 || !x.worse() || !strings.Contains(x.sentence(), "no rows please), so the naive rule stands in.") {
		t.Errorf("%+v, %v", x, err)
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := j.crossed(gone, never, rare(4, 100, func(float64) float64 { return .1 }), 1); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

// Every household is in one fold, and the folds are alike.
func TestHouseholdsAreDealtWhole(t *testing.T) {
	t.Parallel()
	s := homely(3, func(i int) bool { return i%3 == 0 })
	for seed := range uint64(4) {
		fold := s.dealt(crossFolds, seed)
		of, size := map[int64]int{}, map[int]int{}
		for i, h := range s.Household {
			if k, known := of[h]; known && k != fold[i] {
				t.Fatalf("household %d stands in folds %d and %d", h, k, fold[i])
			}
			of[h] = fold[i]
			size[fold[i]]++
		}
		if len(size) != crossFolds || slices.Min([]int{size[0], size[1], size[2], size[3], size[4]}) < s.Rows()/crossFolds*3/4 {
			t.Errorf("the folds hold %v rows", size)
		}
	}
}

// Where there are many rows those of leavers' households stay, and the others stand
// for all: the leaving rate remains.
func TestThinned(t *testing.T) {
	t.Parallel()
	s := rare(9, 6000, func(float64) float64 { return .01 })
	few := s.thinned(4000, 1)
	rows, _ := s.Positives()
	kept, _ := few.Positives()
	if kept != rows || few.Rows() < 3700 || few.Rows() > 4300 || math.Abs(few.BaseRate()-s.BaseRate()) > 1e-12 {
		t.Errorf("%d of %d rows, %d of %d left, rate %.4f of %.4f", few.Rows(), s.Rows(), kept, rows, few.BaseRate(), s.BaseRate())
	}
	if s.thinned(s.Rows(), 1) != s {
		t.Error("rows that fit were thinned")
	}
}
