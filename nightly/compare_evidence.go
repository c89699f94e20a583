package nightly

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/history"
	"holdfast/internal/stats"
	"holdfast/interventions"
	"holdfast/measurement"
)

// minChanced is how many released, and how many left alone, a comparison needs
// before it says what came of them: R7 counts no smaller groups.
const minChanced = 20

// Evidence is what a past night's chance says of two policies: the share of
// customers who would have stayed under either. It speaks of those alone whose
// release was left to chance that night, for the first time in their holdout
// year, and whom either policy would give the same treatment or none: nothing
// can be claimed of others.
type Evidence struct {
	Final      time.Time               `json:"outcomes_final"` // when the outcomes of the night are, or were, final
	Customers  int                     `json:"customers"`      // valued; 0 before Final, and when too few were left to chance
	Beyond     int                     `json:"beyond"`         // left to chance, and not valued: one of the policies has another treatment for them
	Now        measurement.PolicyValue `json:"now"`
	Then       measurement.PolicyValue `json:"then"`
	Difference stats.Interval          `json:"difference"` // of the doubly robust values, then minus now
}

// weighing gathers what two policies would have done with customers left to chance.
type weighing struct {
	rows      []measurement.Chanced
	release   [2][]float64 // by policy, like rows
	beyond    int
	drawnPast map[interventions.ArmKey]bool // whose arm was drawn before the night
}

// weigh values both policies on the customers whom the night left to chance,
// once their outcomes are final as known at an instant.
func (s *Stages) weigh(ctx context.Context, run Run, both [2]*rehearsal, knownAt time.Time) (Evidence, error) {
	out := Evidence{Final: s.Churn.MaturesAt(run.AsOf)}
	if knownAt.Before(out.Final) {
		return out, nil
	}
	arms, err := s.Store.Arms(ctx, run.AsOf)
	if err != nil {
		return out, fmt.Errorf("read the arms: %w", err)
	}
	w := weighing{drawnPast: map[interventions.ArmKey]bool{}}
	for _, a := range arms {
		if a.From.Before(run.AsOf) && a.Until.After(run.AsOf) {
			w.drawnPast[interventions.ArmKey{Household: a.Household, Layer: a.Layer}] = true
		}
	}
	for p := range s.Store.Partitions() {
		if err := s.weighPartition(ctx, run, p, both, knownAt, &w); err != nil {
			return out, fmt.Errorf("weigh partition %d: %w", p, err)
		}
	}
	return out, w.conclude(&out)
}

func (s *Stages) weighPartition(ctx context.Context, run Run, partition int, both [2]*rehearsal, knownAt time.Time, w *weighing) error {
	decided, err := s.Store.LeftToChance(ctx, run.ID, partition)
	if err != nil || len(decided) == 0 {
		return err
	}
	_, scores, err := s.scored(ctx, run, partition)
	if err != nil {
		return err
	}
	risk := make(map[history.CustomerID]float64, len(decided))
	for i := range scores {
		risk[scores[i].Customer] = scores[i].Risk
	}
	shard, err := s.Store.LoadShard(ctx, partition, 0)
	if err != nil {
		return err
	}
	var now, then history.Scratch
	for i := range decided {
		d := &decided[i]
		at, found := shard.Find(d.Customer)
		if !found || w.drawnPast[interventions.ArmKey{Household: d.Household, Layer: interventions.Layer(d.Treatment)}] {
			continue
		}
		asOf := shard.View(at, run.AsOf, &then)
		outcome := s.Churn.Outcome(asOf, shard.View(at, knownAt, &now))
		if !outcome.Matured {
			continue
		}
		known := interventions.Know(asOf)
		effect, ok := both[0].policy.EffectOf(d.Treatment, &known)
		if !ok {
			continue
		}
		c := measurement.Chanced{
			Customer: d.Customer, Treatment: d.Treatment, Released: d.Result == interventions.ResultTreat, Probability: 1 - d.Propensity,
			Alone: 1 - risk[d.Customer], Treated: 1 - float64(risk[d.Customer]*(1-effect.Mean)),
		}
		if c.Released {
			c.Probability = d.Propensity
		}
		if !outcome.Left {
			c.Reward = 1
		}
		w.add(c, both)
	}
	return nil
}

// add takes one customer in, unless one of the policies has another treatment
// for them.
func (w *weighing) add(c measurement.Chanced, both [2]*rehearsal) {
	var chance [2]float64
	for k, r := range both {
		switch would := r.chances[c.Customer]; would.treatment {
		case "":
		case c.Treatment:
			chance[k] = would.chance
		default:
			w.beyond++
			return
		}
	}
	w.rows = append(w.rows, c)
	for k := range chance {
		w.release[k] = append(w.release[k], chance[k])
	}
}

func (w *weighing) conclude(out *Evidence) error {
	released := 0
	for i := range w.rows {
		if w.rows[i].Released {
			released++
		}
	}
	if released < minChanced || len(w.rows)-released < minChanced {
		return nil
	}
	values, terms := [2]measurement.PolicyValue{}, [2][]float64{}
	for k := range values {
		var err error
		if values[k], terms[k], err = measurement.ValuePolicy(w.rows, w.release[k]); err != nil {
			return fmt.Errorf("value a policy: %w", err)
		}
	}
	difference, err := measurement.CompareValues(terms[1], terms[0])
	if err != nil && !errors.Is(err, stats.ErrUndefined) {
		return fmt.Errorf("compare the values: %w", err)
	}
	out.Customers, out.Beyond, out.Now, out.Then, out.Difference = len(w.rows), w.beyond, values[0], values[1], difference
	return nil
}
