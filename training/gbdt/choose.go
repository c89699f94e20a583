package gbdt

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast/internal/stats"
)

// The sizes that are tried. Each number of leaves is tried with the first of the
// others; what is best so far then with fewer rows to a side, with half of the
// columns for each tree, and at the lower rate: which trees are large enough
// hardly depends on how slowly they are added.
var (
	leavesTried       = []int{5, 15, 31}
	minRowsTried      = []int{20, 5}
	columnSharesTried = []float64{1, 0.5}
	ratesTried        = []float64{0.1, 0.05}
)

// choose chooses the sizes that were not given by cross-validation inside the
// training rows: all rows of a customer in one fold, leavers and stayers dealt
// evenly. The number of trees is where the folds' common loss is smallest. Bins
// are shared by all folds: they look at no outcome. With too few customers the
// sizes are small and fixed.
func choose(ctx context.Context, s *sample, t *table, opt Options) (sizes, error) {
	folds, asked := s.folds(opt)
	if folds == nil {
		z := sizes{trees: opt.Trees, leaves: opt.Leaves, rate: opt.Rate, how: "There were too few customers to choose sizes by cross-validation."}
		z.leaves, z.rate = cmp.Or(z.leaves, leavesTried[0]), cmp.Or(z.rate, ratesTried[0])
		z.trees = cmp.Or(z.trees, 50)
		return z, nil
	}
	part, bins := s, t
	purse, lengthen := newPurse(opt.Budget), opt.Trees == 0 && opt.Held == nil && asked < s.train
	if z, ok := opt.given(); ok && lengthen {
		return s.lengthen(ctx, t, opt, z, purse)
	}
	if asked < s.train {
		part, bins, folds = s.only(t, folds)
	}
	rest := purse.part(lengthen)
	best, err := part.best(ctx, bins, opt, folds, purse)
	if err != nil {
		return sizes{}, err
	}
	z := best.sizes
	z.trees = (z.trees*len(folds) + len(folds)/2) / (len(folds) - 1) // more rows bear more trees
	z.how = fmt.Sprintf("Sizes were chosen by %d-fold cross-validation inside %d training rows (mean loss %.4f).", len(folds), asked, best.loss) + best.cut
	if opt.Held != nil && opt.Trees == 0 {
		z.trees = 0
	}
	if opt.Trees > 0 {
		z.trees = opt.Trees
	}
	if lengthen {
		return s.lengthen(ctx, t, opt, z, rest.take(purse))
	}
	return z, nil
}

// given returns the sizes when all but the number of trees are.
func (o Options) given() (z sizes, ok bool) {
	z = sizes{
		leaves: o.Leaves, rate: o.Rate, minRows: o.MinRows, columnShare: o.ColumnShare,
		how: "The sizes of the trees were given, but not how many.",
	}
	return z, o.Leaves > 0 && o.Rate > 0 && !o.minRowsOpen && !o.columnShareOpen
}

// best tries the sizes that are open, one after another as said at leavesTried,
// until the purse is empty.
func (s *sample) best(ctx context.Context, t *table, opt Options, folds [][]int32, purse *purse) (trial, error) {
	first := sizes{
		trees: cmp.Or(opt.Trees, mostTrees), leaves: opt.Leaves, rate: cmp.Or(opt.Rate, ratesTried[0]),
		minRows: opt.MinRows, columnShare: opt.ColumnShare,
	}
	tried := []sizes{first}
	if opt.Leaves == 0 {
		tried = nil
		for _, n := range leavesTried {
			first.leaves = n
			tried = append(tried, first)
		}
	}
	var best trial
	count, all := 0, len(tried)
	for _, open := range []bool{opt.minRowsOpen, opt.columnShareOpen, opt.Rate == 0} {
		if open {
			all++
		}
	}
	try := func(tried ...sizes) error {
		for _, z := range tried {
			if purse.ended() {
				break
			}
			count++
			r, err := s.try(ctx, t, opt, folds, z, purse)
			if err != nil {
				return err
			}
			if best.sizes.leaves == 0 || r.loss < best.loss {
				best = r
			}
			if opt.Progress != nil {
				opt.Progress(Progress{StageSizes, count, all, r.loss})
			}
		}
		return nil
	}
	err := try(tried...)
	for _, step := range []struct {
		open   bool
		change func(*sizes)
	}{
		{opt.minRowsOpen, func(z *sizes) { z.minRows = minRowsTried[1] }},
		{opt.columnShareOpen, func(z *sizes) { z.columnShare = columnSharesTried[1] }},
		{opt.Rate == 0, func(z *sizes) { z.rate = ratesTried[1] }},
	} {
		if err == nil && step.open {
			next := best.sizes
			next.trees = first.trees
			step.change(&next)
			err = try(next)
		}
	}
	best.cut = purse.after(opt.Budget, count, all)
	return best, err
}

// lengthen chooses the number of trees again on all rows, less a tenth of the
// customers held back, when the folds held only some: more rows bear more trees.
func (s *sample) lengthen(ctx context.Context, t *table, opt Options, z sizes, purse *purse) (sizes, error) {
	const parts = 10
	deal, _ := s.deal(parts, s.train, opt)
	var learn []int32
	for _, part := range deal[1:] {
		learn = append(learn, part...)
	}
	slices.Sort(learn)
	most := z
	most.trees = mostTrees
	b := newBooster(s, t, opt, most, learn, deal[0])
	b.purse = purse
	trees, err := b.run(ctx, StageNumber)
	z.trees = trees
	z.how += " The number of trees made the loss of a tenth of all customers smallest."
	if purse.ended() {
		z.how += fmt.Sprintf(" The budget of %v of processor time ended looking for it after %d trees.", opt.Budget, b.rounds)
	}
	return z, err
}

