package value

import (
	"math"
	"slices"
	"time"

	"holdfast/history"
)

// Standing is what there is to know of a customer's worth at an as-of. Amounts
// are minor units.
type Standing struct {
	Behaviour         // in days
	Days      int     // with activity: 0 for a customer not seen yet
	Earned    float64 // margin to date
	Trailing  float64 // margin of the last twelve months
	Plan      float64 // price of a year of the contracts that run
	Billed    float64 // price of these contracts' part of the last twelve months
	Contract  Running // the dearest of them
}

// Each is the margin of a day with activity.
func (s Standing) Each() float64 { return s.Earned / float64(max(s.Days, 1)) }

// Ledger reads standings: which events are activity, and what they earn.
type Ledger struct {
	margin   *Margin
	activity []bool // by event kind code
}

// Ledger makes a reader of standings in which these kinds of events are a
// customer's activity.
func (m *Margin) Ledger(activity []string) *Ledger {
	l := &Ledger{margin: m, activity: make([]bool, len(m.kinds))}
	for code, kind := range m.kinds {
		l.activity[code] = slices.Contains(activity, kind)
	}
	return l
}

const dayMicros = int64(24 * time.Hour / time.Microsecond)

// Standing reads a view. Days are whole ones before as-of, as features count them.
func (l *Ledger) Standing(v history.View) Standing {
	asOf := v.AsOf()
	s := Standing{Trailing: float64(l.margin.Trailing(v)), Earned: float64(l.margin.Between(v, time.Unix(0, 0).AddDate(-1000, 0, 0), asOf))}
	occurred, kinds := v.Occurred(), v.Kinds()
	first, last := int64(-1), int64(-1) // days before as-of
	for i, at := range occurred {
		if int(kinds[i]) >= len(l.activity) || !l.activity[kinds[i]] {
			continue
		}
		day := (asOf.UnixMicro() - 1 - at) / dayMicros
		if s.Days == 0 {
			first = day
		}
		if s.Days == 0 || day != last {
			s.Days, last = s.Days+1, day
		}
	}
	if s.Days > 0 {
		s.Age = float64(first)
	}
	if s.Days > 1 {
		s.Repeats, s.Last = s.Days-1, float64(first-last)
	}
	s.contracts(v)
	return s
}

// contracts reads what runs at as-of.
func (s *Standing) contracts(v history.View) {
	dearest := -1.0
	for _, sub := range v.Subscriptions() {
		if !sub.ActiveAt(v.AsOf()) || sub.PeriodMonths <= 0 {
			continue
		}
		price := float64(sub.ValueMinor) * 12 / float64(sub.PeriodMonths)
		s.Plan += price
		s.Billed += price * min(max(v.AsOf().Sub(sub.Start).Hours()/24/year, 0), 1)
		if price > dearest {
			dearest = price
			s.Contract = Running{Months: sub.PeriodMonths, Periods: periods(sub.Start, v.AsOf(), sub.PeriodMonths)}
		}
	}
}

// Later is the margin of the events of a later view in [from, to), minor units.
func (l *Ledger) Later(known history.View, from, to time.Time) float64 {
	return float64(l.margin.Between(known, from, to))
}

// minor rounds to minor units.
func minor(v float64) int64 { return int64(math.Round(v)) }
