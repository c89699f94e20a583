package features

import (
	"math"
	"slices"
)

// tally adds up the events of one kind.
type tally struct {
	count    int64
	amount   int64 // minor units
	quantity float64
}

func (t *tally) add(o *tally) {
	t.count += o.count
	t.amount += o.amount
	t.quantity += o.quantity
}

// trace is where the events of a kind stand among the visible ones.
type trace struct {
	newest [3]int32 // the newest, the one before it and, for nobody, the oldest of the rest; -1 if none
	seen   int32    // how many, at most 2
	first  int32    // the oldest; -1 if none
}

// see notes an event; newer ones come first. No branch here is hard to foresee.
func (t *trace) see(at int32) {
	t.newest[t.seen] = at
	t.seen = min(t.seen+1, 2)
	t.first = at
}

func (t *trace) last() int32 { return t.newest[0] }

func (t *trace) prev() int32 { return t.newest[1] }

// mark is the day of an event of an activity kind.
type mark struct {
	day  int32
	slot int32
}

// rhythm follows the days on which something happened. A day is 24 hours
// counted back from as-of, a month 30 such days, so that today is never a part
// of a day.
type rhythm struct {
	newest, last int64 // days before as-of of the newest and of the oldest active day so far
	days, months int64
	days365      int64
	months12     int64
	square       int64 // Σ gap²
	longest      int64 // gap
	month        int64 // of the oldest active day so far
}

// see notes an event of a day; days come in ascending order.
func (r *rhythm) see(day int64) {
	if day != r.last || r.days == 0 {
		r.begin(day)
	}
}

// begin notes a day unlike the last.
func (r *rhythm) begin(day int64) {
	if r.days == 0 {
		r.newest, r.month = day, -1
	} else {
		gap := day - r.last
		r.square += gap * gap
		r.longest = max(r.longest, gap)
	}
	r.last = day
	r.days++
	if day < 365 {
		r.days365++
	}
	if month := day / 30; month != r.month {
		r.month = month
		r.months++
		if month < 12 {
			r.months12++
		}
	}
}

// mean is the mean gap between active days.
func (r *rhythm) mean() float64 {
	if r.days < 2 {
		return missing
	}
	return float64(r.last-r.newest) / float64(r.days-1)
}

// spread is the standard deviation of the gaps.
func (r *rhythm) spread() float64 {
	n := float64(r.days - 1)
	if n < 2 {
		return missing
	}
	sum := float64(r.last - r.newest) // of the gaps
	return math.Sqrt(max(0, (float64(r.square)-sum*sum/n)/(n-1)))
}

// cutsOf gives the days at which some window, or the equally long one before
// it, begins.
func cutsOf(windows []int) []int {
	var cuts []int
	for _, w := range windows {
		cuts = append(cuts, w, 2*w)
	}
	cuts = append(cuts, 365)
	slices.Sort(cuts)
	return slices.Compact(cuts)
}

// segment returns how many segments make up the last `days` days: segments
// 0 … segment(days)-1.
func (e *Engine) segment(days int) int { return slices.Index(e.cuts, days) + 1 }

// pass goes once over the visible events, newest first, and adds each to its
// segment of time and its kind. The days of activity are gathered without a
// branch, which the processor could not foresee, and followed then; afterwards tallies[s] holds everything newer
// than cut s, and the last one everything.
//
//	as-of |– 7 –|–– 14 ––|––– 30 –––| … | ever
//	seg      0      1         2           last
func (e *Engine) pass(w *work) {
	kinds := len(e.cfg.Events)
	clear(w.tallies)
	clear(w.rhythms)
	for i := range w.traces {
		w.traces[i] = trace{newest: [3]int32{-1, -1, -1}, first: -1}
	}
	occurred, codes := w.view.Occurred(), w.view.Kinds()
	amounts, quantities := w.view.Amounts()[:len(occurred)], w.view.Quantities()[:len(occurred)]
	codes = codes[:len(occurred)]
	slots, active, traces, rhythms := e.slots, e.active, w.traces[:kinds], w.rhythms[:kinds+1]
	all := &rhythms[kinds]
	w.marks = slices.Grow(w.marks[:0], len(occurred)+1)[:len(occurred)+1]
	n := 0
	seg, limit := 0, w.asOf-int64(e.cuts[0])*dayMicros
	tallies := w.tallies[:kinds]
	for i := len(occurred) - 1; i >= 0; i-- {
		for occurred[i] < limit {
			seg++
			limit = math.MinInt64
			if seg < len(e.cuts) {
				limit = w.asOf - int64(e.cuts[seg])*dayMicros
			}
			tallies = w.tallies[seg*kinds : (seg+1)*kinds]
		}
		if int(codes[i]) >= len(slots) || slots[codes[i]] < 0 {
			continue
		}
		slot := slots[codes[i]]
		t := &tallies[slot]
		t.count++
		t.amount += amounts[i]
		t.quantity += quantities[i]
		traces[slot].see(int32(i))
		w.marks[n] = mark{int32(uint64(w.asOf-1-occurred[i]) / dayMicros), int32(slot)}
		n += active[slot]
	}
	for _, m := range w.marks[:n] {
		rhythms[m.slot].see(int64(m.day))
		all.see(int64(m.day))
	}
	sums := w.tallies[kinds:]
	for at := range sums {
		sums[at].add(&w.tallies[at])
	}
}

// tally returns what happened of a kind within the first n segments.
func (e *Engine) tally(w *work, slot, segments int) *tally {
	return &w.tallies[(segments-1)*len(e.cfg.Events)+slot]
}

// ever is the number of segments that hold the whole history.
func (e *Engine) ever() int { return len(e.cuts) + 1 }

// trend compares a window with the one before it: (a−b)/(|a|+|b|), from −1 (all
// before) to 1 (all now), missing when there was nothing in either.
func trend(now, before float64) float64 {
	size := math.Abs(now) + math.Abs(before)
	if size == 0 {
		return missing
	}
	return (now - before) / size
}

// ratio is a/b, missing when b is not positive.
func ratio(a, b float64) float64 {
	if !(b > 0) {
		return missing
	}
	return a / b
}
