package stats

import "math"

// Platt is p = σ(Slope·score + Intercept).
type Platt struct {
	Slope     float64 `json:"slope"`
	Intercept float64 `json:"intercept"`
}

// FitPlatt fits Platt scaling to raw scores with his smoothed targets,
// (N₊+1)/(N₊+2) for leavers and 1/(N₋+2) for stayers (Platt 1999), so it has a
// solution even when the scores separate the classes. With weights, N₊ and N₋
// are sums of weights. y, score and w have one entry per row; w may be nil.
func FitPlatt(y, score, w []float64) (Platt, error) {
	if err := checkRows("Platt scaling", y, score, w); err != nil {
		return Platt{}, err
	}
	pos, neg := classWeights(y, w)
	target := make([]float64, len(y))
	for i := range y {
		target[i] = 1 / (neg + 2)
		if y[i] == 1 {
			target[i] = (pos + 1) / (pos + 2)
		}
	}
	return fitLine("Platt scaling", score, target, w)
}

// Apply returns the calibrated probability of a score.
func (c Platt) Apply(score float64) float64 {
	return Sigmoid(float64(c.Slope*score) + c.Intercept)
}

// LogitCalibration is p = σ(Slope·logit(p₀) + Intercept): slope 1 and
// intercept 0 change nothing.
type LogitCalibration struct {
	Slope     float64 `json:"slope"`
	Intercept float64 `json:"intercept"`
}

// FitLogit fits the logistic recalibration of probabilities (Cox 1958). y, p and
// w have one entry per row; w may be nil. ErrUndefined when p separates the
// classes perfectly or one class is missing.
func FitLogit(y, p, w []float64) (LogitCalibration, error) {
	const what = "logistic calibration"
	if err := checkCalibration(what, y, p, w); err != nil {
		return LogitCalibration{}, err
	}
	x := make([]float64, len(p))
	for i, v := range p {
		x[i] = Logit(v)
	}
	line, err := fitLine(what, x, y, w)
	return LogitCalibration(line), err
}

// Apply returns the calibrated probability of a probability.
func (c LogitCalibration) Apply(p float64) float64 {
	return Sigmoid(float64(c.Slope*Logit(p)) + c.Intercept)
}

// FitOffset is the number that must be added to log-odds x so that they fit
// labels y: calibration in the large on the log-odds (Cox 1958, with the slope
// held at 1). Above zero, more left than predicted. y, x and w have one entry
// per row; w may be nil. ErrUndefined with one class only.
func FitOffset(y, x, w []float64) (float64, error) {
	const what = "calibration in the large"
	if err := checkRows(what, y, x, w); err != nil {
		return 0, err
	}
	if pos, neg := classWeights(y, w); pos == 0 || neg == 0 {
		return 0, undefined(what, "it needs leavers and stayers")
	}
	// The score falls with the offset from above zero to below it.
	low, high := -40.0, 40.0
	for high-low > 1e-12 {
		middle, score := (low+high)/2, 0.0
		for i := range x {
			score += float64(weight(w, i) * (y[i] - Sigmoid(x[i]+middle)))
		}
		if score > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2, nil
}

// Beta is p = σ(A·ln p₀ − B·ln(1−p₀) + C) with A, B ≥ 0, which can bend both
// ends of the curve separately.
type Beta struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
	C float64 `json:"c"`
}

// FitBeta fits beta calibration (Kull, Silva Filho, Flach 2017); a coefficient
// that comes out negative is set to 0 and the other fitted again. y, p and w
// have one entry per row; w may be nil. ErrUndefined as for FitLogit.
func FitBeta(y, p, w []float64) (Beta, error) {
	const what = "beta calibration"
	if err := checkCalibration(what, y, p, w); err != nil {
		return Beta{}, err
	}
	low, high := make([]float64, len(p)), make([]float64, len(p))
	for i, v := range p {
		low[i], high[i] = math.Log(clip(v)), -math.Log1p(-clip(v))
	}
	if mean, flat := flatMean(p, y, w); flat {
		return Beta{0, 0, Logit(mean)}, nil
	}
	both := logisticFit{[][]float64{low, high, ones(len(p))}, y, w}
	beta, err := both.fit(what)
	if err != nil {
		return Beta{}, err
	}
	if beta[0] >= 0 && beta[1] >= 0 {
		return Beta{beta[0], beta[1], beta[2]}, nil
	}
	if beta[0] < 0 {
		line, err := fitLine(what, high, y, w)
		return Beta{0, math.Max(line.Slope, 0), line.Intercept}, err
	}
	line, err := fitLine(what, low, y, w)
	return Beta{math.Max(line.Slope, 0), 0, line.Intercept}, err
}

// Apply returns the calibrated probability of a probability.
func (c Beta) Apply(p float64) float64 {
	p = clip(p)
	return Sigmoid(float64(c.A*math.Log(p)) - float64(c.B*math.Log1p(-p)) + c.C)
}

// checkCalibration also refuses a single class, for which no calibration of
// probabilities exists.
func checkCalibration(what string, y, p, w []float64) error {
	if err := checkProbabilities(what, y, p, w); err != nil {
		return err
	}
	if pos, neg := classWeights(y, w); pos == 0 || neg == 0 {
		return undefined(what, "it needs leavers and stayers")
	}
	return nil
}

func classWeights(y, w []float64) (pos, neg float64) {
	for i := range y {
		if y[i] == 1 {
			pos += weight(w, i)
		} else {
			neg += weight(w, i)
		}
	}
	return pos, neg
}

// fitLine fits σ(Slope·x + Intercept) to targets in [0, 1]. Scores that are all
// the same say nothing: slope 0 and the mean target.
func fitLine(what string, x, target, w []float64) (Platt, error) {
	if mean, flat := flatMean(x, target, w); flat {
		return Platt{0, Logit(mean)}, nil
	}
	f := logisticFit{[][]float64{x, ones(len(x))}, target, w}
	beta, err := f.fit(what)
	if err != nil {
		return Platt{}, err
	}
	return Platt{beta[0], beta[1]}, nil
}

// flatMean returns the weighted mean target and whether every row of positive
// weight has the same x.
func flatMean(x, target, w []float64) (mean float64, flat bool) {
	low, high, total := math.Inf(1), math.Inf(-1), 0.0
	for i, t := range target {
		if v := weight(w, i); v > 0 {
			low, high = math.Min(low, x[i]), math.Max(high, x[i])
			mean += float64(v * t)
			total += v
		}
	}
	return mean / total, low == high
}

func ones(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}
