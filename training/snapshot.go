package training

import (
	"context"
	"fmt"
	"math"
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
	// Practice is what we did to the customers; nil takes outcomes as they came.
	Practice *Practice
	// Young are dates whose outcome is not final, for a family that learns from
	// what of it is (contracts only).
	Young []time.Time
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
	young := &keeper{budget: max(1, b.Budget*len(b.Young)/len(b.Dates)), seed: b.Seed, threshold: 1, width: k.width}
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
			draws, err := b.draws(ctx, p)
			if err != nil {
				return err
			}
			b.shard(shard, draws, k, young)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("build snapshots: %w", err)
	}
	s, alone := k.sample(b.Engine.Schema(), b.Dates)
	s.Embargo = b.Churn.MaturesAt(b.Dates[0]).Sub(b.Dates[0])
	s, err := b.weighed(ctx, s, alone)
	if err != nil || len(b.Young) == 0 {
		return s, err
	}
	s.Young, err = b.young(ctx, young)
	return s, err
}

// weighed leaves out the rows whose outcome our contacts hid, and weights the others
// up for them.
func (b Snapshots) weighed(ctx context.Context, s *Sample, alone []leftAlone) (*Sample, error) {
	if b.Practice == nil {
		return s, nil
	}
	_, to := b.Churn.Window(b.Dates[0])
	return weigh(ctx, s, alone, to.Sub(b.Dates[0]).Hours()/24, b.Seed)
}

// draws reads a partition's selections by customer.
func (b Snapshots) draws(ctx context.Context, partition int) (map[history.CustomerID][]Draw, error) {
	if b.Practice == nil {
		return nil, nil
	}
	list, err := b.Practice.Draws(ctx, partition)
	if err != nil {
		return nil, fmt.Errorf("read the selections of partition %d: %w", partition, err)
	}
	out := make(map[history.CustomerID][]Draw)
	for _, d := range list {
		out[d.Customer] = append(out[d.Customer], d)
	}
	return out, nil
}

func (b Snapshots) shard(s *history.Shard, draws map[history.CustomerID][]Draw, k, young *keeper) {
	b.Engine.Prepare(s)
	var then, now history.Scratch
	row := make([]float64, k.width)
	var part tally
	for i := range s.Customers {
		known := s.View(i, b.KnownAt, &now)
		customer := s.Customers[i].ID
		// One household for all of a customer's rows, however often it moved:
		// its rows must never stand on both sides of a fold.
		r := kept{x: row, customer: int64(customer), household: int64(known.Household())}
		once := false
		for d, asOf := range b.Dates {
			v := s.View(i, asOf, &then)
			if ok, _ := b.Churn.InPopulation(v); !ok {
				part.outside++
				continue
			}
			out := b.Churn.Outcome(v, known)
			if !out.Matured {
				part.immature++
				continue
			}
			r.alone, r.held = b.alone(v, known, draws[customer], b.Churn.DecidedAt(v, known))
			if r.alone.over {
				part.over++
				continue
			}
			part.seen++
			r.y, r.date, r.hash, r.exit = 0, d, k.hash(customer, asOf), exitDays(out, asOf)
			if out.Left {
				r.y = 1
			}
			if out.Left && !once && !r.alone.censored {
				part.leavers, once = part.leavers+1, true
			}
			if k.wants(r.hash) {
				b.Engine.Row(v, row)
				k.keep(r)
			}
		}
		b.keepYoung(s, i, known, draws[customer], r, young, &then)
	}
	k.count(part)
}

// exitDays is how many days after asOf an exit was; 0 is none.
func exitDays(o churn.Outcome, asOf time.Time) float64 {
	if o.At.IsZero() {
		return 0
	}
	return daysTo(o.At, asOf)
}

// daysTo is how many days after asOf an exit was; one on the instant of asOf came a
// moment later.
func daysTo(exit, asOf time.Time) float64 {
	return math.Max(exit.Sub(asOf).Hours()/24, math.SmallestNonzeroFloat64)
}

// alone says what of a customer's time from the as-of of then until its outcome was
// decided was left to itself, and whether that was because of the global holdout.
func (b Snapshots) alone(then, known history.View, draws []Draw, decided time.Time) (out leftAlone, held bool) {
	if b.Practice == nil {
		return out, false
	}
	asOf := then.AsOf()
	out = b.Practice.alone(draws, known.AllContacts(), asOf, decided)
	return out, b.Practice.Held != nil && b.Practice.Held(known.Household(), asOf, decided)
}

type tally struct{ seen, immature, outside, over, leavers int }

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
	exit      float64
	customer  int64
	household int64
	date      int
	held      bool
	alone     leftAlone
}

func (k *keeper) hash(c history.CustomerID, at time.Time) float64 {
	a, b := identity(c, at)
	return stats.HashUniform(k.seed, a*0x9e3779b97f4a7c15+b)
}

func (k *keeper) wants(hash float64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.threshold == 1 || hash < k.threshold
}

// keep copies a row, unless the threshold has fallen below its hash meanwhile.
func (k *keeper) keep(r kept) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if r.hash >= k.threshold && k.threshold < 1 {
		return
	}
	r.x = slices.Clone(r.x)
	k.rows = append(k.rows, r)
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
	k.tally.over += t.over
	k.tally.leavers += t.leavers
}

// sample returns the rows, and what of each one's time was left alone.
func (k *keeper) sample(schema features.Schema, dates []time.Time) (*Sample, []leftAlone) {
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
	s.Weighting.Over = k.tally.over
	alone := make([]leftAlone, len(k.rows))
	for i, r := range k.rows {
		s.add(r, 1/k.threshold)
		alone[i] = r.alone
	}
	return s, alone
}
