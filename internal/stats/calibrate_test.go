package stats_test

import (
	"errors"
	"math"
	"testing"

	"holdfast/internal/stats"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// All expected numbers of this file: science notes, section 5 [C], unless said.

func TestLossesOfSample(t *testing.T) {
	t.Parallel()
	near(t, "Brier", must(stats.Brier(sampleLabel, sampleScore, nil)), .17625, 1e-12)
	near(t, "log loss", must(stats.LogLoss(sampleLabel, sampleScore, nil)), .5225405574, 1e-10)
	// One certain mistake costs −ln 1e-15.
	near(t, "clipped log loss", must(stats.LogLoss([]float64{1}, []float64{0}, nil)), 15*math.Ln10, 1e-9)
	near(t, "clipped log loss", must(stats.LogLoss([]float64{0}, []float64{1}, nil)), 15*math.Ln10, .1)
	if _, err := stats.Brier([]float64{1}, []float64{1.5}, nil); err == nil {
		t.Error("a probability of 1.5 was accepted")
	}
}

func TestIsotonicOfSample(t *testing.T) {
	t.Parallel()
	third := 1. / 3
	want := []float64{0, 0, third, third, third, .5, .5, .5, .5, 1, 1, 1} // as scikit-learn
	if diff := cmp.Diff(want, stats.PAV(sampleLabel, nil), cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("PAV (-want +got):\n%s", diff)
	}
	iso := must(stats.FitIsotonic(sampleLabel, sampleScore, nil))
	for i, s := range sampleScore {
		near(t, "isotonic", iso.Apply(s), want[i], 1e-12)
	}
	near(t, "below the range", iso.Apply(-5), 0, 0)
	near(t, "above the range", iso.Apply(5), 1, 0)
	near(t, "between .25 and .35", iso.Apply(.30), (third+.5)/2, 1e-12)
	if len(iso.Score) != 8 {
		t.Errorf("%d knots kept, want the 8 ends of flat stretches", len(iso.Score))
	}
}

// TestPAVAgreesWithMinMax compares with the min-max formula of isotonic
// regression: fit_i = max over a ≤ i of min over b ≥ i of the mean of a..b.
func TestPAVAgreesWithMinMax(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 25).Draw(t, "n")
		y := rapid.SliceOfN(rapid.Float64Range(-5, 5), n, n).Draw(t, "y")
		w := rapid.SliceOfN(rapid.Float64Range(.1, 5), n, n).Draw(t, "w")
		got := stats.PAV(y, w)
		for i := range y {
			highest := math.Inf(-1)
			for a := range i + 1 {
				lowest := math.Inf(1)
				for b := i; b < n; b++ {
					sum, total := 0.0, 0.0
					for k := a; k <= b; k++ {
						sum += w[k] * y[k]
						total += w[k]
					}
					lowest = math.Min(lowest, sum/total)
				}
				highest = math.Max(highest, lowest)
			}
			if math.Abs(got[i]-highest) > 1e-9 {
				t.Fatalf("fit[%d] = %v, min-max says %v", i, got[i], highest)
			}
		}
	})
}

func TestCORPOfSample(t *testing.T) {
	t.Parallel()
	c := must(stats.FitCORP(sampleLabel, sampleScore, nil))
	near(t, "MCB", c.Miscalibration, .0373611, 5e-8)
	near(t, "DSC", c.Discrimination, .1111111, 5e-8)
	near(t, "UNC", c.Uncertainty, .25, 1e-12)
	rapid.Check(t, func(t *rapid.T) {
		y, s, w := drawRows(t)
		c := must(stats.FitCORP(y, s, w))
		if math.Abs(c.Miscalibration-c.Discrimination+c.Uncertainty-c.Brier) > 1e-12 {
			t.Fatalf("%+v does not add up", c)
		}
		if c.Miscalibration < -1e-12 || c.Discrimination < -1e-12 {
			t.Fatalf("%+v has a negative part", c)
		}
	})
}

