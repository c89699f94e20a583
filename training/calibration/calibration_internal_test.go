package calibration

import (
	"math"
	"testing"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
)

// drawn is n rows of raw probability p who leave at rate curve(p).
func drawn(seed uint64, n int, curve func(float64) float64) Rows {
	rng := stats.Stream(seed)
	var r Rows
	for i := range n {
		p, y := rng.Float64(), 0.0
		if rng.Float64() < curve(p) {
			y = 1
		}
		r.Y, r.P, r.Group = append(r.Y, y), append(r.P, p), append(r.Group, int64(i))
	}
	return r
}

// Few leavers get a line, more a curve, and many get steps where the truth is
// one and only there. Whichever it is, it meets the level.
func TestFit(t *testing.T) {
	t.Parallel()
	bent := func(p float64) float64 { return p * p / 2 } // too high, in the right order
	stairs := func(p float64) float64 { return []float64{.05, .3, .32, .7}[int(p*4)] }
	for name, c := range map[string]struct {
		rows  int
		curve func(float64) float64
		want  []model.CalibrationKind
	}{
		"few":                 {800, bent, []model.CalibrationKind{model.Logistic}},
		"more":                {12_000, bent, []model.CalibrationKind{model.Beta}},
		"few, on stairs":      {800, stairs, []model.CalibrationKind{model.Logistic}},
		"more, on stairs":     {8000, stairs, []model.CalibrationKind{model.Beta}},
		"many, on a curve":    {40_000, bent, []model.CalibrationKind{model.Beta}},
		"more than are tried": {120_000, stairs, []model.CalibrationKind{model.Isotonic, model.VennAbers}},
		"many, up the steps":  {40_000, stairs, []model.CalibrationKind{model.Isotonic, model.VennAbers}},
	} {
		r := drawn(5, c.rows, c.curve)
		cal, err := Fit(r, 1)
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
		mean, rate := 0.0, 0.0
		for i, v := range r.P {
			mean += cal.Apply(stats.Logit(v)) / float64(len(r.P))
			rate += r.Y[i] / float64(len(r.P))
		}
		if math.Abs(mean-rate) > .002 {
			t.Errorf("%s: mean risk %.4f where %.4f left", name, mean, rate)
		}
	}
	if _, err := Fit(drawn(6, 800, func(p float64) float64 { return 1 - p }), 1); fault.Of(err) != fault.Invalid {
		t.Errorf("scores in the wrong order: %v", err)
	}
}

// Trying a calibration, no household's rows are calibrated by a fit that saw
// them: a shape that gives 0 to whomever it has not seen gives 0 to all.
func TestNoHouseholdBothFitsAndCalibrates(t *testing.T) {
	t.Parallel()
	r := drawn(7, 400, func(float64) float64 { return .3 }).filled()
	for i := range r.Group {
		r.Group[i] = int64(i / 4)
		r.P[i] = float64(r.Group[i]+1) / 102 // names the household
	}
	out, err := across(r, 1, func(_, seen, _ []float64) (model.Calibration, error) {
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
