package stats_test

import (
	"errors"
	"math"
	"testing"

	"holdfast/internal/stats"

	"pgregory.net/rapid"
)

// near fails unless got is within tol of want.
func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tol {
		t.Errorf("%s = %.12g, want %.12g ± %g", what, got, want, tol)
	}
}

// must returns a result that came without an error.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// sample is the calibration vector of the project's science notes, section 5 [C].
var (
	sampleScore = []float64{.05, .10, .15, .20, .25, .35, .40, .55, .60, .70, .80, .95}
	sampleLabel = []float64{0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1, 1}
)

// drawRows draws labels of both classes, scores with many ties in [0, 1] and
// weights of 0 to 3 that leave both classes some weight.
func drawRows(t *rapid.T) (y, s, w []float64) {
	n := rapid.IntRange(2, 40).Draw(t, "n")
	for i := range n {
		label := rapid.IntRange(0, 1).Draw(t, "y")
		if i < 2 {
			label = i
		}
		weight := rapid.IntRange(0, 3).Draw(t, "w")
		if i < 2 {
			weight = max(1, weight)
		}
		y = append(y, float64(label))
		s = append(s, float64(rapid.IntRange(0, 20).Draw(t, "s"))/20)
		w = append(w, float64(weight))
	}
	return y, s, w
}

// repeat turns integer weights into repeated rows.
func repeat(xs, w []float64) []float64 {
	var out []float64
	for i, x := range xs {
		for range int(w[i]) {
			out = append(out, x)
		}
	}
	return out
}

// weighted are the measures for which a weight of k must equal k copies.
var weighted = map[string]func(y, s, w []float64) (float64, error){
	"AUC":               stats.AUC,
	"average precision": stats.AveragePrecision,
	"log loss":          stats.LogLoss,
	"Brier":             stats.Brier,
	"CORP": func(y, s, w []float64) (float64, error) {
		c, err := stats.FitCORP(y, s, w)
		return c.Miscalibration + 7*c.Discrimination, err
	},
	"isotonic at .33": func(y, s, w []float64) (float64, error) {
		iso, err := stats.FitIsotonic(y, s, w)
		if err != nil {
			return 0, err
		}
		return iso.Apply(.33), nil
	},
	"Platt at .33": func(y, s, w []float64) (float64, error) {
		c, err := stats.FitPlatt(y, s, w)
		return c.Apply(.33), err
	},
}

func TestWeightsAreCopies(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y, s, w := drawRows(t)
		for name, f := range weighted {
			got, err := f(y, s, w)
			want, err2 := f(repeat(y, w), repeat(s, w), nil)
			if err != nil || err2 != nil || math.Abs(got-want) > 1e-9 {
				t.Fatalf("%s: weighted %v (%v), copied %v (%v)", name, got, err, want, err2)
			}
		}
	})
}

func TestBadRowsAreRefused(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	cases := map[string]struct {
		y, s, w   []float64
		undefined bool
	}{
		"lengths":         {y: []float64{0, 1}, s: []float64{.5}},
		"weights' length": {y: []float64{0, 1}, s: []float64{.5, .6}, w: []float64{1}},
		"label":           {y: []float64{0, 2}, s: []float64{.5, .6}},
		"NaN label":       {y: []float64{0, nan}, s: []float64{.5, .6}},
		"NaN score":       {y: []float64{0, 1}, s: []float64{.5, nan}},
		"infinite score":  {y: []float64{0, 1}, s: []float64{inf, .5}},
		"negative weight": {y: []float64{0, 1}, s: []float64{.4, .5}, w: []float64{1, -1}},
		"NaN weight":      {y: []float64{0, 1}, s: []float64{.4, .5}, w: []float64{1, nan}},
		"no rows":         {undefined: true},
		"no weight":       {y: []float64{0, 1}, s: []float64{.4, .5}, w: []float64{0, 0}, undefined: true},
	}
	for name, c := range cases {
		for measure, f := range weighted {
			_, err := f(c.y, c.s, c.w)
			if err == nil {
				t.Errorf("%s of rows with bad %s: no error", measure, name)
			}
			if errors.Is(err, stats.ErrUndefined) != c.undefined {
				t.Errorf("%s of rows with bad %s: ErrUndefined is %v: %v", measure, name, !c.undefined, err)
			}
		}
	}
}

func TestOneClassIsUndefined(t *testing.T) {
	t.Parallel()
	stay, leave, s := []float64{0, 0}, []float64{1, 1}, []float64{.2, .3}
	terms := stats.DefaultProfitTerms()
	calls := map[string]func() error{
		"AUC, stayers":  func() error { _, err := stats.AUC(stay, s, nil); return err },
		"AUC, leavers":  func() error { _, err := stats.AUC(leave, s, nil); return err },
		"precision":     func() error { _, err := stats.AveragePrecision(stay, s, nil); return err },
		"lift":          func() error { _, err := stats.LiftAt(stay, s, .5); return err },
		"capture":       func() error { _, err := stats.CaptureAt(stay, s, .5); return err },
		"EMPC":          func() error { _, err := stats.EMPC(leave, s, terms); return err },
		"MPC":           func() error { _, err := stats.MPC(stay, s, terms); return err },
		"logit":         func() error { _, err := stats.FitLogit(leave, s, nil); return err },
		"beta":          func() error { _, err := stats.FitBeta(stay, s, nil); return err },
		"Spiegelhalter": func() error { _, err := stats.SpiegelhalterZ([]float64{0, 1}, []float64{0, 1}); return err },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, stats.ErrUndefined) {
			t.Errorf("%s: %v, want ErrUndefined", name, err)
		}
	}
}