// trial is what a set of sizes reached.
type trial struct {
	sizes sizes
	loss  float64
	cut   string // that the budget ended the search, in words; of the best
}

// try grows a model per fold, all one tree at a time, and returns the number of
// trees at which the loss over all folds together was smallest. An empty purse
// ends it; the first tree is free.
func (s *sample) try(ctx context.Context, t *table, opt Options, folds [][]int32, z sizes, purse *purse) (trial, error) {
	opt.Rate, opt.Progress = z.rate, nil
	workers := opt.Workers
	opt.Workers = 1 // the folds are the shares of work
	boosters := make([]*booster, len(folds))
	each(workers, len(folds), func(k int) {
		boosters[k] = newBooster(s, t, opt, z, without(folds, k), folds[k])
	})
	w := watch{patience: opt.patience()}
	grew := make([]bool, len(folds))
	losses, weights := make([]float64, len(folds)), make([]float64, len(folds))
	for n := 1; n <= z.trees; n++ {
		if err := ctx.Err(); err != nil {
			return trial{}, err
		}
		var price time.Duration
		for k := range folds {
			if n > 1 && grew[k] {
				price += boosters[k].price()
			}
		}
		if !purse.pay(price) {
			break
		}
		each(workers, len(folds), func(k int) {
			if n == 1 || grew[k] {
				grew[k] = boosters[k].round()
				losses[k], weights[k] = boosters[k].meanLoss(folds[k])
			}
		})
		var loss, weight float64
		for k := range folds {
			loss += float64(losses[k] * weights[k])
			weight += weights[k]
		}
		if w.tired(n, loss/weight) || !slices.Contains(grew, true) {
			break
		}
	}
	z.trees = w.best
	return trial{sizes: z, loss: w.loss}, nil
}

// folds deals the customers of at most MaxChoiceRows rows into folds and returns
// how many rows they hold, or nil when there are too few customers.
func (s *sample) folds(opt Options) ([][]int32, int) {
	folds, fewest := s.deal(opt.Folds, opt.MaxChoiceRows, opt)
	if fewest < 4 {
		return nil, 0
	}
	rows := 0
	for _, f := range folds {
		rows += len(f)
	}
	if rows < 4*opt.MinRows {
		return nil, 0
	}
	return folds, rows
}

// only returns the rows of the folds as a sample and a table of their own, and
// the folds' rows as they are numbered there.
func (s *sample) only(t *table, folds [][]int32) (*sample, *table, [][]int32) {
	rows := without(folds, -1)
	part := &sample{schema: s.schema, train: len(rows)}
	bins := &table{rows: len(rows), bins: t.bins, words: t.words}
	for _, i := range rows {
		part.y = append(part.y, s.y[i])
		if s.start != nil {
			part.start = append(part.start, s.start[i])
		}
		if s.w != nil {
			part.w = append(part.w, s.w[i])
		}
		bins.lines = append(bins.lines, t.lines[int(i)*t.words:(int(i)+1)*t.words]...)
	}
	for _, col := range t.cols {
		few := make([]uint8, len(rows))
		for k, i := range rows {
			few[k] = col[i]
		}
		bins.cols = append(bins.cols, few)
	}
	renumbered := make([][]int32, len(folds))
	for f, fold := range folds {
		for _, i := range fold {
			k, _ := slices.BinarySearch(rows, i)
			renumbered[f] = append(renumbered[f], int32(k))
		}
	}
	return part, bins, renumbered
}

// bundle is what must stay in one fold: all rows of one customer.
type bundle struct {
	key, id uint64
	left    bool
	rows    []int32
}

// deal deals the customers of at most so many rows into parts, leavers and
// stayers in turn, in an order drawn by the seed. It returns the rows of each
// part and the fewest customers of a kind in any part.
func (s *sample) deal(parts, mostRows int, opt Options) (dealt [][]int32, fewest int) {
	dealt = make([][]int32, parts)
	var count [2]int
	rows := 0
	for _, b := range s.bundles(opt) {
		if rows += len(b.rows); rows > mostRows && rows > len(b.rows) {
			break
		}
		kind := 0
		if b.left {
			kind = 1
		}
		dealt[count[kind]%parts] = append(dealt[count[kind]%parts], b.rows...)
		count[kind]++
	}
	for _, d := range dealt {
		slices.Sort(d)
	}
	if opt.Loss == SquaredError {
		return dealt, count[0] / parts
	}
	return dealt, min(count[0], count[1]) / parts
}

func (s *sample) bundles(opt Options) []bundle {
	at := make(map[uint64]int, s.train)
	var list []bundle
	for i := range s.train {
		id := uint64(i)
		if s.group != nil {
			id = uint64(s.group[i])
		}
		k, known := at[id]
		if !known {
			k = len(list)
			at[id] = k
			list = append(list, bundle{key: stats.Hash(opt.Seed, stats.HashString("folds"), id), id: id})
		}
		list[k].rows = append(list[k].rows, int32(i))
		list[k].left = list[k].left || (opt.Loss == LogLoss && s.y[i] == 1)
	}
	slices.SortFunc(list, func(a, b bundle) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.id, b.id))
	})
	return list
}

// without returns the rows of all folds but one, in order.
func without(folds [][]int32, leave int) []int32 {
	var all []int32
	for k, f := range folds {
		if k != leave {
			all = append(all, f...)
		}
	}
	slices.Sort(all)
	return all
}
