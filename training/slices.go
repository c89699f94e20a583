package training

import (
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
	"holdfast/training/baseline"
)

// More dates are more rows, and rows of a business that may have been another one: in
// a shop's first months nearly everybody has just bought for the first time, which is
// true of nobody later. So before a model learns, its newest date is predicted from
// what had matured by then, twice:
//
//	all dates        ├──┼──┼──┼──┼──┼──┤            newest
//	the newest one alone            ├──┤               ↑ predicted
//
// The newest alone is learned from where that was surely better. The date that is
// judged afterwards has no part in it. Nothing between is tried: on Online Retail the
// newer half, surely better on one date, was worse on the next.
const (
	slicesRows    = 10_000 // of the dates learned from, and of the one predicted, at most
	slicesLeavers = 200    // that the newest date must hold at least, and stayers
	slicesPenalty = 10.0   // of the weights; which it is hardly matters to whether one date foresees better than all
)

// chosenSlices is a choice of dates to learn from.
type chosenSlices struct {
	Alone bool // the newest date alone
	On    time.Time
	Gain  Paired // log loss by it less that by all
}

// sentence tells the card; empty where all dates are learned from.
func (c chosenSlices) sentence() string {
	if !c.Alone {
		return ""
	}
	return fmt.Sprintf("It learned from the newest date alone: %s was predicted surely better from one date than from all before it (log loss by %.4f, 95 %% interval %.4f to %.4f).",
		c.On.Format(time.DateOnly), -c.Gain.Difference, -c.Gain.High, -c.Gain.Low)
}

// of takes the rows of the chosen dates.
func (c chosenSlices) of(s *Sample) *Sample {
	if !c.Alone {
		return s
	}
	newest := slices.Max(s.Date)
	out := s.Where(func(i int) bool { return s.Date[i] == newest })
	out.Leavers = s.Leavers
	return out
}

// datesUsed are the indices of the dates that have rows, ascending.
func (s *Sample) datesUsed() []int {
	return slices.Compact(slices.Sorted(slices.Values(s.Date)))
}

// chooseSlices decides which of a sample's dates to learn from, by a logistic
// regression on its own newest date.
func (j Judges) chooseSlices(ctx context.Context, s *Sample) (chosenSlices, error) {
	dates := s.datesUsed()
	if len(dates) < 2 {
		return chosenSlices{}, nil
	}
	last := dates[len(dates)-1]
	n := len(Matured(s.Dates, j.Churn, s.Dates[last]))
	past := s.Where(func(i int) bool { return s.Date[i] < n })
	return j.slicesOn(ctx, past, s.On(last), s.Dates[last])
}

// slicesOn decides by how well a date is predicted from the rows that had matured by
// then.
func (j Judges) slicesOn(ctx context.Context, past, on *Sample, at time.Time) (chosenSlices, error) {
	past, on = past.some(slicesRows, j.Seed), on.some(slicesRows, j.Seed)
	choice := chosenSlices{Alone: true, On: at}
	if len(past.datesUsed()) < 2 || !on.holds(leakLeavers) {
		return chosenSlices{}, nil
	}
	alone := choice.of(past)
	if !alone.holds(slicesLeavers) {
		return chosenSlices{}, nil
	}
	all, err := j.foreseenBy(ctx, past, on)
	if err != nil {
		return chosenSlices{}, err
	}
	one, err := j.foreseenBy(ctx, alone, on)
	if err != nil {
		return chosenSlices{}, err
	}
	if choice.Gain, err = pairedLogLoss(on, one, all, j.Seed); err != nil {
		return chosenSlices{}, fmt.Errorf("compare the newest date with all: %w", err)
	}
	if choice.Gain.High >= 0 {
		return chosenSlices{}, nil
	}
	return choice, nil
}

// holds says whether so many rows left, and so many stayed.
func (s *Sample) holds(least int) bool {
	left, _ := s.Positives()
	return left >= least && s.Rows()-left >= least
}

// foreseenBy predicts a date by a logistic regression of other rows, and by their
// leaving rate where it cannot be fitted to them, or ranks them the wrong way.
func (j Judges) foreseenBy(ctx context.Context, from, on *Sample) ([]float64, error) {
	m, err := FitCalibrated(ctx, Candidate{Name: NameLogistic, Fit: func(ctx context.Context, s *Sample, seed uint64) (*model.Model, error) {
		return baseline.FitLogistic(ctx, &s.X, s.Y, s.W, baseline.LogisticOptions{Group: s.Household, Seed: seed, L2: slicesPenalty, Spline: spline, Knots: knots})
	}}, from, j.Seed)
	if fault.Of(err) == fault.Invalid {
		return slices.Repeat([]float64{from.BaseRate()}, on.Rows()), ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("choose the dates to learn from: %w", err)
	}
	return scored(m, on)
}

// some keeps about so many rows, whole households.
func (s *Sample) some(rows int, seed uint64) *Sample {
	share := float64(rows) / float64(max(1, s.Rows()))
	if share >= 1 {
		return s
	}
	return s.Where(func(i int) bool { return stats.HashUniform(seed, slicesRows, uint64(s.Household[i])) < share })
}
