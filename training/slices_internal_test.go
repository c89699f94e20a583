package training

import (
	"context"
	"strings"
	"testing"
	"time"

	"holdfast/churn"
	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/stats"
)

// turning is customers on dates forty days apart, of whom those with a large x leave,
// or, before the date of this index, those with a small one.
func turning(dates, turn, customers int) *Sample {
	s := &Sample{Embargo: 30 * 24 * time.Hour}
	s.X.Schema = features.Schema{Version: 1, Columns: []features.Column{{Name: "x", Concept: "x"}}}
	for d := range dates {
		s.Dates = append(s.Dates, time.Date(2026, 1, 1+40*d, 0, 0, 0, 0, time.UTC))
	}
	for i := range customers {
		random := stats.Stream(31, uint64(i))
		for d := range dates {
			x, y, sign := random.NormFloat64(), 0.0, 1.0
			if d < turn {
				sign = -1
			}
			if random.Float64() < stats.Sigmoid(sign*x-.5) {
				y = 1
			}
			s.add(kept{x: []float64{x}, y: y, customer: int64(i), household: int64(i), date: d}, 1)
		}
	}
	return s
}

func thirtyDays(t *testing.T) *churn.Definition {
	t.Helper()
	cfg := churn.Default()
	cfg.SilenceDays = 30
	def, err := churn.New(cfg, history.Vocabulary{Kinds: []string{"other", "purchase"}})
	if err != nil {
		t.Fatal(err)
	}
	return def
}

// A business that has turned is learned from since it turned, one that has not from
// all its dates; the date that is judged decides nothing.
func TestChooseSlices(t *testing.T) {
	t.Parallel()
	j := Judges{Churn: thirtyDays(t), Seed: 1, Now: time.Now}
	for name, c := range map[string]struct {
		turn, customers int
		alone           bool
	}{
		"the same for ever":      {0, 1000, false},
		"turned one date before": {6, 1000, true},
		"too few to say":         {6, 150, false},
	} {
		s := turning(8, c.turn, c.customers)
		got, err := j.chooseSlices(context.Background(), s)
		if err != nil || got.Alone != c.alone || (got.sentence() != "") != c.alone {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if c.alone && (!got.On.Equal(s.Dates[7]) || !strings.Contains(got.sentence(), "2026-10-08 was predicted surely better")) {
			t.Errorf("%s: %s", name, got.sentence())
		}
		if used := got.of(s).datesUsed(); (len(used) == 1) != c.alone || used[len(used)-1] != 7 {
			t.Errorf("%s: learns from dates %v", name, used)
		}
	}
	// Whatever became of the customers of date 7, the judges learn from the same dates.
	s := turning(8, 0, 1000)
	train, test := s.Where(func(i int) bool { return s.Date[i] < 7 }), s.On(7)
	for i := range test.Y {
		test.Y[i] = 1 - test.Y[i]
	}
	j.Candidates = []Candidate{{Name: NameLogistic, Fit: fitLogistic, Refit: refitLogistic}}
	j.Naive = func(s *Sample) (NaiveRule, error) { return ratesFor("x", []float64{0}, s.X.Column(0, nil), s), nil }
	if d, err := j.At(context.Background(), train, test, s.Dates[7]); err != nil || len(d.Trained) != 7 {
		t.Errorf("learned from %v, %v", d.Trained, err)
	}
}
