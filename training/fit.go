package training

import (
	"context"
	"fmt"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
)

// calibrationFolds is how many parts the customers are cut into for scores
// that calibrate: each row is scored by a model that has not seen its customer.
const calibrationFolds = 4

// betaFrom is the number of leavers from which calibration gets a third
// parameter, so that both ends of the curve can bend separately. Isotonic
// calibration is not used here: its flat stretches tie customers whom the model
// could still tell apart.
const betaFrom = 1000

// sliceLeavers is how many leavers the newest slice should hold: a thousand tell
// the level of risk to 3 %, two hundred to 7 %. Where snapshots lie close
// together, or rows were sampled, one date has not as many.
const sliceLeavers = 1000

// FitCalibrated fits the candidate on the whole sample and calibrates it on
// out-of-fold scores of the newest slice: for each quarter of the households, a
// model of the others scores that quarter's newest rows. No row both fits and
// calibrates, and no household does. Where the global holdout has enough
// leavers, only its rows calibrate.
func FitCalibrated(ctx context.Context, c Candidate, s *Sample, seed uint64) (*model.Model, error) {
	if left, _ := s.Positives(); left == 0 || left == s.Rows() {
		return nil, fault.New(fault.Invalid,
			"%s: %d of %d training rows left; both leavers and stayers are needed", c.Name, left, s.Rows())
	}
	m, err := c.Fit(ctx, s, seed)
	if err != nil {
		return nil, fmt.Errorf("fit %s on %d rows: %w", c.Name, s.Rows(), err)
	}
	y, p, w, err := outOfFold(ctx, c, s, seed, m)
	if err != nil {
		return nil, fmt.Errorf("calibrate %s: %w", c.Name, err)
	}
	cal, err := calibrate(y, p, w)
	if err != nil {
		return nil, fmt.Errorf("calibrate %s on %d rows: %w", c.Name, len(y), err)
	}
	return m.WithCalibration(cal)
}

// holdoutLeavers is how many leavers the matured global holdout must have
// before it alone calibrates and judges.
const holdoutLeavers = 200

// FromHoldout says whether the global holdout in the sample has enough distinct
// leavers to calibrate and judge on it alone: nobody contacted these customers,
// so their leaving rate is the risk itself and no weight is needed.
func (s *Sample) FromHoldout() bool {
	left := make(map[int64]bool)
	for i, held := range s.Held {
		if held && s.Y[i] == 1 {
			left[s.Customer[i]] = true
		}
	}
	return len(left) >= holdoutLeavers
}

// newestSlice is the index of the first date of the newest slice of the rows
// that count: the newest date, and as many before it as are needed for so
// many leavers.
func newestSlice(s *Sample, counts func(i int) bool, leavers int) int {
	left, newest := make(map[int]int), 0
	for i, d := range s.Date {
		newest = max(newest, d)
		if s.Y[i] == 1 && counts(i) {
			left[d]++
		}
	}
	for sum := left[newest]; sum < leavers && newest > 0; sum += left[newest] {
		newest--
	}
	return newest
}

// outOfFold returns labels, raw probabilities and weights of the newest slice.
func outOfFold(ctx context.Context, c Candidate, s *Sample, seed uint64, like *model.Model) (y, p, w []float64, err error) {
	holdout := s.FromHoldout()
	counts := func(i int) bool { return !holdout || s.Held[i] }
	newest := newestSlice(s, counts, sliceLeavers)
	fold := func(i int) int {
		return int(stats.Hash(seed, uint64(s.Household[i])) % calibrationFolds)
	}
	for k := range calibrationFolds {
		rest := s.Where(func(i int) bool { return fold(i) != k })
		part := s.Where(func(i int) bool { return fold(i) == k && s.Date[i] >= newest && counts(i) })
		if part.Rows() == 0 {
			continue
		}
		m, err := c.refit(ctx, rest, seed+uint64(k)+1, like)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("fold %d of %d: %w", k+1, calibrationFolds, err)
		}
		raw := make([]float64, part.Rows())
		if err := m.Score(&part.X, raw); err != nil {
			return nil, nil, nil, fmt.Errorf("fold %d of %d: %w", k+1, calibrationFolds, err)
		}
		if holdout {
			part.unweighted()
		}
		y, p, w = append(y, part.Y...), append(p, raw...), append(w, part.W...)
	}
	return y, p, w, nil
}

// unweighted gives every row the same weight: the global holdout stands for
// all customers alike.
func (s *Sample) unweighted() {
	for i := range s.W {
		s.W[i] = 1
	}
}

// calibrate chooses the calibration by the number of leavers: logistic on the
// log-odds while they are few, beta from a thousand on. Scores that rank the
// wrong way are refused.
func calibrate(y, p, w []float64) (model.Calibration, error) {
	left := 0
	for _, v := range y {
		if v == 1 {
			left++
		}
	}
	logit, err := stats.FitLogit(y, p, w)
	if err != nil {
		return model.Calibration{}, err
	}
	if logit.Slope <= 0 {
		return model.Calibration{}, fault.New(fault.Invalid,
			"its scores on the newest matured date rank leavers below stayers (slope %.2f)", logit.Slope)
	}
	if min(left, len(y)-left) < betaFrom {
		return model.LogisticCalibration(logit), nil
	}
	beta, err := stats.FitBeta(y, p, w)
	if err != nil {
		return model.Calibration{}, err
	}
	return model.BetaCalibration(beta), nil
}
