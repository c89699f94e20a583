package training

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"holdfast/history"
)

// Hindsight compares the features of a date as they were known then with the
// same features as they are known later. Where they differ, something came late
// or was corrected. A night never sees that, so training must not either; it
// cannot be kept from it where the recorded time of a fact is assumed and not
// told by its source.
type Hindsight struct {
	Rows    int             // customers compared
	Facts   int             // facts and events of all customers looked at
	Assumed int             // of them, those whose recorded time is assumed
	Differs []LateKnowledge // the features that differ, most often first
}

// LateKnowledge is a feature that is another one with later knowledge.
type LateKnowledge struct {
	Feature   string
	Share     float64 // of customers for whom it differs
	Then, Now float64 // AUC of the feature alone, as known then and as known later
}

// The lines of the comparison.
const (
	hindsightRows = 5000 // customers after which no further partition is read
	hindsightGain = 0.05 // AUC that later knowledge may add to a feature
)

// LookBack compares the features of one as-of with those of the same as-of as
// known at b.KnownAt, which b.Dates[0] is. It reads whole partitions, until
// enough customers have been seen.
func (b Snapshots) LookBack(ctx context.Context) (*Hindsight, error) {
	width := len(b.Engine.Schema().Columns)
	out, c := &Hindsight{}, comparison{then: &Sample{}, now: &Sample{}, differs: make([]int, width)}
	for p := range b.Reader.Partitions() {
		if c.then.Rows() >= hindsightRows {
			break
		}
		shard, err := b.Reader.LoadShard(ctx, p, b.Version)
		if err != nil {
			return nil, fmt.Errorf("read partition %d: %w", p, err)
		}
		facts, assumed := recordedTimes(shard)
		out.Facts, out.Assumed = out.Facts+facts, out.Assumed+assumed
		b.Engine.Prepare(shard)
		c.shard(b, shard, b.Dates[0])
	}
	out.Rows = c.then.Rows()
	for j, n := range c.differs {
		if n == 0 {
			continue
		}
		late := LateKnowledge{Feature: b.Engine.Schema().Columns[j].Name, Share: float64(n) / float64(out.Rows), Then: .5, Now: .5}
		if c.then.holds(leakLeavers) {
			var err error
			if late.Then, err = alone(c.then, column(c.then, j, width)); err != nil {
				return nil, fmt.Errorf("look at %s as known then: %w", late.Feature, err)
			}
			if late.Now, err = alone(c.now, column(c.now, j, width)); err != nil {
				return nil, fmt.Errorf("look at %s as known now: %w", late.Feature, err)
			}
		}
		out.Differs = append(out.Differs, late)
	}
	slices.SortStableFunc(out.Differs, func(a, b LateKnowledge) int { return cmp.Compare(b.Share, a.Share) })
	return out, nil
}

// comparison gathers the rows of both knowledges.
type comparison struct {
	then, now *Sample
	differs   []int // customers by column
}

func (c *comparison) shard(b Snapshots, s *history.Shard, asOf time.Time) {
	var first, second, third history.Scratch
	then, now := make([]float64, len(c.differs)), make([]float64, len(c.differs))
	for i := range s.Customers {
		v := s.View(i, asOf, &first)
		if in, _ := b.Churn.InPopulation(v); !in {
			continue
		}
		out := b.Churn.Outcome(v, s.View(i, b.KnownAt, &third))
		if !out.Matured {
			continue
		}
		b.Engine.Row(v, then)
		b.Engine.Row(s.Hindsight(i, asOf, b.KnownAt, &second), now)
		r := kept{customer: int64(s.Customers[i].ID)}
		if out.Left {
			r.y = 1
		}
		r.x = then
		c.then.add(r, 1)
		r.x = now
		c.now.add(r, 1)
		for j := range then {
			if then[j] != now[j] && !(math.IsNaN(then[j]) && math.IsNaN(now[j])) {
				c.differs[j]++
			}
		}
	}
}

// recordedTimes counts the facts and events of a shard, and those whose recorded
// time is assumed.
func recordedTimes(s *history.Shard) (all, assumed int) {
	for _, f := range s.Events.Flags {
		all, assumed = all+1, assumed+int(f&history.FlagAssumed)
	}
	for i := range s.Facts {
		if s.Facts[i].Import == 0 {
			continue // ours, written when it happened
		}
		all++
		if s.Facts[i].Assumed {
			assumed++
		}
	}
	return all, assumed
}

func column(s *Sample, j, width int) []float64 {
	out := make([]float64, s.Rows())
	for i := range out {
		out[i] = s.X.Data[i*width+j]
	}
	return out
}

// holds says whether so many rows left, and so many stayed.
func (s *Sample) holds(least int) bool {
	left, _ := s.Positives()
	return left >= least && s.Rows()-left >= least
}

// leaks are the features that know more about who leaves with later knowledge
// than they did then, where recorded times are assumed: the same may have
// happened on dates before anybody could see it.
func (h *Hindsight) leaks() []Leak {
	var out []Leak
	for _, f := range h.Differs {
		if h.Assumed > 0 && f.Now-f.Then > hindsightGain {
			out = append(out, Leak{f.Feature, fmt.Sprintf("%s ranks leavers with AUC %.3f as it is known now and %.3f as it was known then, and %s of the recorded times are assumed: "+
				"it is written down after they leave.", f.Feature, f.Now, f.Then, percent(h.assumed()))})
		}
	}
	return out
}

func (h *Hindsight) assumed() float64 { return float64(h.Assumed) / float64(max(1, h.Facts)) }

// sentence lists what differs, for the card.
func (h *Hindsight) sentence(at time.Time) string {
	text := fmt.Sprintf("Recomputed with today's knowledge, no feature of %d customers on %s differs from what was known then", h.Rows, at.Format(time.DateOnly))
	if len(h.Differs) > 0 {
		var list, few []string
		for _, f := range h.Differs {
			if f.Share < .01 {
				few = append(few, f.Feature)
			} else {
				list = append(list, fmt.Sprintf("%s (%s of customers)", f.Feature, percent(f.Share)))
			}
		}
		if len(few) > 0 {
			list = append(list, "and for less than 1 % of customers each "+strings.Join(few, ", "))
		}
		text = fmt.Sprintf("Recomputed with today's knowledge, %d features of %d customers on %s differ from what was known then, which is what was learned from: %s",
			len(h.Differs), h.Rows, at.Format(time.DateOnly), strings.Join(list, ", "))
	}
	return fmt.Sprintf("%s; %s of the recorded times are assumed, and what came late under these cannot be seen.", text, percent(h.assumed()))
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }
