package training

import (
	"math"
	"testing"
	"time"

	"holdfast/features"
	"holdfast/internal/stats"
	"holdfast/model"
)

// dated has one row of risk ½ a customer and date, who leave at the date's level.
func dated(levels []float64, rows int) *Sample {
	s := &Sample{Embargo: 30 * 24 * time.Hour}
	s.X.Schema = features.Schema{Version: 1, Columns: []features.Column{{Name: "x"}, {Name: "calendar_month_sin", Concept: seasonConcept}}}
	for d, level := range levels {
		s.Dates = append(s.Dates, time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 30*d))
		for i := range rows {
			y := 0.0
			if float64(i) < float64(rows)*stats.Sigmoid(level) {
				y = 1
			}
			s.add(kept{x: []float64{0, 1}, y: y, customer: int64(i), household: int64(i), date: d}, 1)
		}
	}
	return s
}

// The next level is the newest one where levels wander, and their mean where
// they return, given enough dates to see it.
func TestForeseen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		levels   []float64
		low, top float64 // of ρ
	}{
		"a trend":       {[]float64{-1, -.8, -.6, -.4, -.2, 0, .2, .4, .6, .8, 1}, .85, 1},
		"to and fro":    {[]float64{.5, -.5, .5, -.5, .5, -.5, .5, -.5, .5, -.5, .5, -.5, .5, -.5}, 0, 0},
		"three dates":   {[]float64{.5, -.5, .5}, .4, 1},
		"nothing moves": {[]float64{.2, .2, .2, .2, .2, .2, .2, .2}, 0, 1},
		"one date":      {[]float64{.2}, 1, 1},
	} {
		s := dated(c.levels, 4000)
		last := c.levels[len(c.levels)-1]
		p := make([]float64, s.Rows())
		mean := 0.0
		for i := range p {
			p[i] = stats.Sigmoid(last) // calibrated on the newest date
		}
		for _, v := range c.levels {
			mean += v / float64(len(c.levels))
		}
		shift, rho, err := foreseen(s, p, s.Embargo)
		if err != nil {
			t.Fatal(err)
		}
		if rho < c.low || rho > c.top || math.Abs(shift-(1-rho)*(mean-last)) > .01 {
			t.Errorf("%s: ρ %.3f, shift %.3f; want ρ from %v to %v", name, rho, shift, c.low, c.top)
		}
	}
}

// Weighted, every date leaves at one rate, and the time of year is out of sight
// unless two years show it.
func TestLevelled(t *testing.T) {
	t.Parallel()
	s := dated([]float64{-1, 0, 1}, 3000)
	w := s.levelled()
	for d := range s.Dates {
		left, all := 0.0, 0.0
		for i := range w {
			if s.Date[i] == d {
				left, all = left+w[i]*s.Y[i], all+w[i]
			}
		}
		if math.Abs(left/all-s.BaseRate()) > .01 {
			t.Errorf("date %d: rate %.3f, want %.3f", d, left/all, s.BaseRate())
		}
	}
	if s.seasonal() {
		t.Error("three months show no season")
	}
	s.withoutSeason()
	if x := s.X.Row(5); !math.IsNaN(x[1]) || x[0] != 0 {
		t.Errorf("row %v", x)
	}
	if years := dated(make([]float64, 26), 3); !years.seasonal() {
		t.Error("26 dates, 30 days apart, show two years")
	}
}

// A shifted calibration moves every risk by as much on the log-odds.
func TestShifted(t *testing.T) {
	t.Parallel()
	for _, c := range []model.Calibration{
		model.LogisticCalibration(stats.LogitCalibration{Slope: 1.2, Intercept: .3}), model.BetaCalibration(stats.Beta{A: .7, B: 1.4, C: -.2}),
		model.IsotonicCalibration(stats.Isotonic{Score: []float64{.3, .5, .8}, Level: []float64{.1, .2, .2}}),
		model.VennAbersCalibration(stats.VennAbersSteps{Score: []float64{.5}, At: []float64{.4}, Between: []float64{.3, .6}}),
	} {
		moved := shifted(c, .25)
		for _, margin := range []float64{-3, 0, 2} {
			if d := stats.Logit(moved.Apply(margin)) - stats.Logit(c.Apply(margin)); math.Abs(d-.25) > 1e-9 {
				t.Errorf("%s at %v moved by %v", c.Kind, margin, d)
			}
		}
	}
}
