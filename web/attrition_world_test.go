package web_test

import (
	"context"
	"time"

	"holdfast/measurement"
	"holdfast/value"
	"holdfast/web"
)

// leavers plants a year in which trade loses more than it should.
func (n *numbers) leavers() {
	asOf := tuesday.Truncate(24 * time.Hour)
	a := measurement.Attrition{AsOf: asOf, Alpha: .8, Beta: 14, Period: 1, GraceDays: 14, FirstEvent: asOf.AddDate(-6, 0, 0), FirstLost: asOf.AddDate(-5, 0, 0)}
	for k := range 13 {
		a.Months = append(a.Months, time.Date(2025, 3+time.Month(k), 1, 0, 0, 0, 0, time.UTC))
	}
	a.Months = append(a.Months, asOf)
	for i, segment := range []string{"private", "trade"} {
		p := measurement.Portion{Segment: segment, Tenure: map[string]measurement.Flow{}, Owners: map[string]measurement.Flow{}, Reasons: map[string]int{}, Stayed: map[int]*measurement.Survivors{}}
		here := 1800 - 900*i
		for k := range 13 {
			f := measurement.Flow{Opening: here, Won: 40 + 3*(k%4), Back: k % 3, Lost: 22 + 5*i*(k%5), OpeningMinor: int64(here) * 21_000, Expected: float64(here) * .016}
			f.LostMinor = int64(f.Lost) * 17_500
			p.Months = append(p.Months, f)
			here = f.Closing()
		}
		year := p.Year()
		half := year
		half.Lost, half.Opening, half.Expected = year.Lost/3, year.Opening/2, year.Expected/2
		rest := year
		rest.Lost, rest.Opening, rest.Expected, rest.Won, rest.Back = year.Lost-half.Lost, year.Opening-half.Opening, year.Expected/2, 0, 0
		p.Tenure[measurement.Cohorts()[0]], p.Tenure[measurement.Cohorts()[3]] = rest, half
		p.Owners["Mia Lindqvist"], p.Owners[""] = half, rest
		p.Reasons["price"], p.Reasons["moved"], p.Reasons["voluntary"] = year.Lost/2, year.Lost/5, year.Lost-year.Lost/2-year.Lost/5
		for year := 2023; year <= 2025; year++ {
			s := &measurement.Survivors{}
			for m := range 12*(2026-year) + 2 {
				s.Lost = append(s.Lost, max(1, 30-2*m+i))
				s.Running = append(s.Running, 0)
			}
			s.Running[len(s.Running)-1] = 400
			p.Stayed[year] = s
		}
		a.Portions = append(a.Portions, p)
	}
	values := make([]float64, 3000)
	for i := range values {
		values[i] = float64(100 + i*i/300)
	}
	c, err := value.Concentrate(values)
	if err != nil {
		panic(err)
	}
	a.Value = &c
	n.attrition = a
	for i := 1; i <= 4; i++ {
		who := customer(i)
		n.moved = append(n.moved, web.MoveRow{
			Move: measurement.Move{Customer: who.ID, At: tuesday.AddDate(0, 0, -30*i), Kind: measurement.MoveLost, Reason: "price", Segment: segmentOf(i), ValueMinor: int64(20_000 * i)},
			Name: who.Name, Source: who.Source, Key: who.Key,
		})
	}
}

func (n *numbers) Attrition(context.Context) (measurement.Attrition, error) {
	return n.attrition, n.broken
}

func (n *numbers) Moved(_ context.Context, q web.MoveQuery) (page web.MovePage, err error) {
	for _, m := range n.moved {
		if m.Kind == q.Kind && !m.At.Before(q.From) && m.At.Before(q.To) && (q.Reason == nil || *q.Reason == m.Reason) &&
			(q.Segment == nil || *q.Segment == m.Segment) && (q.Owner == nil || *q.Owner == m.Owner) &&
			(len(q.Segments) == 0 || q.Segments[0] == m.Segment) {
			page.Rows = append(page.Rows, m)
		}
	}
	page.Total = len(page.Rows)
	return page, n.broken
}

func (n *numbers) Targets() measurement.Config {
	return measurement.Config{
		Target: .2, Targets: map[string]float64{"trade": .15, "private": .2}, OwnerTargets: map[string]float64{"Mia Lindqvist": .16},
		CohortTargets: map[string]float64{measurement.Cohorts()[0]: .3},
	}
}
