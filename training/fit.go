package training

import (
	"context"
	"fmt"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
	"holdfast/training/calibration"
)

// calibrationFolds is how many parts the customers are cut into for scores
// that calibrate: each row is scored by a model that has not seen its customer.
const calibrationFolds = 4

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
	f, err := fitCalibrated(ctx, c, s, seed)
	return f.model, err
}

// fitted is a calibrated model with the rows that calibrated it.
type fitted struct {
	model *model.Model
	slice *Sample   // labels, weights and households alone
	risks []float64 // of the slice, out of fold
}

// setting says on the card how raw scores become risks.
func (f fitted) setting() model.Setting {
	left := 0
	for _, y := range f.slice.Y {
		left += int(y)
	}
	return model.Setting{Name: "calibration", Value: fmt.Sprintf(
		"%s, fitted to %d of the newest final outcomes, of which %d left", f.model.Calibration().Kind, f.slice.Rows(), left)}
}

func fitCalibrated(ctx context.Context, c Candidate, s *Sample, seed uint64) (fitted, error) {
	if left, _ := s.Positives(); left == 0 || left == s.Rows() {
		return fitted{}, fault.New(fault.Invalid,
			"%s: %d of %d training rows left; both leavers and stayers are needed", c.Name, left, s.Rows())
	}
	fit := *s
	if !s.seasonal() {
		s.withoutSeason()
		fit.W = s.levelled()
		fit.Young = s.levelledYoung(fit.W)
	}
	m, err := c.Fit(ctx, &fit, seed)
	if err != nil {
		return fitted{}, fmt.Errorf("fit %s on %d rows: %w", c.Name, s.Rows(), err)
	}
	raw, err := outOfFold(ctx, c, &fit, seed, m)
	if err != nil {
		return fitted{}, fmt.Errorf("calibrate %s: %w", c.Name, err)
	}
	slice, at := calibrationSlice(s)
	p := make([]float64, len(at))
	for k, i := range at {
		p[k] = raw[i]
	}
	cal, err := calibration.Fit(calibration.Rows{Y: slice.Y, P: p, W: slice.W, Group: slice.Household}, seed)
	if err != nil {
		return fitted{}, fmt.Errorf("calibrate %s on %d rows: %w", c.Name, slice.Rows(), err)
	}
	if !s.FromHoldout() { // whose dates are too thin to tell levels apart
		risks := applied(cal, raw)
		shift, _, err := foreseen(s, risks, s.Embargo)
		if err != nil {
			return fitted{}, fmt.Errorf("calibrate %s: %w", c.Name, err)
		}
		cal = shifted(cal, shift)
	}
	m, err = m.WithCalibration(cal)
	return fitted{m, slice, applied(cal, p)}, err
}

// applied turns raw probabilities into risks.
func applied(c model.Calibration, raw []float64) []float64 {
	out := make([]float64, len(raw))
	for i, v := range raw {
		out[i] = c.Apply(stats.Logit(v))
	}
	return out
}

// calibrationSlice returns the rows that calibrate, and where they are in s: the
// newest slice, or the newest of the global holdout where that has enough
// leavers.
func calibrationSlice(s *Sample) (slice *Sample, at []int) {
	holdout := s.FromHoldout()
	counts := func(i int) bool { return !holdout || s.Held[i] }
	newest := newestSlice(s, counts, sliceLeavers)
	slice = &Sample{}
	for i := range s.Y {
		if s.Date[i] < newest || !counts(i) {
			continue
		}
		at = append(at, i)
		slice.Y, slice.Household, slice.W = append(slice.Y, s.Y[i]), append(slice.Household, s.Household[i]), append(slice.W, s.W[i])
	}
	slice.X.Rows = len(at)
	if holdout {
		slice.unweighted()
	}
	return slice, at
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

// outOfFold returns the raw probability of every row by a model that has not
// seen its household.
func outOfFold(ctx context.Context, c Candidate, s *Sample, seed uint64, like *model.Model) ([]float64, error) {
	fold := func(household int64) int {
		return int(stats.Hash(seed, uint64(household)) % calibrationFolds)
	}
	out := make([]float64, s.Rows())
	for k := range calibrationFolds {
		var rows []int
		part := s.Where(func(i int) bool {
			in := fold(s.Household[i]) == k
			if in {
				rows = append(rows, i)
			}
			return in
		})
		if part.Rows() == 0 {
			continue
		}
		m, err := c.refit(ctx, s.OfHouseholds(func(h int64) bool { return fold(h) != k }), seed+uint64(k)+1, like)
		if err != nil {
			return nil, fmt.Errorf("fold %d of %d: %w", k+1, calibrationFolds, err)
		}
		raw := make([]float64, part.Rows())
		if err := m.Score(&part.X, raw); err != nil {
			return nil, fmt.Errorf("fold %d of %d: %w", k+1, calibrationFolds, err)
		}
		for j, i := range rows {
			out[i] = raw[j]
		}
	}
	return out, nil
}

// unweighted gives every row the same weight: the global holdout stands for
// all customers alike.
func (s *Sample) unweighted() {
	for i := range s.W {
		s.W[i] = 1
	}
}
