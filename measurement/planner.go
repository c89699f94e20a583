package measurement

import (
	"fmt"
	"math"
	"time"

	"holdfast/internal/stats"
	"holdfast/interventions"
)

// Plan says how many customers and weeks an answer about a treatment takes.
type Plan struct {
	Base   float64 `json:"base_rate"` // share that leaves of those left alone; judged on an event, that has none
	Fall   float64 `json:"fall"`      // of that share which the comparison is to show: the effect first believed in
	Yet    int     `json:"selected"`  // so far, in both arms
	Weekly float64 `json:"selected_a_week"`
	Now    Answer  `json:"now"`                     // with the share in use: as configured, or as planned where the planner sets it
	Best   Answer  `json:"best"`                    // with the share that answers first
	Known  bool    `json:"base_measured,omitempty"` // the base is that of customers left alone; else it is their risk
}

// Answer is what an answer takes at one share of customers left alone.
type Answer struct {
	Share     float64 `json:"ghost_share"`
	Customers int     `json:"customers"` // selected, in both arms
	Weeks     float64 `json:"weeks"`     // whole ones, until so many are selected and their outcomes are final; 0 once they are, Never at this pace
}

// Never is Answer.Weeks where nobody is selected any more.
const Never = -1

// Planner plans how long treatments take to be proven.
type Planner struct {
	AsOf  time.Time
	Final time.Duration // from a selection to the end of its outcome
	// Risks are the mean risks of those on the newest list by treatment: what is
	// expected of who is left alone before any outcome is final.
	Risks map[string]float64
}

// Shares to be left alone go up in steps to a half, where an answer needs about
// the fewest customers.
const (
	shareStep = 5 // per cent
	shareMost = 50
	paceDays  = 28 // selections of so many days say how many there are in a week
)

// Plan says what it takes until there is an answer about a treatment, from its
// effect and the rows of its comparison: as many customers as show the configured effect in
// eight of ten programmes at the 5 % level (Fleiss, Levin, Paik 2003). It is
// zero where nothing is known of the leaving rate yet, nobody is left alone, or
// no effect is believed in. Where the planner sets the share, the one in use is
// the best until there is an answer, and the configured one from then on.
func (p Planner) Plan(t *interventions.Treatment, e *Effect, rows []Row) (Plan, error) {
	out := Plan{}
	out.Base, out.Known = p.base(t, e)
	out.Fall = math.Abs(t.Effect.Mean)
	if t.Event() == "" {
		out.Fall *= out.Base
	}
	if !(out.Base > 0 && out.Base < 1) || !(out.Fall > 0 && out.Fall < out.Base) || t.GhostShare == 0 {
		return Plan{}, nil
	}
	weekly, yet, final := p.pace(rows)
	out.Weekly, out.Yet = weekly, yet
	for i, share := range sharesFrom(t.GhostShare) {
		n, err := stats.SampleSize(out.Base, out.Base-out.Fall, 1-share, stats.DefaultPlan())
		if err != nil {
			return Plan{}, fmt.Errorf("plan %s: %w", t.Name, err)
		}
		a := Answer{Share: share, Customers: int(math.Ceil(n * crowding(e)))}
		a.Weeks = p.weeks(a.Customers, yet, final, weekly)
		if i == 0 {
			out.Now, out.Best = a, a
		}
		if a.Customers < out.Best.Customers {
			out.Best = a
		}
	}
	if t.PlanGhostShare && out.Best.Weeks != 0 {
		out.Now = out.Best
	}
	return out, nil
}

// sharesFrom are the configured share and the steps above it.
func sharesFrom(configured float64) []float64 {
	out := []float64{configured}
	for step := shareStep; step <= shareMost; step += shareStep {
		if share := float64(step) / 100; share > configured {
			out = append(out, share)
		}
	}
	return out
}

// base is the rate that is expected of those left alone, and whether it was
// measured on them.
func (p Planner) base(t *interventions.Treatment, e *Effect) (rate float64, measured bool) {
	if e.LeftAlone.Customers >= minArm && e.LeftAlone.Left > 0 {
		return e.LeftAlone.Rate, true
	}
	if t.Event() != "" {
		return 0, false
	}
	return p.Risks[t.Name], false
}

// crowding is how many customers there are to a household: at most so many more
// are needed, were all of a household to do the same.
func crowding(e *Effect) float64 {
	households := e.Contacted.Households + e.LeftAlone.Households
	if households == 0 {
		return 1
	}
	return float64(e.Contacted.Customers+e.LeftAlone.Customers) / float64(households)
}

// pace is how many customers are selected in a week, how many have been, and of how many the outcome is final.
func (p Planner) pace(rows []Row) (weekly float64, yet, final int) {
	since, first, lately := p.AsOf.AddDate(0, 0, -paceDays), p.AsOf, 0
	for _, r := range rows {
		yet++
		if r.Matured {
			final++
		}
		if r.At.Before(first) {
			first = r.At
		}
		if r.At.After(since) {
			lately++
		}
	}
	yet, lately = tens(yet), tens(lately)
	days := max(7, min(paceDays, p.AsOf.Sub(first).Hours()/24))
	return 7 * float64(lately) / days, yet, final
}

// weeks is how long it takes until the outcomes of so many are final.
func (p Planner) weeks(needed, yet, final int, weekly float64) float64 {
	last := p.Final.Hours() / 24 / 7
	switch {
	case final >= needed:
		return 0
	case yet >= needed:
		return math.Ceil(last)
	case weekly == 0:
		return Never
	}
	return math.Ceil(float64(needed-yet)/weekly + last)
}

func tens(n int) int { return (n + 5) / 10 * 10 }

// GhostShares are the shares in use by the plans of effects, by treatment.
func GhostShares(effects []Effect) map[string]float64 {
	out := make(map[string]float64, len(effects))
	for _, e := range effects {
		if e.Plan.Now.Share > 0 {
			out[e.Treatment] = e.Plan.Now.Share
		}
	}
	return out
}

// Plans writes into each effect what its answer takes; rows are those that the
// effects were measured from.
func (p Planner) Plans(effects []Effect, rows []Row, treatments []interventions.Treatment) error {
	byName := compared(rows)
	for i := range effects {
		for j := range treatments {
			if t := &treatments[j]; t.Name == effects[i].Treatment {
				plan, err := p.Plan(t, &effects[i], byName[t.Name])
				if err != nil {
					return err
				}
				effects[i].Plan = plan
			}
		}
	}
	return nil
}
