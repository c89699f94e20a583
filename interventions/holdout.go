package interventions

import (
	"time"

	"holdfast/history"
)

// Holdout says who is in the global holdout, selected or not: an arm is a keyed
// draw, so that of a household nobody ever selected is known without being
// stored. It tells arms and is sealed: only training may ask, for sums.
type Holdout struct {
	policy *Policy
	arms   map[history.HouseholdID][]Arm // of the global layer
	share  float64                       // of the newest arm
}

// Holdout makes the holdout from the stored arms. Without an arm of the global
// layer nobody is held out.
func (p *Policy) Holdout(arms []Arm) *Holdout {
	h := &Holdout{policy: p, arms: make(map[history.HouseholdID][]Arm)}
	var newest time.Time
	for _, a := range arms {
		if a.Layer != LayerGlobal {
			continue
		}
		h.arms[a.Household] = append(h.arms[a.Household], a)
		if !a.From.Before(newest) {
			newest, h.share = a.From, a.Share
		}
	}
	return h
}

// Held says whether the household was, or would have been had it been selected,
// held out of every proactive contact at both instants, which lie less than a
// holdout year apart.
func (h *Holdout) Held(id history.HouseholdID, from, to time.Time) bool {
	return h.share > 0 && h.at(id, from) && h.at(id, to)
}

func (h *Holdout) at(id history.HouseholdID, at time.Time) bool {
	ended := 0
	for _, a := range h.arms[id] {
		switch {
		case !a.Until.After(at):
			ended++
		case !a.From.After(at):
			return a.Held
		}
	}
	return h.policy.drawArm(id, LayerGlobal, h.share, at, ended).Held
}
