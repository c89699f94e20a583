package measurement

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"holdfast/churn"
	"holdfast/internal/fault"
	"holdfast/value"
)

// spell counts one stay in every month and group it touches, and appends how
// it began and ended if that lies in the months.
func (a *Attritions) spell(moves []Move, m member, spell churn.Spell, again bool) []Move {
	cohort := cohortOf(spell.From, a.out.Months[0])
	for k := range months + 1 {
		if spell.Covers(a.out.Months[k].Add(-time.Microsecond)) { // who leaves as the month begins is its loss
			a.open(m, spell, k, cohort)
		}
	}
	moved := func(at time.Time, kind MoveKind, reason string) {
		k, found := a.monthOf(at)
		if !found {
			return
		}
		mv := Move{
			Customer: m.id, At: at, Kind: kind, Reason: reason, Segment: m.segment, Owner: m.owner, Cohort: cohort,
			ValueMinor: a.margin.Between(m.view, at.AddDate(-1, 0, 0), at),
		}
		moves = append(moves, mv)
		m.to.Months[k].move(mv)
		if k == months {
			return
		}
		m.to.Tenure[cohort] = m.to.Tenure[cohort].moved(mv)
		m.to.Owners[m.owner] = m.to.Owners[m.owner].moved(mv)
		if kind == MoveLost {
			m.to.Reasons[reason]++
		}
	}
	kind := MoveWon
	if again {
		kind = MoveBack
	}
	moved(spell.From, kind, "")
	if !spell.To.IsZero() {
		moved(spell.To, MoveLost, cmp.Or(spell.Reason, spell.Kind, "unknown"))
	}
	return moves
}

// open counts somebody who is here when month k begins.
func (a *Attritions) open(m member, spell churn.Spell, k int, cohort string) {
	from := a.out.Months[k]
	margin := a.margin.Between(m.view, from.AddDate(-1, 0, 0), from)
	f := &m.to.Months[k]
	f.Opening++
	f.OpeningMinor += margin
	reached := min(wholeMonths(a.begin(spell), from), maxStay)
	if reached >= 0 {
		m.to.reach[k] = count(m.to.reach[k], reached)
	}
	if k == months {
		return
	}
	if reached >= 0 {
		m.to.tenures[cohort] = count(m.to.tenures[cohort], reached)
		m.to.owners[m.owner] = count(m.to.owners[m.owner], reached)
	}
	if k == 0 {
		open := Flow{Opening: 1, OpeningMinor: margin}
		add(m.to.Tenure, cohort, open)
		add(m.to.Owners, m.owner, open)
	}
}

func add(to map[string]Flow, key string, f Flow) {
	sum := to[key]
	sum.Add(f)
	to[key] = sum
}

// monthOf is the month an instant lies in.
func (a *Attritions) monthOf(at time.Time) (int, bool) {
	k, exact := slices.BinarySearchFunc(a.out.Months, at, time.Time.Compare)
	if !exact {
		k--
	}
	return k, k >= 0 && k <= months
}

func (f *Flow) move(m Move) {
	switch m.Kind {
	case MoveWon:
		f.Won++
	case MoveBack:
		f.Back++
	case MoveLost:
		f.Lost++
		f.LostMinor += m.ValueMinor
	}
}

func (f Flow) moved(m Move) Flow {
	f.move(m)
	return f
}

// Sum finishes the count: the curve of selection alone is fitted to everybody
// and held against each opening.
func (a *Attritions) Sum() (Attrition, error) {
	out := a.out
	if len(a.owners) > maxOwners {
		out.ManyOwners = true
	}
	if len(a.values) > 0 {
		c, err := value.Concentrate(a.values)
		if err != nil && fault.Of(err) != fault.Invalid {
			return out, err
		}
		if err == nil {
			out.Value = &c
		}
	}
	out.Period = a.period()
	a.stayed()
	curve, known, err := a.curve(out.Period)
	if err != nil {
		return out, err
	}
	if known {
		out.Alpha, out.Beta = curve.Alpha, curve.Beta
	}
	for _, segment := range slices.Sorted(maps.Keys(a.portions)) {
		p := a.portions[segment]
		if out.ManyOwners {
			p.Owners = map[string]Flow{}
		}
		if known {
			p.expect(curve, out.Period, out.share())
		}
		out.Portions = append(out.Portions, p.Portion)
	}
	return out, nil
}

// share is how much of the running month has passed.
func (a Attrition) share() float64 {
	begun, end := a.Months[months], a.Months[months].AddDate(0, 1, 0)
	return float64(a.AsOf.Sub(begun)) / float64(end.Sub(begun))
}

// period is the months between chances to leave: those of most contracts, 1
// without any.
func (a *Attritions) period() int {
	best := 1
	for _, p := range slices.Sorted(maps.Keys(a.periods)) {
		if a.periods[p] > a.periods[best] {
			best = p
		}
	}
	return best
}

// firstJoined is the first month of joining whose customers have been watched
// from the beginning.
func (a *Attritions) firstJoined() int {
	first := a.out.FirstLost.In(a.out.AsOf.Location())
	return first.Year()*12 + int(first.Month())
}

// stayed fills in how long the customers of each year of joining stayed.
func (a *Attritions) stayed() {
	for st, n := range a.stays {
		if st.joined < a.firstJoined() {
			continue
		}
		year, p := st.joined/12, a.portions[st.segment]
		if p.Stayed[year] == nil {
			p.Stayed[year] = &Survivors{}
		}
		s := p.Stayed[year]
		if st.left >= 0 && st.left < st.followed {
			s.Lost = countMany(s.Lost, st.left, n)
		} else {
			s.Running = countMany(s.Running, st.followed, n)
		}
	}
}

// curve fits sBG to the stays, period by period.
func (a *Attritions) curve(period int) (value.SBG, bool, error) {
	var r value.Renewals
	for st, n := range a.stays {
		if st.joined < a.firstJoined() || st.watched < 0 {
			continue
		}
		watched := st.watched / period
		if lost := (st.lost+period-1)/period - 1; st.lost > 0 && lost < watched {
			r.Lost = countMany(r.Lost, lost, n)
		} else {
			r.Running = countMany(r.Running, watched, n)
		}
	}
	curve, _, err := value.FitSBG(r)
	if fault.Of(err) == fault.Invalid {
		return curve, false, nil
	}
	if err != nil {
		return curve, false, fmt.Errorf("fit the curve of selection alone: %w", err)
	}
	return curve, true, nil
}

// expect fills in what the curve expects to be lost of each opening: at each
// month of a stay that ends a period, the chance of not renewing.
func (p *counting) expect(curve value.SBG, period int, sofar float64) {
	lost := func(reach []int) (sum float64) {
		for m, n := range reach {
			if (m+1)%period == 0 {
				sum += float64(n) * (1 - curve.Retention((m+1)/period))
			}
		}
		return sum
	}
	for k := range p.Months {
		p.Months[k].Expected = lost(p.reach[k])
	}
	p.Months[months].Expected *= sofar
	for cohort, reach := range p.tenures {
		f := p.Tenure[cohort]
		f.Expected = lost(reach)
		p.Tenure[cohort] = f
	}
	for owner, reach := range p.owners {
		if f, ok := p.Owners[owner]; ok {
			f.Expected = lost(reach)
			p.Owners[owner] = f
		}
	}
}
