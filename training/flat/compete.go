package flat

import (
	"context"
	"fmt"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
	"holdfast/training/baseline"
	"holdfast/training/gbdt"
)

// Bounds on what choosing costs.
const (
	innerFolds = 4       // of the contest
	largeRows  = 100_000 // training rows: of more, some compete, and the first fold's choices are kept in the others
)

// Contest is how the families did inside the training rows.
type Contest struct {
	Rows    int                `json:"rows"`
	Losses  map[string]float64 `json:"log_loss"` // by family
	Winner  string             `json:"winner"`
	Decided string             `json:"decided"` // in words
}

// fit trains one family on the rows of positive weight; like is a model of the
// family whose choices are taken, or nil. With more rows than like had, the number
// of trees is chosen again.
func (f *fitter) fit(ctx context.Context, family string, w []float64, like *model.Model, more bool, told func(gbdt.Progress)) (*model.Model, error) {
	if family == Logistic {
		opt := f.opt.logistic()
		opt.Group, opt.Card = f.d.Group, f.card
		if like != nil {
			_, l2, err := sizesOf(like)
			if err != nil {
				return nil, err
			}
			opt.L2 = l2
		}
		return baseline.FitLogistic(ctx, f.d.X, f.d.Y, w, opt)
	}
	opt := f.opt.boosted(len(f.d.Y))
	opt.Group, opt.Card, opt.Progress = f.d.Group, f.card, told
	if like != nil {
		sizes, _, err := sizesOf(like)
		if err != nil {
			return nil, err
		}
		opt.Leaves, opt.Rate, opt.MinRows = sizes.Leaves, sizes.Rate, sizes.MinRows
		if !more {
			opt.Trees, opt.ColumnShare = sizes.Trees, sizes.ColumnShare
		}
	}
	return gbdt.Train(ctx, f.d.X, f.d.Y, w, opt)
}

// compete decides between the families by their log loss in folds inside the
// rows of positive weight, of which it takes at most about largeRows: trees gain
// more from more rows than a logistic regression does. Each family chooses its
// sizes once on all of these. It returns the winner, fitted on them. told hears
// how much is done.
func (f *fitter) compete(ctx context.Context, w []float64, told func(share float64)) (*model.Model, Contest, error) {
	some, rows := f.someOf(w)
	c := Contest{Rows: rows, Losses: map[string]float64{}}
	var best *model.Model
	var failed error
	for k, family := range []string{Logistic, Boosted} {
		told(float64(k) / 2)
		m, loss, err := f.enter(ctx, family, some)
		if fault.Of(err) == fault.Invalid { // too few rows of a kind for this family; the other may do
			failed = err
			continue
		}
		if err != nil {
			return nil, c, err
		}
		c.Losses[family] = loss
		if best == nil || loss < c.Losses[c.Winner] {
			best, c.Winner = m, family
		}
	}
	if len(c.Losses) < 2 {
		c.Decided = fmt.Sprintf("%s was the only family that could be fitted.", called[c.Winner])
		if best == nil {
			return nil, c, failed
		}
		return best, c, nil
	}
	other := Boosted
	if c.Winner == Boosted {
		other = Logistic
	}
	c.Decided = fmt.Sprintf("%s won over %s by log loss %.4f to %.4f, in %d folds inside %d training rows.",
		called[c.Winner], called[other], c.Losses[c.Winner], c.Losses[other], innerFolds, rows)
	return best, c, nil
}

// enter fits a family to the rows of weight and gives its log loss in folds.
func (f *fitter) enter(ctx context.Context, family string, w []float64) (*model.Model, float64, error) {
	fold, err := f.d.folds(innerFolds, f.opt.Seed+1)
	if err != nil {
		return nil, 0, err
	}
	m, err := f.fit(ctx, family, w, nil, false, nil)
	if err != nil {
		return nil, 0, err
	}
	loss, err := f.insideLoss(ctx, family, w, fold, m)
	return m, loss, err
}

// called are the families' names in a sentence.
var called = map[string]string{Boosted: "Boosted trees", Logistic: "Logistic regression"}

// someOf keeps about largeRows of the rows that have weight, whole groups,
// and says how many.
func (f *fitter) someOf(w []float64) ([]float64, int) {
	rows := 0
	for _, v := range w {
		if v > 0 {
			rows++
		}
	}
	if rows <= f.opt.large {
		return w, rows
	}
	share := float64(f.opt.large) / float64(rows)
	some := make([]float64, len(w))
	rows = 0
	for row, v := range w {
		of := uint64(row)
		if f.d.Group != nil {
			of = uint64(f.d.Group[row])
		}
		if v > 0 && float64(stats.Hash(f.opt.Seed, stats.HashString("contest"), of)>>11) < share*(1<<53) {
			some[row] = v
			rows++
		}
	}
	return some, rows
}

// insideLoss is the log loss over the rows of weight of models that have not
// seen them, made with the choices of like.
func (f *fitter) insideLoss(ctx context.Context, family string, w []float64, fold []int, like *model.Model) (float64, error) {
	var y, p []float64
	for k := range innerFolds {
		learn := make([]float64, len(w))
		var held []int
		for row, v := range w {
			switch {
			case v == 0:
			case fold[row] == k:
				held = append(held, row)
			default:
				learn[row] = v
			}
		}
		m, err := f.fit(ctx, family, learn, like, false, nil)
		if err != nil {
			return 0, err
		}
		x, labels := f.d.part(held)
		part := make([]float64, x.Rows)
		if err := score(m.Score, x, part, f.opt.Workers); err != nil {
			return 0, err
		}
		y, p = append(y, labels...), append(p, part...)
	}
	return stats.LogLoss(y, p, nil)
}

// score scores rows by several goroutines, each a run of rows of its own.
func score(by func(*features.Matrix, []float64) error, x *features.Matrix, dst []float64, workers int) error {
	return eachRun(x.Rows, workers, func(from, to int) error {
		width := len(x.Schema.Columns)
		return by(&features.Matrix{Schema: x.Schema, Rows: to - from, Data: x.Data[from*width : to*width]}, dst[from:to])
	})
}