func TestReliabilityOfSample(t *testing.T) {
	t.Parallel()
	width := must(stats.EqualWidthBins(sampleLabel, sampleScore, 4))
	near(t, "ECE, equal width", stats.ECE(width), .075, 1e-12)
	rel, res := 0.0, 0.0
	for _, b := range width {
		rel += float64(b.Count) / 12 * (b.Forecast - b.Observed) * (b.Forecast - b.Observed)
		res += float64(b.Count) / 12 * (b.Observed - .5) * (b.Observed - .5)
	}
	near(t, "REL", rel, .0084375, 1e-12)
	near(t, "RES", res, .0763889, 5e-8)
	near(t, "within the bins", must(stats.Brier(sampleLabel, sampleScore, nil))-(rel-res+.25), -.0057986, 5e-8)
	frequency := must(stats.EqualFrequencyBins(sampleLabel, sampleScore, 4))
	near(t, "ECE, equal frequency", stats.ECE(frequency), .1666667, 5e-8)
	near(t, "Spiegelhalter z", must(stats.SpiegelhalterZ(sampleLabel, sampleScore)), .1971395, 5e-8)
	near(t, "ECE of nothing", stats.ECE(nil), 0, 0)
}

func TestBinsHoldEveryRowOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y, s, _ := drawRows(t)
		bins := rapid.IntRange(1, 12).Draw(t, "bins")
		for _, cut := range []func(y, p []float64, bins int) ([]stats.ReliabilityBin, error){stats.EqualWidthBins, stats.EqualFrequencyBins} {
			rows, left, last := 0, 0.0, math.Inf(-1)
			for _, b := range must(cut(y, s, bins)) {
				rows += b.Count
				left += b.Observed * float64(b.Count)
				if b.Count == 0 || b.Forecast <= last || b.Forecast < b.Low-1e-12 || b.Forecast > b.High+1e-12 {
					t.Fatalf("bin %+v after forecast %v", b, last)
				}
				last = b.Forecast
			}
			sum := 0.0
			for _, v := range y {
				sum += v
			}
			if rows != len(y) || math.Abs(left-sum) > 1e-9 {
				t.Fatalf("bins hold %d rows and %v leavers, want %d and %v", rows, left, len(y), sum)
			}
		}
	})
}

// The published coefficients come from a general optimiser and are right to six
// places; zeroGradient holds ours to ten.
func TestCalibratorsOfSample(t *testing.T) {
	t.Parallel()
	const tol = 1e-6
	platt := must(stats.FitPlatt(sampleLabel, sampleScore, nil))
	near(t, "Platt slope", platt.Slope, 3.42259444, tol)
	near(t, "Platt intercept", platt.Intercept, -1.4309596, tol)
	smoothed := make([]float64, len(sampleLabel))
	for i, y := range sampleLabel {
		smoothed[i] = .125 + .75*y
	}
	zeroGradient(t, "Platt", smoothed, platt.Apply, func(s float64) float64 { return s })
	logit := must(stats.FitLogit(sampleLabel, sampleScore, nil))
	near(t, "logit slope", logit.Slope, 1.03005668, tol)
	near(t, "logit intercept", logit.Intercept, .46041256, tol)
	zeroGradient(t, "logit", sampleLabel, logit.Apply, stats.Logit)
	// A logistic regression on the score itself, which is that on its own log-odds.
	squashed := make([]float64, len(sampleScore))
	for i, s := range sampleScore {
		squashed[i] = stats.Sigmoid(s)
	}
	plain := must(stats.FitLogit(sampleLabel, squashed, nil))
	near(t, "unsmoothed slope", plain.Slope, 5.19952628, tol)
	near(t, "unsmoothed intercept", plain.Intercept, -2.14061887, tol)
	beta := must(stats.FitBeta(sampleLabel, sampleScore, nil))
	near(t, "beta a", beta.A, .28638265, tol)
	near(t, "beta b", beta.B, 2.25715721, tol)
	near(t, "beta c", beta.C, -1.09848145, tol)
	zeroGradient(t, "beta, a", sampleLabel, beta.Apply, math.Log)
	zeroGradient(t, "beta, b", sampleLabel, beta.Apply, func(s float64) float64 { return math.Log(1 - s) })
	calibrated := make([]float64, len(sampleScore))
	for i, s := range sampleScore {
		calibrated[i] = beta.Apply(s)
	}
	near(t, "beta NLL", 12*must(stats.LogLoss(sampleLabel, calibrated, nil)), 5.9780392949, 1e-9)
}

