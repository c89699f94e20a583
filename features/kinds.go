package features

import (
	"fmt"
	"math"
)

// window is a window of days and the segments it and its double are made of.
type window struct {
	days, now, both int
}

// ago says when the window before this one was, in years where that is exact.
func (w window) ago() string {
	n, of := w.days, "days"
	if n%365 == 0 {
		n, of = n/365, "years"
	}
	return fmt.Sprintf("between %d and %d %s ago", n, 2*n, of)
}

func (e *Engine) windows() []window {
	var ws []window
	for _, d := range e.cfg.Windows {
		ws = append(ws, window{d, e.segment(d), e.segment(2 * d)})
	}
	return ws
}

// planKind lays out the columns of one event kind.
func (e *Engine) planKind(slot int) {
	k := e.cfg.Events[slot]
	if k.Role == Survey {
		e.planSurvey(slot)
		return
	}
	e.planRecency(slot)
	e.planCounts(slot)
	if k.Amount {
		e.planAmounts(slot)
	}
	if k.Quantity {
		e.planQuantities(slot)
	}
	switch k.Role {
	case Activity:
		e.planRhythm(slot, k)
	case Credit:
		e.planCredit(slot)
	}
}

// planRecency is the time since the newest and the oldest event of a kind.
func (e *Engine) planRecency(slot int) {
	k := e.cfg.Events[slot]
	last := fmt.Sprintf("Latest %s today|Latest %s yesterday|Latest %s {value} days ago", k.Noun, k.Noun, k.Noun)
	if k.Role == Activity {
		usual := fmt.Sprintf("; usually every {%s_gap_mean_days:day:#}", k.Name)
		last = fmt.Sprintf("%s within the last day|No %s for 1 day%s|No %s for {value} days%s", capital(k.Noun), k.Noun, usual, k.Noun, usual)
	}
	columns := []Column{
		{Name: k.Name + "_days_since", Unit: unitDays, Concept: k.Name + " silence", Sentence: last, Skewed: true},
		{Name: k.Name + "_first_days", Unit: unitDays, Concept: "tenure", Sentence: fmt.Sprintf("First %s {value} days ago", k.Noun), Skewed: true},
	}
	counted := e.add(source{what: sourceKind, slot: slot}, columns, func(w *work, dst []float64) {
		dst[0], dst[1] = w.since(w.traces[slot].last()), missing
		if first := w.traces[slot].first; first >= 0 { // in whole days, as the rhythm counts them
			dst[1] = float64((w.asOf - 1 - w.view.Occurred()[first]) / dayMicros)
		}
	})
	counted[0].most, counted[1].oldest = 1, true
}

// planCounts is how often a kind happened over each window, over the one
// before it, how these compare, and ever.
func (e *Engine) planCounts(slot int) {
	k, ws := e.cfg.Events[slot], e.windows()
	concept := k.Name + " volume"
	var columns []Column
	for _, w := range ws {
		before := fmt.Sprintf("; {%s_count_before_%dd} in the %d before", k.Name, w.days, w.days)
		since := fmt.Sprintf("; {%s_count_%dd} since", k.Name, w.days)
		columns = append(columns,
			Column{
				Name: fmt.Sprintf("%s_count_%dd", k.Name, w.days), Unit: unitEvents, Concept: concept, Skewed: true,
				Sentence: fmt.Sprintf("No %s in %d days%s|One %s in %d days%s|{value} %s in %d days%s",
					k.Noun, w.days, before, k.Noun, w.days, before, k.Plural, w.days, before),
			},
			Column{
				Name: fmt.Sprintf("%s_count_before_%dd", k.Name, w.days), Unit: unitEvents, Concept: concept, Skewed: true,
				Sentence: fmt.Sprintf("No %s %s%s|One %s %s%s|{value} %s %s%s", k.Noun, w.ago(), since, k.Noun, w.ago(), since, k.Plural, w.ago(), since),
			},
			Column{
				Name: fmt.Sprintf("%s_trend_%dd", k.Name, w.days), Unit: unitTrend, Concept: k.Name + " trend",
				Sentence: fmt.Sprintf("{%s_count_%dd:1 %s:# %s} in %d days against {%s_count_before_%dd} before", k.Name, w.days, k.Noun, k.Plural, w.days, k.Name, w.days),
			})
	}
	columns = append(columns, Column{
		Name: k.Name + "_count_ever", Unit: unitEvents, Concept: concept, Skewed: true,
		Sentence: fmt.Sprintf("No %s ever|One %s ever|{value} %s ever", k.Noun, k.Noun, k.Plural),
	})
	counted := e.add(source{what: sourceKind, slot: slot}, columns, func(w *work, dst []float64) {
		for i, win := range ws {
			now := e.tally(w, slot, win.now).count
			before := e.tally(w, slot, win.both).count - now
			dst[3*i], dst[3*i+1] = float64(now), float64(before)
			dst[3*i+2] = trend(float64(now), float64(before))
		}
		dst[3*len(ws)] = float64(e.tally(w, slot, e.ever()).count)
	})
	for i, w := range ws {
		counted[3*i].until = w.days
		counted[3*i+1].after, counted[3*i+1].until = w.days, 2*w.days
		counted[3*i+2].until = 2 * w.days
	}
}

