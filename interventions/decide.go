package interventions

import (
	"slices"

	"holdfast/history"
	"holdfast/internal/fault"
)

// Decide makes one decision for every proposal of a draft, with the choices of
// the allocation for its customers. The decisions are in the draft's order.
func (p *Policy) Decide(d *Draft, choices []Choice) ([]Decision, error) {
	chosen := make(map[history.CustomerID]*Choice, len(choices))
	for i := range choices {
		chosen[choices[i].Customer] = &choices[i]
	}
	out := make([]Decision, len(d.Proposals))
	for i := range d.Proposals {
		pr := &d.Proposals[i]
		if i > 0 && d.Proposals[i-1].Customer >= pr.Customer {
			return nil, fault.New(fault.Invalid, "the draft of partition %d is not sorted by customer at %d: propose it again", d.Partition, pr.Customer)
		}
		dec := Decision{
			Customer: pr.Customer, Household: pr.Household, AsOf: d.AsOf, Result: pr.Result,
			Reason: pr.Reason, Episode: pr.Episode, Trace: pr.Trace,
		}
		if pr.Result == "" {
			p.conclude(&dec, chosen[pr.Customer])
		}
		out[i] = dec
	}
	return out, nil
}

// conclude fills in the decision of a customer who had candidates.
func (p *Policy) conclude(d *Decision, c *Choice) {
	d.Result = ResultNotSelected
	if c == nil {
		d.Reason = ReasonNoWorth
		if slices.ContainsFunc(d.Trace.Considered, func(t Considered) bool { return t.Worth != nil && t.Worth.Total > 0 }) {
			d.Reason = ReasonBelowLine
		}
		return
	}
	d.Result, d.Reason, d.Explored, d.Propensity = c.Result, c.Reason, c.Explored, c.Propensity
	d.Override, d.Assigned = c.Override, c.Assigned
	if c.Reason == ReasonHousehold {
		return
	}
	t := &p.cfg.Treatments[c.Treatment]
	d.Treatment, d.Minutes = t.Name, p.Minutes(c.Treatment)
	if at := d.considered(); at != nil && at.Worth != nil {
		d.Worth = *at.Worth
	}
}

// considered is the trace's part of the chosen treatment, nil without one.
func (d *Decision) considered() *Considered {
	for i := range d.Trace.Considered {
		if d.Treatment != "" && d.Trace.Considered[i].Treatment == d.Treatment {
			return &d.Trace.Considered[i]
		}
	}
	return nil
}

// Count adds decisions to the tally.
func (t *Tally) Count(decisions []Decision) {
	if t.ByResult == nil {
		t.ByResult, t.ByReason, t.Released = map[Result]int{}, map[Result]map[string]int{}, map[string]int{}
	}
	for i := range decisions {
		d := &decisions[i]
		t.Customers++
		t.ByResult[d.Result]++
		if t.ByReason[d.Result] == nil {
			t.ByReason[d.Result] = map[string]int{}
		}
		t.ByReason[d.Result][d.Reason]++
		if d.Result == ResultTreat {
			t.Released[d.Treatment]++
			t.Minutes += d.Minutes
		}
	}
}

// Add adds another shard's tally.
func (t *Tally) Add(o Tally) {
	t.Count(nil)
	t.Customers += o.Customers
	t.Minutes += o.Minutes
	for r, n := range o.ByResult {
		t.ByResult[r] += n
	}
	for r, reasons := range o.ByReason {
		if t.ByReason[r] == nil {
			t.ByReason[r] = map[string]int{}
		}
		for why, n := range reasons {
			t.ByReason[r][why] += n
		}
	}
	for name, n := range o.Released {
		t.Released[name] += n
	}
}

// Check says whether the tally adds up to a file of so many customers (R2).
func (t *Tally) Check(customers int) error {
	sum := 0
	for _, n := range t.ByResult {
		sum += n
	}
	if sum != customers || t.Customers != customers {
		return fault.New(fault.Held, "the night made %d decisions for %d customers: run the decide stage again, and tell the maintainers if it stays so", sum, customers)
	}
	return nil
}

// minGroup is the smallest group of people "not on this list" that is counted:
// in a smaller one a count would tell who is held back (R7).
const minGroup = 20

// Public is the tally as everybody but the auditor may see it: ghosts and
// holdouts stand among those below the line, and so do their reasons. A group
// of fewer than twenty of them stands with the next results before it in the
// waterfall, as ResultRest, so that the counts add up and none tells it.
func (t *Tally) Public() Tally {
	out := Tally{Customers: t.Customers, Released: t.Released, Minutes: t.Minutes, ByResult: map[Result]int{}, ByReason: map[Result]map[string]int{}}
	for r, n := range t.ByResult {
		switch r {
		case ResultGhost, ResultHoldout, ResultNotSelected:
			out.ByResult[ResultNotSelected] += n
			out.ByReason[ResultNotSelected] = map[string]int{NotOnList: out.ByResult[ResultNotSelected]}
		case ResultTreat:
			out.ByResult[r] = n
			out.ByReason[r] = map[string]int{ReasonReleased: n}
		default:
			out.ByResult[r], out.ByReason[r] = n, t.ByReason[r]
		}
	}
	rest := out.ByResult[ResultNotSelected]
	if rest == 0 || rest >= minGroup {
		return out
	}
	alone := true
	for _, r := range []Result{ResultNotSelected, ResultNoTreatment, ResultBlocked, ResultOut} {
		if rest >= minGroup && !alone {
			break
		}
		if n := out.ByResult[r]; r != ResultNotSelected && n > 0 {
			rest += n
			alone = false
		}
		delete(out.ByResult, r)
		delete(out.ByReason, r)
	}
	out.ByResult[ResultRest], out.ByReason[ResultRest] = rest, map[string]int{NoWork: rest}
	return out
}
