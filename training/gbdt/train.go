package gbdt

import (
	"context"
	"fmt"
	"math"

	"holdfast/features"
	"holdfast/model"
)

// Train grows boosted trees on the rows of x: y holds their outcomes, w their
// weights or nil. A column that the schema calls monotone is held to it. A number
// that is missing goes the way that was better in training, or with the larger
// side where none was missing; a level that training hardly saw goes with
// "other". The same rows, options and seed give the same model for any number of
// workers.
func Train(ctx context.Context, x *features.Matrix, y, w []float64, opt Options) (*model.Model, error) {
	opt, err := opt.checked()
	if err != nil {
		return nil, fmt.Errorf("grow boosted trees: %w", err)
	}
	s, err := newSample(x, y, w, opt)
	if err != nil {
		return nil, fmt.Errorf("grow boosted trees: %w", err)
	}
	m, err := train(ctx, s, opt)
	if err != nil {
		return nil, fmt.Errorf("grow boosted trees on %d rows of %d columns: %w", s.train, len(s.schema.Columns), err)
	}
	return m, nil
}

func train(ctx context.Context, s *sample, opt Options) (*model.Model, error) {
	t, err := newTable(ctx, s, opt)
	if err != nil {
		return nil, err
	}
	z := sizes{trees: opt.Trees, leaves: opt.Leaves, rate: opt.Rate, how: "The sizes of the trees were given."}
	if z.leaves == 0 || z.rate == 0 || (z.trees == 0 && opt.Held == nil) {
		if z, err = choose(ctx, s, t, opt); err != nil {
			return nil, fmt.Errorf("choose sizes: %w", err)
		}
	}
	held := rows(s.train, len(s.y))
	if z.trees == 0 {
		z.trees = mostTrees
	}
	b := newBooster(s, t, opt, z, rows(0, s.train), held)
	best, err := b.run(ctx, StageGrowing)
	if err != nil {
		return nil, err
	}
	z.trees = best
	if len(held) > 0 {
		z.how += fmt.Sprintf(" The number of trees made the loss of %d held rows smallest.", len(held))
	}
	card := s.card(opt, z)
	card.Importance = b.importance(best)
	return model.NewBoosted(s.schema, b.export(best), card)
}

// run adds trees until there are enough, no more can be grown or paid for, or the
// loss of the held rows has long stopped falling. It returns how many trees to keep: at
// least one.
func (b *booster) run(ctx context.Context, stage string) (keep int, err error) {
	opt := b.opt
	opt.Rate = b.sizes.rate
	w := watch{patience: opt.patience()}
	loss := math.NaN()
	for grew := true; grew && b.rounds < b.sizes.trees; {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if b.rounds > 0 && !b.purse.pay(b.price()) {
			break
		}
		grew = b.round()
		if len(b.held) > 0 {
			loss, _ = b.meanLoss(b.held)
		}
		if b.opt.Progress != nil {
			b.opt.Progress(Progress{stage, b.rounds, b.sizes.trees, loss})
		}
		if len(b.held) > 0 && w.tired(len(b.trees), loss) {
			break
		}
	}
	if len(b.held) > 0 {
		return w.best, nil
	}
	return len(b.trees), nil
}

// watch remembers where a falling loss was smallest.
type watch struct {
	patience, best int
	loss           float64
}

// tired says whether the loss was smallest too many trees ago.
func (w *watch) tired(trees int, loss float64) bool {
	if w.best == 0 || loss < w.loss {
		w.best, w.loss = trees, loss
	}
	return trees-w.best >= w.patience
}
