package value

import (
	"math"
	"strconv"
	"time"

	"holdfast/history"
)

// Contracts counts how contracts went, by the months of their period.
type Contracts map[int]*Renewals

// Running is a customer's main contract, the dearest that runs.
type Running struct {
	Months  int     // of a period; 0 without a contract that has one
	Periods float64 // since its start
}

// leastContracts is how many contracts of a period it takes to fit their hazard.
const leastContracts = 100

// Add counts the contracts of a view that began at from or later. Those already
// running when the history began are left out: of their like, who had left is not
// known any more.
func (c Contracts) Add(v history.View, from time.Time) {
	for _, sub := range v.Subscriptions() {
		if sub.PeriodMonths <= 0 || sub.Start.Before(from) || sub.Start.After(v.AsOf()) {
			continue
		}
		c.Count(sub.Start, sub.Ended, v.AsOf(), sub.PeriodMonths)
	}
}

// Count counts one contract that began at start, as known at an instant: it ended,
// or runs where that is zero or later. months are those of its period, at least 1.
func (c Contracts) Count(start, ended, known time.Time, months int) {
	r := c[months]
	if r == nil {
		r = new(Renewals)
		c[months] = r
	}
	if ended.IsZero() || ended.After(known) {
		r.Running = tally(r.Running, int(periods(start, known, months)), 1)
		return
	}
	// Who ends within a period does not renew at its end.
	n := math.Ceil(periods(start, ended, months))
	r.Lost = tally(r.Lost, max(int(n), 1)-1, 1)
}

// Merge adds the counts of other.
func (c Contracts) Merge(other Contracts) {
	for months, r := range other {
		own := c[months]
		if own == nil {
			own = new(Renewals)
			c[months] = own
		}
		for n, count := range r.Lost {
			own.Lost = tally(own.Lost, n, count)
		}
		for n, count := range r.Running {
			own.Running = tally(own.Running, n, count)
		}
	}
}

func tally(list []int, n, count int) []int {
	for len(list) <= n {
		list = append(list, 0)
	}
	list[n] += count
	return list
}

// monthDays is the mean length of a month.
const monthDays = year / 12

// periods is how many periods of so many months lie between two instants; within
// half a day of a whole number it is one, so that months of any length count alike.
func periods(from, to time.Time, months int) float64 {
	if !to.After(from) {
		return 0
	}
	n := int(to.Sub(from).Hours() / 24 / monthDays / float64(months)) // at most one off
	for n > 0 && from.AddDate(0, n*months, 0).After(to.Add(12*time.Hour)) {
		n--
	}
	for !from.AddDate(0, (n+1)*months, 0).After(to.Add(12 * time.Hour)) {
		n++
	}
	start, end := from.AddDate(0, n*months, 0), from.AddDate(0, (n+1)*months, 0)
	if to.Sub(start) < 12*time.Hour {
		return float64(n)
	}
	return float64(n) + float64(to.Sub(start))/float64(end.Sub(start))
}

// hazards fits sBG to the contracts of each period that has enough of them. Where
// the losses do not decide it, contracts of that period are taken to go on.
func (c Contracts) hazards() map[string]SBG {
	out := make(map[string]SBG)
	for months, r := range c {
		n := 0
		for _, list := range [][]int{r.Lost, r.Running} {
			for _, count := range list {
				n += count
			}
		}
		if n < leastContracts {
			continue
		}
		if m, _, err := FitSBG(*r); err == nil {
			out[strconv.Itoa(months)] = m
		}
	}
	return out
}

// staying is the share of the next twelve months that a contract is expected to
// run: all of the time to its next renewal, and of each period after it what the
// hazard leaves.
func staying(m SBG, at Running) float64 {
	months := float64(at.Months)
	done := math.Floor(at.Periods)
	next := (done + 1 - at.Periods) * months
	share, still := min(next, 12), 1.0
	for n := int(done) + 1; next < 12; n++ {
		still *= m.Retention(n)
		share += still * min(months, 12-next)
		next += months
	}
	return share / 12
}

// plan is what a customer's contracts are foreseen to earn in a year: their price,
// times the share of it that has been margin (the customer's own as far as a year
// is billed, and else everybody's), times how much of the year they run.
func (m *StakeModel) plan(at Standing) float64 {
	v := at.Plan
	if m.Share > 0 {
		v *= (max(at.Trailing, 0) + float64(m.Share*m.Credit)) / (at.Billed + m.Credit)
	}
	if h, ok := m.Hazards[strconv.Itoa(at.Contract.Months)]; ok {
		v *= staying(h, at.Contract)
	}
	return v
}

// learnPlan sets the share of the price that is margin and the hazards.
func (m *StakeModel) learnPlan(all []Seen, at func(*Seen) Standing, contracts Contracts) {
	earned, billed, n := 0.0, 0.0, 0.0
	for i := range all {
		if s := at(&all[i]); s.Billed > 0 {
			earned, billed, n = earned+max(s.Trailing, 0), billed+s.Billed, n+1
		}
	}
	if billed > 0 && earned > 0 {
		m.Share, m.Credit = earned/billed, billed/n
	}
	m.Hazards = contracts.hazards()
}
