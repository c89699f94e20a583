package training

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast/churn"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/value"
)

// Worth fits and proves a model of the margin at stake on the history as known
// at AsOf.
type Worth struct {
	Reader  history.ShardReader
	Version int64 // manifest version; 0 is the newest
	Churn   *churn.Definition
	Value   *value.Margin
	From    time.Time // the beginning of the history
	AsOf    time.Time
	Seed    uint64
}

// lookBack is how many months of history there must be before the date that a
// model of value is judged from: the year that the last twelve months' margin
// looks back on.
const lookBack = 12

// Fit judges from a year ago. fault.Held, with the reason, when no model is proven
// better than the last twelve months' margin.
func (w Worth) Fit(ctx context.Context) (*value.StakeModel, error) {
	then := w.AsOf.AddDate(-1, 0, 0)
	if then.AddDate(0, -lookBack, 0).Before(w.From) {
		return nil, fault.New(fault.Held, "the history begins on %s: it takes a year to look back on and another to be judged by", w.From.Format(time.DateOnly))
	}
	cfg := w.Churn.Config()
	fit := value.StakeFit{Margin: w.Value, Activity: cfg.Activity, By: value.ByBuying, AsOf: then.Format(time.DateOnly), Seed: w.Seed}
	if cfg.Kind == churn.Contract {
		fit.By = value.ByPlan
	}
	fit.Then, fit.Today = value.Contracts{}, value.Contracts{}
	all, err := w.seen(ctx, then, w.Value.Ledger(cfg.Activity), &fit)
	if err != nil {
		return nil, err
	}
	return fit.Fit(all)
}

// seen reads every partition once. The customers' order is that of partitions
// and of customers in them; contracts are counted into fit.
func (w Worth) seen(ctx context.Context, then time.Time, ledger *value.Ledger, fit *value.StakeFit) ([]value.Seen, error) {
	parts := make([][]value.Seen, w.Reader.Partitions())
	var counting sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for p := range parts {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			shard, err := w.Reader.LoadShard(ctx, p, w.Version)
			if err != nil {
				return fmt.Errorf("read partition %d: %w", p, err)
			}
			before, today := value.Contracts{}, value.Contracts{}
			parts[p] = w.shard(shard, then, ledger, before, today)
			counting.Lock()
			defer counting.Unlock()
			fit.Then.Merge(before)
			fit.Today.Merge(today)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("follow customers for a year: %w", err)
	}
	var all []value.Seen
	for _, part := range parts {
		all = append(all, part...)
	}
	return all, nil
}

func (w Worth) shard(s *history.Shard, then time.Time, ledger *value.Ledger, before, today value.Contracts) []value.Seen {
	out := make([]value.Seen, 0, len(s.Customers))
	var past, now history.Scratch
	for i := range s.Customers {
		known := s.View(i, w.AsOf, &now)
		x := value.Seen{Household: uint64(known.Household()), Now: ledger.Standing(known), Later: ledger.Later(known, then, w.AsOf)}
		v := s.View(i, then, &past)
		x.At = ledger.Standing(v)
		before.Add(v, w.From)
		today.Add(known, w.From)
		if x.InScope, _ = w.Churn.InPopulation(v); x.InScope {
			outcome := w.Churn.Outcome(v, known)
			x.Stayed = outcome.Matured && !outcome.Left
		}
		out = append(out, x)
	}
	return out
}
