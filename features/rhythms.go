package features

import (
	"fmt"
	"slices"
)

// planRhythm is the customer's own rhythm in one activity kind: the usual gap
// between active days, its spread, and how today's silence compares.
func (e *Engine) planRhythm(slot int, k EventKind) {
	concept := k.Name + " silence"
	since := fmt.Sprintf("{%s_days_since}", k.Name)
	columns := []Column{
		{Name: k.Name + "_gap_mean_days", Unit: unitDays, Concept: k.Name + " rhythm", Skewed: true, Sentence: fmt.Sprintf("A %s every {value:day:# days} on average", k.Noun)},
		{Name: k.Name + "_gap_sd_days", Unit: unitDays, Concept: k.Name + " rhythm", Skewed: true, Sentence: fmt.Sprintf("A %s every {%s_gap_mean_days:day:# days}, give or take {value}", k.Noun, k.Name)},
		{Name: k.Name + "_gap_max_days", Unit: unitDays, Concept: k.Name + " rhythm", Skewed: true, Sentence: fmt.Sprintf("Longest time without a %s before: {value} days", k.Noun)},
		{Name: k.Name + "_lapse_ratio", Unit: unitTimes, Concept: concept, Skewed: true, Sentence: fmt.Sprintf("Silent {value:as long:# times as long} as usual; %s days against {%s_gap_mean_days}", since, k.Name)},
		{Name: k.Name + "_longest_ratio", Unit: unitTimes, Concept: concept, Skewed: true, Sentence: fmt.Sprintf("No %s for %s days; never longer than {%s_gap_max_days} before", k.Noun, since, k.Name)},
	}
	columns = append(columns, activeColumns(k.Name, k.Noun)...)
	counted := e.add(source{what: sourceKind, slot: slot}, columns, func(w *work, dst []float64) {
		fillRhythm(&w.rhythms[slot], w.since(w.traces[slot].last()), dst)
	})
	counted[5].until, counted[7].until = 365, 360
}

func activeColumns(name, noun string) []Column {
	concept := name + " volume"
	return []Column{
		{Name: name + "_active_days_365d", Unit: unitDays, Concept: concept, Skewed: true, Sentence: fmt.Sprintf("No day with a %s in the last 365|One day with a %s in the last 365|{value} days with a %s in the last 365", noun, noun, noun)},
		{Name: name + "_active_days_ever", Unit: unitDays, Concept: concept, Skewed: true, Sentence: fmt.Sprintf("No day with a %s ever|One day with a %s ever|{value} days with a %s ever", noun, noun, noun)},
		{Name: name + "_active_months_12m", Unit: unitMonths, Concept: concept, Skewed: true, Sentence: fmt.Sprintf("A %s in none of the last 12 months|A %s in 1 of the last 12 months|A %s in {value} of the last 12 months", noun, noun, noun)},
		{Name: name + "_active_months_ever", Unit: unitMonths, Concept: concept, Skewed: true, Sentence: fmt.Sprintf("A %s in no month|A %s in 1 month|A %s in {value} months", noun, noun, noun)},
	}
}

func fillRhythm(r *rhythm, silent float64, dst []float64) {
	dst[0], dst[1], dst[2] = r.mean(), r.spread(), missing
	if r.days > 1 {
		dst[2] = float64(r.longest)
	}
	dst[3] = ratio(silent, dst[0])
	dst[4] = ratio(silent, dst[2])
	dst[5], dst[6] = float64(r.days365), float64(r.days)
	dst[7], dst[8] = float64(r.months12), float64(r.months)
}

// planActivity is the rhythm of all activity kinds together, where there are
// several.
func (e *Engine) planActivity() {
	kinds := 0
	for _, k := range e.cfg.Events {
		if k.Role == Activity {
			kinds++
		}
	}
	if kinds < 2 {
		return
	}
	columns := []Column{
		{Name: "activity_days_since", Unit: unitDays, Concept: "activity silence", Skewed: true, Sentence: "Active within the last day|No activity for 1 day; usually every {activity_gap_mean_days:day:#}|No activity for {value} days; usually every {activity_gap_mean_days:day:#}"},
		{Name: "activity_gap_mean_days", Unit: unitDays, Concept: "activity rhythm", Skewed: true, Sentence: "Active every {value:day:# days} on average"},
		{Name: "activity_gap_sd_days", Unit: unitDays, Concept: "activity rhythm", Skewed: true, Sentence: "Active every {activity_gap_mean_days:day:# days}, give or take {value}"},
		{Name: "activity_gap_max_days", Unit: unitDays, Concept: "activity rhythm", Skewed: true, Sentence: "Longest time without activity before: {value} days"},
		{Name: "activity_lapse_ratio", Unit: unitTimes, Concept: "activity silence", Skewed: true, Sentence: "Silent {value:as long:# times as long} as usual; {activity_days_since} days against {activity_gap_mean_days}"},
		{Name: "activity_longest_ratio", Unit: unitTimes, Concept: "activity silence", Skewed: true, Sentence: "No activity for {activity_days_since} days; never longer than {activity_gap_max_days} before"},
	}
	columns = append(columns, activeColumns("activity", "sign of activity")...)
	counted := e.add(source{what: sourceActivity}, columns, func(w *work, dst []float64) {
		newest := int32(-1)
		for slot := range w.traces {
			if e.active[slot] == 1 {
				newest = max(newest, w.traces[slot].last())
			}
		}
		dst[0] = w.since(newest)
		fillRhythm(&w.rhythms[len(e.cfg.Events)], dst[0], dst[1:])
	})
	counted[0].most, counted[6].until, counted[8].until = 1, 365, 360
}