// planAmounts is the money of a kind: sums, means and trends per window, ever,
// and the newest.
func (e *Engine) planAmounts(slot int) {
	k, ws := e.cfg.Events[slot], e.windows()
	concept, unit := k.Name+" spend", e.moneyUnit()
	var columns []Column
	for _, w := range ws {
		columns = append(columns,
			Column{
				Name: fmt.Sprintf("%s_amount_%dd", k.Name, w.days), Unit: unit, Concept: concept, Skewed: true,
				Sentence: fmt.Sprintf("%s worth {value} in %d days", capital(k.Plural), w.days),
			},
			Column{
				Name: fmt.Sprintf("%s_amount_mean_%dd", k.Name, w.days), Unit: unit, Concept: concept, Skewed: true,
				Sentence: fmt.Sprintf("{value} per %s over %d days; {%s_amount_mean_ever} over all time", k.Noun, w.days, k.Name),
			},
			Column{
				Name: fmt.Sprintf("%s_amount_trend_%dd", k.Name, w.days), Unit: unitTrend, Concept: concept,
				Sentence: fmt.Sprintf("%s worth {%s_amount_%dd} in %d days; change {value} on the %d before", capital(k.Plural), k.Name, w.days, w.days, w.days),
			})
	}
	columns = append(columns,
		Column{Name: k.Name + "_amount_ever", Unit: unit, Concept: concept, Skewed: true, Sentence: fmt.Sprintf("%s worth {value} over all time", capital(k.Plural))},
		Column{Name: k.Name + "_amount_mean_ever", Unit: unit, Concept: concept, Skewed: true, Sentence: fmt.Sprintf("{value} per %s over all time", k.Noun)},
		Column{Name: k.Name + "_amount_last", Unit: unit, Concept: concept, Skewed: true, Sentence: fmt.Sprintf("Latest %s worth {value}; {%s_amount_mean_ever} on average", k.Noun, k.Name)},
	)
	counted := e.add(source{what: sourceKind, slot: slot}, columns, func(w *work, dst []float64) {
		for i, win := range ws {
			now := e.tally(w, slot, win.now)
			before := e.tally(w, slot, win.both).amount - now.amount
			dst[3*i] = float64(now.amount)
			dst[3*i+1] = ratio(float64(now.amount), float64(now.count))
			dst[3*i+2] = trend(float64(now.amount), float64(before))
		}
		all, dst := e.tally(w, slot, e.ever()), dst[3*len(ws):]
		dst[0] = float64(all.amount)
		dst[1] = ratio(float64(all.amount), float64(all.count))
		dst[2] = missing
		if at := w.traces[slot].last(); at >= 0 {
			dst[2] = float64(w.view.Amounts()[at])
		}
	})
	for i, w := range ws {
		counted[3*i].until, counted[3*i+1].until, counted[3*i+2].until = w.days, w.days, 2*w.days
	}
	counted[3*len(ws)+2].most = 1
}

// planQuantities is the quantity of a kind: sums and means per window and ever.
func (e *Engine) planQuantities(slot int) {
	k, ws := e.cfg.Events[slot], e.windows()
	concept := k.Name + " quantity"
	var columns []Column
	for _, w := range ws {
		columns = append(columns,
			Column{Name: fmt.Sprintf("%s_quantity_%dd", k.Name, w.days), Unit: unitQuantity, Concept: concept, Skewed: true, Sentence: fmt.Sprintf("%s add up to {value} over %d days", capital(k.Plural), w.days)},
			Column{Name: fmt.Sprintf("%s_quantity_mean_%dd", k.Name, w.days), Unit: unitQuantity, Concept: concept, Skewed: true, Sentence: fmt.Sprintf("{value} per %s over %d days", k.Noun, w.days)})
	}
	columns = append(columns,
		Column{Name: k.Name + "_quantity_ever", Unit: unitQuantity, Concept: concept, Skewed: true, Sentence: fmt.Sprintf("%s add up to {value} over all time", capital(k.Plural))},
		Column{Name: k.Name + "_quantity_mean_ever", Unit: unitQuantity, Concept: concept, Skewed: true, Sentence: fmt.Sprintf("{value} per %s over all time", k.Noun)})
	counted := e.add(source{what: sourceKind, slot: slot}, columns, func(w *work, dst []float64) {
		for i, win := range ws {
			now := e.tally(w, slot, win.now)
			dst[2*i], dst[2*i+1] = now.quantity, ratio(now.quantity, float64(now.count))
		}
		all := e.tally(w, slot, e.ever())
		dst[2*len(ws)], dst[2*len(ws)+1] = all.quantity, ratio(all.quantity, float64(all.count))
	})
	for i, w := range ws {
		counted[2*i].until, counted[2*i+1].until = w.days, w.days
	}
}

// planCredit is what a credit kind took back of activity's amounts.
func (e *Engine) planCredit(slot int) {
	k := e.cfg.Events[slot]
	year, all := e.segment(365), e.ever()
	columns := []Column{
		{Name: k.Name + "_share_365d", Unit: unitShare, Concept: k.Name + " volume", Sentence: fmt.Sprintf("%s took back {value} of spending in 365 days", capital(k.Plural))},
		{Name: k.Name + "_share_ever", Unit: unitShare, Concept: k.Name + " volume", Sentence: fmt.Sprintf("%s took back {value} of spending over all time", capital(k.Plural))},
	}
	var spending []int
	for other, o := range e.cfg.Events {
		if o.Role == Activity && o.Amount {
			spending = append(spending, other)
		}
	}
	counted := e.add(source{what: sourceKind, slot: slot}, columns, func(w *work, dst []float64) {
		for i, segments := range [...]int{year, all} {
			spent := 0.0
			for _, other := range spending {
				spent += float64(e.tally(w, other, segments).amount)
			}
			dst[i] = ratio(math.Abs(float64(e.tally(w, slot, segments).amount)), spent)
		}
	})
	counted[0].until = 365
}
