package training

import (
	"math"
	"testing"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
)

// drawn is n rows of raw probability p who leave at rate curve(p).
func drawn(seed uint64, n int, curve func(float64) float64) (*Sample, []float64) {
	rng := stats.Stream(seed)
	s, p := &Sample{}, make([]float64, n)
	for i := range p {
		p[i] = rng.Float64()
		y := 0.0
		if rng.Float64() < curve(p[i]) {
			y = 1
		}
		s.add(kept{y: y, customer: int64(i), household: int64(i)}, 1)
	}
	return s, p
}

// Few leavers get a line, more a curve, and many get steps where the truth is
// one and only there. Whichever it is, it meets the level.
func TestCalibrate(t *testing.T) {
	t.Parallel()
	bent := func(p float64) float64 { return p * p / 2 } // too high, in the right order
	stairs := func(p float64) float64 { return []float64{.05, .3, .32, .7}[int(p*4)] }
	for name, c := range map[string]struct {
		rows  int
		curve func(float64) float64
		want  []model.CalibrationKind
	}{
		"few":                {800, bent, []model.CalibrationKind{model.Logistic}},
		"more":               {12_000, bent, []model.CalibrationKind{model.Beta}},
		"few, on stairs":     {800, stairs, []model.CalibrationKind{model.Logistic}},
		"more, on stairs":    {8000, stairs, []model.CalibrationKind{model.Beta}},
		"many, on a curve":   {40_000, bent, []model.CalibrationKind{model.Beta}},
		"many, up the steps": {40_000, stairs, []model.CalibrationKind{model.Isotonic, model.VennAbers}},
	} {
		s, p := drawn(5, c.rows, c.curve)
		cal, err := calibrate(s, p, 1)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, k := range c.want {
			found = found || k == cal.Kind
		}
		if !found {
			t.Errorf("%s: %s, want one of %s", name, cal.Kind, c.want)
		}
		if err := cal.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		mean := 0.0
		for _, v := range applied(cal, p) {
			mean += v / float64(len(p))
		}
		if math.Abs(mean-s.BaseRate()) > .002 {
			t.Errorf("%s: mean risk %.4f where %.4f left", name, mean, s.BaseRate())
		}
	}
	s, p := drawn(6, 800, func(p float64) float64 { return 1 - p })
	if _, err := calibrate(s, p, 1); fault.Of(err) != fault.Invalid {
		t.Errorf("scores in the wrong order: %v", err)
	}
}

// Trying a calibration, no household's rows are calibrated by a fit that saw
// them: a shape that gives 0 to whomever it has not seen gives 0 to all.
func TestNoHouseholdBothFitsAndCalibrates(t *testing.T) {
	t.Parallel()
	s, p := drawn(7, 400, func(float64) float64 { return .3 })
	for i := range s.Household {
		s.Household[i] = int64(i / 4)
		p[i] = float64(s.Household[i]+1) / 102 // names the household
	}
	out, err := across(s, p, 1, func(_, seen, _ []float64) (model.Calibration, error) {
		v := stats.VennAbersSteps{Between: []float64{0}}
		known := make(map[float64]bool)
		for _, x := range seen {
			known[x] = true
		}
		for h := range 100 {
			x, at := stats.Sigmoid(stats.Logit(float64(h+1)/102)), 0.0
			if known[float64(h+1)/102] {
				at = 1
			}
			v.Score, v.At, v.Between = append(v.Score, x), append(v.At, at), append(v.Between, 0)
		}
		return model.VennAbersCalibration(v), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range out {
		if v != 0 {
			t.Fatalf("row %d was calibrated by a fit that had seen its household", i)
		}
	}
}