// zeroGradient checks the first-order conditions of a logistic fit on sample:
// residuals sum to zero, alone and times the column.
func zeroGradient(t *testing.T, what string, target []float64, apply, column func(float64) float64) {
	t.Helper()
	sum, along := 0.0, 0.0
	for i, s := range sampleScore {
		residual := target[i] - apply(s)
		sum += residual
		along += residual * column(s)
	}
	near(t, what+": residuals", sum, 0, 1e-10)
	near(t, what+": residuals × column", along, 0, 1e-10)
}

func TestVennAbersOfSample(t *testing.T) {
	t.Parallel()
	v := must(stats.FitVennAbers(sampleLabel, sampleScore))
	for _, c := range []struct{ x, p0, p1, merged float64 }{
		{.30, .25, .60, .444444}, {.50, 1. / 3, 2. / 3, .5}, {.75, .5, 1, .666667},
	} {
		p0, p1, err := v.Pair(c.x)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "p0", p0, c.p0, 1e-12)
		near(t, "p1", p1, c.p1, 1e-12)
		near(t, "merged", must(v.Apply(c.x)), c.merged, 5e-7)
	}
}

// TestCalibratorsFindPlantedTruth draws outcomes from each calibrator's own
// curve and asks for its parameters back.
func TestCalibratorsFindPlantedTruth(t *testing.T) {
	t.Parallel()
	const n = 60_000
	random := stats.Stream(11)
	p, draw := make([]float64, n), make([]float64, n)
	for i := range p {
		p[i], draw[i] = random.Float64(), random.Float64()
	}
	outcomes := func(curve func(float64) float64) []float64 {
		y := make([]float64, n)
		for i := range y {
			if draw[i] < curve(p[i]) {
				y[i] = 1
			}
		}
		return y
	}
	wantPlatt := stats.Platt{Slope: 3, Intercept: -2}
	wantLogit := stats.LogitCalibration{Slope: .6, Intercept: -1}
	wantBeta := stats.Beta{A: .5, B: 1.2, C: .3}
	approx := cmpopts.EquateApprox(0, .08) // three standard errors of the widest
	if d := cmp.Diff(wantPlatt, must(stats.FitPlatt(outcomes(wantPlatt.Apply), p, nil)), approx); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(wantLogit, must(stats.FitLogit(outcomes(wantLogit.Apply), p, nil)), approx); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(wantBeta, must(stats.FitBeta(outcomes(wantBeta.Apply), p, nil)), approx); d != "" {
		t.Error(d)
	}
}

func TestCalibratorsAtTheEdge(t *testing.T) {
	t.Parallel()
	y, separate, flat := []float64{0, 0, 1, 1}, []float64{.1, .2, .8, .9}, []float64{.3, .3, .3, .3}
	if _, err := stats.FitLogit(y, separate, nil); !errors.Is(err, stats.ErrUndefined) {
		t.Errorf("logit calibration of separated classes: %v, want ErrUndefined", err)
	}
	if _, err := stats.FitBeta(y, separate, nil); !errors.Is(err, stats.ErrUndefined) {
		t.Errorf("beta calibration of separated classes: %v, want ErrUndefined", err)
	}
	platt := must(stats.FitPlatt(y, separate, nil))
	if lo, hi := platt.Apply(.1), platt.Apply(.9); lo < .2 || hi > .8 {
		t.Errorf("Platt's targets let separated classes go to %v and %v, want within .2 and .8", lo, hi)
	}
	near(t, "Platt without information", must(stats.FitPlatt(y, flat, nil)).Apply(.3), .5, 1e-9)
	near(t, "logit without information", must(stats.FitLogit(y, flat, nil)).Apply(.3), .5, 1e-9)
	near(t, "beta without information", must(stats.FitBeta(y, flat, nil)).Apply(.9), .5, 1e-9)
	// A curve against the scores must not come out with negative coefficients.
	beta := must(stats.FitBeta([]float64{1, 1, 0, 1, 0, 0}, []float64{.1, .2, .3, .6, .8, .9}, nil))
	if beta.A < 0 || beta.B < 0 {
		t.Errorf("beta calibration %+v has a negative coefficient", beta)
	}
	certain := must(stats.FitLogit([]float64{0, 1, 0, 1, 1}, []float64{0, 0, .5, 1, .7}, nil))
	if v := certain.Apply(1); math.IsNaN(v) || v <= .5 {
		t.Errorf("probability 1 calibrated to %v", v)
	}
}
