package training

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"holdfast/internal/stats"
)

// With few leavers one held-out date says little: of a dozen who left on it, two
// more or fewer turn the verdict. So the model of few leavers is compared with the
// naive rule on all rows, each predicted by models that have not seen its
// household:
//
//	repeat 1:  fold 1 | fold 2 | … | fold 5      households dealt by one drawing
//	repeat 2:  fold 1 | fold 2 | … | fold 5      and by another
//	…
//
// Dates stand on both sides, which favours neither: both learn from the same rows.
const (
	crossFolds   = 5
	crossRepeats = 5
	// crossRows bounds the rows that are looked at. Nobody who left is given up for it.
	crossRows = 4_000
)

// crossing is a comparison in repeated cross-validation.
type crossing struct {
	Against Paired // mean log loss less the naive rule's: above zero the model is worse
	Fits    int    // of crossFolds × crossRepeats
	Failed  string // why a fit failed, where one did
}

// worse says whether the model is surely worse than the naive rule, or can never
// be fitted to a part of the customers.
func (x crossing) worse() bool { return x.Fits == 0 || x.Against.Low > 0 }

// crossed compares a candidate, fitted and calibrated, with the naive rule. Where
// it cannot be fitted to the other folds it predicts what the rule does, which is
// what would then be live.
func (j Judges) crossed(ctx context.Context, c Candidate, s *Sample, seed uint64) (crossing, error) {
	s = s.thinned(crossRows, seed)
	s.rank()
	out, diff := crossing{}, make([]float64, s.Rows())
	for r := range crossRepeats {
		fold := s.dealt(crossFolds, stats.Hash(seed, uint64(r)))
		for k := range crossFolds {
			if err := ctx.Err(); err != nil {
				return out, err
			}
			if err := j.crossFold(ctx, c, s, fold, k, seed, diff, &out); err != nil {
				return out, fmt.Errorf("compare %s with the naive rule, fold %d of %d: %w", c.Name, k+1, crossFolds, err)
			}
		}
	}
	for i := range diff {
		diff[i] *= s.W[i] / crossRepeats
	}
	var err error
	out.Against, err = pairedMean(s, diff, seed)
	return out, err
}

// crossFold adds to diff, for the rows of fold k, the log loss of a model of the
// other folds less that of the naive rule of them.
func (j Judges) crossFold(ctx context.Context, c Candidate, s *Sample, fold []int, k int, seed uint64, diff []float64, x *crossing) error {
	var at []int
	held := s.Where(func(i int) bool {
		if fold[i] == k {
			at = append(at, i)
		}
		return fold[i] == k
	})
	if held.Rows() == 0 {
		return nil
	}
	learn := s.Where(func(i int) bool { return fold[i] != k })
	rule, err := j.Naive(learn)
	if err != nil {
		return err
	}
	naive := make([]float64, held.Rows())
	if err := rule.Score(&held.X, naive); err != nil {
		return err
	}
	m, err := FitCalibrated(ctx, c, learn, seed)
	if err != nil {
		x.Failed = err.Error()
		return ctx.Err()
	}
	x.Fits++
	p, err := scored(m, held)
	if err != nil {
		return err
	}
	for n, i := range at {
		diff[i] += logLoss(held.Y[n], p[n]) - logLoss(held.Y[n], naive[n])
	}
	return nil
}

// dealt puts every row into one of k folds: those of a household into the same one,
// and households with a leaver and without in turn, in an order drawn by the seed.
func (s *Sample) dealt(k int, seed uint64) []int {
	left := make(map[int64]bool)
	for i, h := range s.Household {
		left[h] = left[h] || s.Y[i] == 1
	}
	homes := make([]int64, 0, len(left))
	for h := range left {
		homes = append(homes, h)
	}
	slices.SortFunc(homes, func(a, b int64) int {
		return cmp.Or(cmp.Compare(stats.Hash(seed, uint64(a)), stats.Hash(seed, uint64(b))), cmp.Compare(a, b))
	})
	of, dealt := make(map[int64]int, len(homes)), [2]int{}
	for _, h := range homes {
		kind := 0
		if left[h] {
			kind = 1
		}
		of[h] = dealt[kind] % k
		dealt[kind]++
	}
	out := make([]int, s.Rows())
	for i, h := range s.Household {
		out[i] = of[h]
	}
	return out
}

// thinned keeps about so many rows: all of the households in which anybody left,
// and a share of the others, who stand for the rest of them.
func (s *Sample) thinned(rows int, seed uint64) *Sample {
	if s.Rows() <= rows {
		return s
	}
	left := make(map[int64]bool)
	for i, h := range s.Household {
		left[h] = left[h] || s.Y[i] == 1
	}
	keep, others := 0, 0.0 // rows of leavers' households; weight of the others
	for i, h := range s.Household {
		if left[h] {
			keep++
		} else {
			others += s.W[i]
		}
	}
	share := float64(max(1, rows-keep)) / float64(max(1, s.Rows()-keep))
	out := s.Where(func(i int) bool {
		return left[s.Household[i]] || stats.HashUniform(seed, crossRows, uint64(s.Household[i])) < share
	})
	kept := 0.0
	for i, h := range out.Household {
		if !left[h] {
			kept += out.W[i]
		}
	}
	for i, h := range out.Household {
		if !left[h] {
			out.W[i] *= others / kept
		}
	}
	return out
}

// sentence tells the card how the comparison went.
func (x crossing) sentence() string {
	if x.worse() {
		if x.Fits == 0 {
			return notFitted(x.Failed)
		}
		return fmt.Sprintf("In %d times repeated %d-fold cross-validation by household a model of %d features predicted surely worse than the naive rule does (log loss higher by %.4f, 95 %% interval %.4f to %.4f), so the naive rule stands in.",
			crossRepeats, crossFolds, smallFeatures, x.Against.Difference, x.Against.Low, x.Against.High)
	}
	return fmt.Sprintf("In %d times repeated %d-fold cross-validation by household its log loss less the naive rule's was %.4f (95 %% interval %.4f to %.4f); it would stand back for the rule if that were surely above zero.",
		crossRepeats, crossFolds, x.Against.Difference, x.Against.Low, x.Against.High)
}