// planMargin is what the events earned, by the margin rate of each kind.
func (e *Engine) planMargin() {
	rates := make([]float64, len(e.cfg.Events))
	var earning []int
	for slot, k := range e.cfg.Events {
		if rates[slot] = float64(k.MarginRate) / 10_000; k.MarginRate != 0 {
			earning = append(earning, slot)
		}
	}
	if len(earning) == 0 {
		return
	}
	ws, unit := e.windows(), e.moneyUnit()
	var columns []Column
	for _, w := range ws {
		columns = append(columns,
			Column{Name: fmt.Sprintf("margin_%dd", w.days), Unit: unit, Concept: "margin", Skewed: true, Sentence: fmt.Sprintf("Margin of {value} in %d days", w.days)},
			Column{Name: fmt.Sprintf("margin_trend_%dd", w.days), Unit: unitTrend, Concept: "margin", Sentence: fmt.Sprintf("Margin of {margin_%dd} in %d days; change {value} on the %d before", w.days, w.days, w.days)})
	}
	columns = append(columns, Column{Name: "margin_ever", Unit: unit, Concept: "margin", Skewed: true, Sentence: "Margin of {value} over all time"})
	counted := e.add(source{what: sourceEarning}, columns, func(w *work, dst []float64) {
		if !slices.ContainsFunc(earning, func(slot int) bool { return w.traces[slot].last() >= 0 }) {
			fill(dst, missing)
			return
		}
		margin := func(segments int) (sum float64) {
			for _, slot := range earning {
				sum += float64(e.tally(w, slot, segments).amount) * rates[slot]
			}
			return sum
		}
		for i, win := range ws {
			now := margin(win.now)
			dst[2*i] = now
			dst[2*i+1] = trend(now, margin(win.both)-now)
		}
		dst[2*len(ws)] = margin(e.ever())
	})
	for i, w := range ws {
		counted[2*i].until, counted[2*i+1].until = w.days, 2*w.days
	}
}

// fill sets all of dst to x.
func fill(dst []float64, x float64) {
	for i := range dst {
		dst[i] = x
	}
}

// planSurvey is what the customer answered: the newest score, the mean, and
// the change.
func (e *Engine) planSurvey(slot int) {
	k := e.cfg.Events[slot]
	concept := "satisfaction"
	columns := []Column{
		{Name: k.Name + "_last", Unit: unitScore, Concept: concept, Sentence: fmt.Sprintf("Latest %s: {value}; {%s_mean} on average", k.Noun, k.Name)},
		{Name: k.Name + "_mean", Unit: unitScore, Concept: concept, Sentence: fmt.Sprintf("%s of {value} on average", capital(k.Noun))},
		{Name: k.Name + "_change", Unit: unitScore, Concept: concept, Sentence: fmt.Sprintf("Latest %s {%s_last}; change {value} on the one before", k.Noun, k.Name)},
		{Name: k.Name + "_days_since", Unit: unitDays, Concept: concept, Skewed: true, Sentence: fmt.Sprintf("Latest %s {value} days ago", k.Noun)},
		{Name: k.Name + "_count_365d", Unit: unitEvents, Concept: concept, Skewed: true, Sentence: fmt.Sprintf("No %s in 365 days|One %s in 365 days|{value} %s in 365 days", k.Noun, k.Noun, k.Plural)},
	}
	year := e.segment(365)
	counted := e.add(source{what: sourceKind, slot: slot}, columns, func(w *work, dst []float64) {
		fill(dst, missing)
		dst[4] = float64(e.tally(w, slot, year).count)
		last, prev := w.traces[slot].last(), w.traces[slot].prev()
		if last < 0 {
			return
		}
		all, scores := e.tally(w, slot, e.ever()), w.view.Quantities()
		dst[0] = scores[last]
		dst[1] = ratio(all.quantity, float64(all.count))
		if prev >= 0 {
			dst[2] = scores[last] - scores[prev]
		}
		dst[3] = w.since(last)
	})
	counted[0].most, counted[2].most, counted[3].most, counted[4].until = 1, 2, 1, 365
}
