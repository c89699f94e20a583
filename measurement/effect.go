package measurement

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/internal/stats"
	"holdfast/interventions"
)

// Level is the level of the intervals.
const Level = 0.95

// Group is one arm of a comparison, in customers whose outcome is final.
type Group struct {
	Customers  int     `json:"customers"`
	Households int     `json:"households"`
	Left       int     `json:"left"`
	Rate       float64 `json:"rate"` // Left ÷ Customers, each with one over the probability of their arm where that changed; 0 when empty
}

// Effect is what a treatment was worth so far.
type Effect struct {
	Treatment string `json:"treatment"`
	// Outcome is the kind of event that the treatment is judged on; empty is
	// staying. Who "left" is then who had none, and a "save" one more who had.
	Outcome   string `json:"outcome,omitempty"`
	Contacted Group  `json:"contacted"`  // assigned to be contacted, reached or not
	LeftAlone Group  `json:"left_alone"` // held back for this treatment
	Pending   int    `json:"pending"`    // selected, outcome not final yet
	// Known says whether there is an estimate: both arms have final outcomes.
	Known bool `json:"known"`
	// Difference is the leaving rate of the contacted minus that of those left
	// alone: below zero, contact kept customers.
	Difference stats.Interval `json:"difference"`
	// ProvenSaves is minus the difference times the contacted.
	ProvenSaves    stats.Interval `json:"proven_saves"`
	ClaimedSaves   int            `json:"claimed_saves"`
	SustainedSaves int            `json:"sustained_saves"` // of the claimed, still here at day 90
	Undecided      int            `json:"undecided"`       // claimed, day 90 not reached
	// DecidedFrom is when the first of the undecided reaches day 90; zero without any.
	DecidedFrom time.Time `json:"decided_from,omitzero"`
	// Detectable is the smallest fall of the leaving rate that arms of these
	// sizes would show with power .8; 0 when none would.
	Detectable float64 `json:"minimum_detectable_effect"`
	// Ratio says whether the arms are as large as they were drawn.
	Ratio Ratio `json:"sample_ratio,omitzero"`
	// Plan says what it takes until there is an answer; zero where there is
	// nothing to plan with.
	Plan Plan `json:"plan,omitzero"`
	// Learned is what the following nights' beliefs are updated with.
	Learned interventions.Learned `json:"learned,omitzero"`
}

// Significant says whether the interval excludes zero.
func (e Effect) Significant() bool {
	return e.Known && (e.Difference.Low > 0 || e.Difference.High < 0)
}

// Measure compares the arms of every treatment, by assignment, clustered by
// household, sorted by treatment. Of each household only the rows of its first
// selection for a treatment count, in whatever order and from however many
// shards they come. Customers held out of everything are in no treatment's
// comparison: nothing was chosen for them.
func Measure(rows []Row) ([]Effect, error) {
	byName := compared(rows)
	names := make([]string, 0, len(byName))
	for n := range byName {
		names = append(names, n)
	}
	slices.Sort(names)
	out := make([]Effect, 0, len(names))
	for _, n := range names {
		weighted(byName[n])
		e, err := measure(n, byName[n])
		if err != nil {
			return nil, fmt.Errorf("measure %s: %w", n, err)
		}
		out = append(out, e)
	}
	return out, nil
}

// compared are the rows of each treatment's comparison: of each household those
// of its first selection, and nobody who is held out of everything.
func compared(rows []Row) map[string][]Row {
	byName := make(map[string][]Row)
	begun := beginnings(rows)
	for _, r := range rows {
		if !r.Global && r.At.Equal(begun[unit{r.Treatment, r.Household}]) {
			byName[r.Treatment] = append(byName[r.Treatment], r)
		}
	}
	return byName
}

// unit is what arms are assigned to.
type unit struct {
	treatment string
	household history.HouseholdID
}

// beginnings are the first selections.
func beginnings(rows []Row) map[unit]time.Time {
	out := make(map[unit]time.Time)
	for _, r := range rows {
		u := unit{r.Treatment, r.Household}
		if at, ok := out[u]; !ok || r.At.Before(at) {
			out[u] = r.At
		}
	}
	return out
}

func measure(name string, rows []Row) (Effect, error) {
	e := Effect{Treatment: name, Outcome: rows[0].Outcome}
	var err error
	if e.Learned, err = learned(name, rows); err != nil {
		return e, err
	}
	if e.Ratio, err = ratioOf(rows); err != nil {
		return e, err
	}
	for _, r := range rows {
		if !r.Matured {
			e.Pending++
		}
		if r.Held || !r.Claimed {
			continue
		}
		e.ClaimedSaves++
		switch {
		case r.Kept:
			e.SustainedSaves++
		case !r.KeptKnown:
			e.Undecided++
			if e.DecidedFrom.IsZero() || r.KeptFrom.Before(e.DecidedFrom) {
				e.DecidedFrom = r.KeptFrom
			}
		}
	}
	contacted, err := arm(rows, false, &e.Contacted)
	if errors.Is(err, stats.ErrUndefined) {
		return e, nil
	} else if err != nil {
		return e, err
	}
	alone, err := arm(rows, true, &e.LeftAlone)
	if errors.Is(err, stats.ErrUndefined) {
		return e, nil
	} else if err != nil {
		return e, err
	}
	if e.Difference, err = stats.ClusteredDifference(contacted, alone, Level); err != nil {
		return e, err
	}
	e.Known = true
	e.ProvenSaves = e.Difference.Scale(-float64(e.Contacted.Customers))
	mde, err := stats.MinimumDetectableEffect(e.LeftAlone.Rate, contacted.EffectiveN, alone.EffectiveN, stats.DefaultPlan())
	if err == nil {
		e.Detectable = mde
	} else if !errors.Is(err, stats.ErrUndefined) {
		return e, err
	}
	return e, nil
}

// arm is the leaving rate of one arm's customers whose outcome is final.
func arm(rows []Row, held bool, g *Group) (stats.ClusteredRate, error) {
	var left, weights []float64
	var household []uint64
	for _, r := range rows {
		if r.Held != held || !r.Matured {
			continue
		}
		y := 0.0
		if r.Left {
			y = 1
			g.Left++
		}
		left, weights, household = append(left, y), append(weights, r.Weight), append(household, uint64(r.Household))
	}
	g.Customers = len(left)
	if g.Customers == 0 {
		return stats.ClusteredRate{}, stats.ErrUndefined
	}
	clusters, err := stats.WeightedClusters(left, levelled(weights), household)
	if err != nil {
		return stats.ClusteredRate{}, err
	}
	g.Households = len(clusters)
	rate, err := stats.NewClusteredRate(clusters)
	g.Rate = rate.Rate()
	return rate, err
}
