package training

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast/churn"
	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// Snapshots builds labelled rows for a list of as-of dates.
type Snapshots struct {
	Reader  history.ShardReader
	Engine  *features.Engine
	Churn   *churn.Definition
	Dates   []time.Time // as-of dates, ascending
	KnownAt time.Time   // outcomes are read from the history as known at this instant
	Version int64       // manifest version; 0 is the newest
	Budget  int         // rows kept at most; more are sampled down by halves
	Seed    uint64
}

// Build reads every partition once, all dates in that one pass, two or more
// partitions at a time. The rows it returns are sorted by customer and date and
// do not depend on the number of workers. Memory is bounded by the budget and
// the shards in hand.
func (b Snapshots) Build(ctx context.Context) (*Sample, error) {
	if len(b.Dates) == 0 || b.Budget < 1 {
		return nil, fault.New(fault.Invalid, "snapshots need at least one date and a row budget of at least 1")
	}
	k := &keeper{budget: b.Budget, seed: b.Seed, threshold: 1, width: len(b.Engine.Schema().Columns)}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for p := range b.Reader.Partitions() {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			shard, err := b.Reader.LoadShard(ctx, p, b.Version)
			if err != nil {
				return fmt.Errorf("read partition %d: %w", p, err)
			}
			b.shard(shard, k)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("build snapshots: %w", err)
	}
	return k.sample(b.Engine.Schema(), b.Dates), nil
}

func (b Snapshots) shard(s *history.Shard, k *keeper) {
	b.Engine.Prepare(s)
	var then, now history.Scratch
	row := make([]float64, k.width)
	var part tally
	for i := range s.Customers {
		known := s.View(i, b.KnownAt, &now)
		// One household for all of a customer's rows, however often it moved:
		// its rows must never stand on both sides of a fold.
		household := int64(known.Household())
		once := false
		for d, asOf := range b.Dates {
			v := s.View(i, asOf, &then)
			if ok, _ := b.Churn.InPopulation(v); !ok {
				part.outside++
				continue
			}
			out := b.Churn.Outcome(known, asOf)
			if !out.Matured {
				part.immature++
				continue
			}
			part.seen++
			if out.Left && !once {
				part.leavers, once = part.leavers+1, true
			}
			customer := s.Customers[i].ID
			if !k.wants(customer, asOf) {
				continue
			}
			b.Engine.Row(v, row)
			y := 0.0
			if out.Left {
				y = 1
			}
			k.keep(row, y, int64(customer), household, d, k.hash(customer, asOf))
		}
	}
	k.count(part)
}

type tally struct{ seen, immature, outside, leavers int }

// keeper holds the rows whose hash lies under a threshold, and halves the
// threshold whenever there are more of them than the budget. The threshold it
// ends with depends only on the hashes, so any order gives the same rows.
type keeper struct {
	budget, width int
	seed          uint64

	mu        sync.Mutex
	threshold float64
	rows      []kept
	tally     tally
}

type kept struct {
	x         []float64
	y, hash   float64
	customer  int64
	household int64
	date      int
}

func (k *keeper) hash(c history.CustomerID, at time.Time) float64 {
	a, b := identity(c, at)
	return stats.HashUniform(k.seed, a*0x9e3779b97f4a7c15+b)
}

func (k *keeper) wants(c history.CustomerID, at time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.threshold == 1 || k.hash(c, at) < k.threshold
}

func (k *keeper) keep(x []float64, y float64, customer, household int64, date int, hash float64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if hash >= k.threshold && k.threshold < 1 {
		return
	}
	k.rows = append(k.rows, kept{slices.Clone(x), y, hash, customer, household, date})
	for len(k.rows) > k.budget {
		k.threshold /= 2
		k.rows = slices.DeleteFunc(k.rows, func(r kept) bool { return r.hash >= k.threshold })
	}
}

func (k *keeper) count(t tally) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tally.seen += t.seen
	k.tally.immature += t.immature
	k.tally.outside += t.outside
	k.tally.leavers += t.leavers
}

func (k *keeper) sample(schema features.Schema, dates []time.Time) *Sample {
	slices.SortFunc(k.rows, func(a, b kept) int {
		if a.customer != b.customer {
			if a.customer < b.customer {
				return -1
			}
			return 1
		}
		return a.date - b.date
	})
	s := &Sample{Dates: dates, Seen: k.tally.seen, Immature: k.tally.immature, Outside: k.tally.outside, Leavers: k.tally.leavers}
	s.X.Schema = schema
	for _, r := range k.rows {
		s.add(r.x, r.y, 1/k.threshold, r.customer, r.household, r.date)
	}
	return s
}
