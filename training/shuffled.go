package training

import (
	"context"
	"fmt"
	"math"
	"time"

	"holdfast/internal/stats"
	"holdfast/model"
	"holdfast/training/gbdt"
)

// Labels that mean nothing must be predicted as well as a coin is. So every outcome
// gets a label by the toss of a coin, and trees that remember whatever they have seen
// learn the training rows by heart:
//
//	train  ──┤ window ├──                        two outcomes, two coins
//	test                 ├ window ┤
//
//	train  ──────────┤ window ├                  one outcome, one coin
//	test                 ├ window ┤
//
// Where training and test are apart no coin is thrown for both, and the test date's
// cannot be foreseen however well the columns tell one customer from another. A coin
// that they share, because the windows overlap or one exit is written on rows of both
// (a final status, say), is found again.
const (
	shuffleRows  = 5000 // training rows, at most
	shuffleLeast = 200  // customers in both, below which nothing can be said
	shuffleSigns = 4    // standard errors that are no chance
)

// remembering are trees that take every row for a rule.
var remembering = gbdt.Options{Trees: 60, Leaves: 127, Rate: .3, MinRows: 1, MinHessian: 1e-6, ColumnShare: .5}

// shuffledLabels looks for outcomes that training and test rows share.
func shuffledLabels(ctx context.Context, train, test *Sample, seed uint64) ([]Leak, error) {
	part, on, shared := tossed(train, test, seed)
	left, _ := on.Positives()
	if on.Rows() < shuffleLeast || left == 0 || left == on.Rows() {
		return nil, nil
	}
	opt := remembering
	opt.Seed = seed
	m, err := gbdt.Train(ctx, &part.X, part.Y, nil, opt)
	if err != nil {
		return nil, fmt.Errorf("fit shuffled labels: %w", err)
	}
	auc, err := aucOf(m, on)
	if err != nil {
		return nil, fmt.Errorf("judge shuffled labels: %w", err)
	}
	// The standard error of a coin's AUC (Mann and Whitney 1947).
	n, pos := float64(on.Rows()), float64(left)
	if auc-.5 <= shuffleSigns*math.Sqrt((n+1)/(12*pos*(n-pos))) {
		return nil, nil
	}
	return []Leak{{"", fmt.Sprintf("Labels drawn by lot are predicted with AUC %.3f, which chance does not explain: rows of training and test share outcomes (%d of %d customers).",
		auc, shared, on.Rows())}}, nil
}

func aucOf(m *model.Model, s *Sample) (float64, error) {
	p, err := scored(m, s)
	if err != nil {
		return 0, err
	}
	return stats.AUC(s.Y, p, nil)
}

// tossed returns training rows and test rows of customers who are in both, with a
// coin for each outcome as their labels, and how many customers share one.
func tossed(train, test *Sample, seed uint64) (part, on *Sample, shared int) {
	at := make(map[int64]int, test.Rows())
	for i, c := range test.Customer {
		at[c] = i
	}
	both := 0
	for _, c := range train.Customer {
		if _, in := at[c]; in {
			both++
		}
	}
	share := float64(shuffleRows) / float64(max(1, both))
	drawn := func(c int64) bool { return stats.HashUniform(seed, shuffleRows, uint64(c)) < share }
	part = train.Where(func(i int) bool { _, in := at[train.Customer[i]]; return in && drawn(train.Customer[i]) })
	coin := func(keys ...uint64) float64 { return float64(stats.Hash(seed, keys...) >> 63) }
	seen, sharing := make(map[int64]bool), make(map[int64]bool)
	for i, c := range part.Customer {
		seen[c] = true
		if sameOutcome(part, i, test, at[c]) {
			part.Y[i], sharing[c] = coin(uint64(c)), true
		} else {
			part.Y[i] = coin(uint64(c), uint64(part.when(i).Unix()))
		}
	}
	on = test.Where(func(i int) bool { return seen[test.Customer[i]] })
	for i, c := range on.Customer {
		on.Y[i] = coin(uint64(c))
	}
	return part, on, len(sharing)
}

// sameOutcome says whether two rows of a customer are about one outcome: their windows
// overlap, or they end with the same exit.
func sameOutcome(a *Sample, i int, b *Sample, j int) bool {
	from, to := a.when(i), b.when(j)
	if to.Before(from.Add(a.Embargo)) && from.Before(to.Add(b.Embargo)) {
		return true
	}
	exits := a.Exit[i] > 0 && b.Exit[j] > 0
	return exits && days(from, a.Exit[i]).Sub(days(to, b.Exit[j])).Abs() < time.Second
}

func days(from time.Time, n float64) time.Time {
	return from.Add(time.Duration(n * 24 * float64(time.Hour)))
}

// when is the as-of date of a row.
func (s *Sample) when(i int) time.Time { return s.Dates[s.Date[i]] }
