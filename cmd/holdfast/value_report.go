package main

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"os"
	"slices"

	"holdfast/internal/picture"
)

//go:embed value_report.html
var valueReportPage string

// sharesReport is what value report says.
type sharesReport struct {
	Until      string                `json:"until"`
	Horizon    float64               `json:"horizon"`
	Unit       string                `json:"unit"`
	Customers  int                   `json:"customers"`
	Shares     []concentrationReport `json:"shares"`
	Households *householdsReport     `json:"households,omitempty"`
	decimals   int                   // of amounts
}

type householdsReport struct {
	Households int              `json:"households"`
	Members    int              `json:"members"` // customers in one
	Top        []householdWorth `json:"top"`     // the most valuable to come
}

type householdWorth struct {
	Household string  `json:"household"`
	Customers int     `json:"customers"`
	ToDate    float64 `json:"to_date"`
	ToCome    float64 `json:"to_come"`
}

// topHouseholds is how many households are named.
const topHouseholds = 10

// valueReport is manual: how value lies among customers and households.
func (p *program) valueReport(ctx context.Context, f *valueFlags) error {
	if f.amount == "" {
		return usageError{errors.New("give --amount, the column of the amounts: without it there is no value to share out")}
	}
	in, v, err := f.valued(ctx)
	if err != nil {
		return err
	}
	r := v.shares(f, in)
	if f.html != "" {
		if err := writeWhole(f.html, r.page); err != nil {
			return err
		}
	}
	return p.print(r, func() { p.sayShares(r) })
}

// shares values every customer and adds up households.
func (v *fittedValue) shares(f *valueFlags, in *purchaseFile) sharesReport {
	worth, _ := v.worth(f, in)
	r := sharesReport{Until: day(in.until), Horizon: f.horizon, Unit: f.unit, Customers: len(worth), decimals: f.decimals}
	date, come := make([]float64, len(worth)), make([]float64, len(worth))
	of := make([]uint64, len(worth))
	for i, w := range worth {
		date[i], come[i], of[i] = w.Earned, w.CLV, in.customers[i].household
	}
	add := func(what string, values []float64) {
		if c := concentration(what, values); c != nil {
			r.Shares = append(r.Shares, *c)
		}
	}
	add("customers, to date", date)
	add("customers, to come", come)
	if f.household != "" {
		homes := households(in, of, date, come)
		r.Households = &homes.householdsReport
		add("households, to date", homes.date)
		add("households, to come", homes.come)
	}
	return r
}

// householdTotals are the totals of households, those of customers without one
// behind them.
type householdTotals struct {
	householdsReport
	date, come []float64
}

func households(in *purchaseFile, of []uint64, date, come []float64) householdTotals {
	all := make([]householdWorth, len(in.homes))
	var out householdTotals
	for i, h := range of {
		if h == 0 {
			out.date, out.come = append(out.date, date[i]), append(out.come, come[i])
			continue
		}
		x := &all[h-1]
		x.Household, x.Customers, x.ToDate, x.ToCome = in.homes[h-1], x.Customers+1, x.ToDate+date[i], x.ToCome+come[i]
		out.Members++
	}
	all = slices.DeleteFunc(all, func(h householdWorth) bool { return h.Customers == 0 })
	out.Households = len(all)
	for _, h := range all {
		out.date, out.come = append(out.date, h.ToDate), append(out.come, h.ToCome)
	}
	slices.SortStableFunc(all, func(a, b householdWorth) int { return cmp.Compare(b.ToCome, a.ToCome) })
	out.Top = slices.Clone(all[:min(topHouseholds, len(all))])
	return out
}

func (p *program) sayShares(r sharesReport) {
	p.say("%d customers until %s; to come is what they are expected to bring within %g %ss, discounted", r.Customers, r.Until, r.Horizon, r.Unit)
	p.say("")
	p.say("%-20s %14s %6s   share of each tenth, the most valuable first, %%", "", "total", "Gini")
	for _, s := range r.Shares {
		line := ""
		for _, t := range s.Tenths {
			line += fmt.Sprintf(" %5.1f", 100*t)
		}
		p.say("%-20s %14.*f %6.2f  %s", s.Of, r.decimals, s.Total, s.Gini, line)
	}
	if h := r.Households; h != nil {
		p.say("")
		p.say("%d households of %d customers; the most valuable to come:", h.Households, h.Members)
		p.say("%-20s %9s %14s %14s", "household", "customers", "to date", "to come")
		for _, x := range h.Top {
			p.say("%-20s %9d %14.*f %14.*f", x.Household, x.Customers, r.decimals, x.ToDate, r.decimals, x.ToCome)
		}
	}
}

// page writes the report as one HTML file that needs nothing else.
func (r sharesReport) page(w *os.File) error {
	page, err := template.New("value report").Funcs(template.FuncMap{
		"percent": func(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) },
		"money":   func(v float64) string { return fmt.Sprintf("%.*f", r.decimals, v) },
		"add":     func(a, b float64) float64 { return a + b },
	}).Parse(valueReportPage)
	if err != nil {
		return fmt.Errorf("the page of values: %w", err)
	}
	even := picture.Line{Name: "all alike", X: []float64{0, 1}, Y: []float64{0, 1}}
	lorenz := picture.Lines{
		Title: "Who holds how much", Description: "Share of all value that the least valuable customers hold (Lorenz's curve).",
		X: picture.Axis{Title: "Customers, the least valuable first", Format: picture.Percent, Include: []float64{0, 1}},
		Y: picture.Axis{Title: "Share of value", Format: picture.Percent, Include: []float64{0, 1}}, Series: []picture.Line{even},
	}
	tenths := picture.Bars{
		Title: "Tenth by tenth", Description: "Share of all value that each tenth holds, the most valuable first.",
		X: picture.Axis{Title: "Tenth"}, Y: picture.Axis{Title: "Share of value", Format: picture.Percent},
	}
	for k := range 10 {
		tenths.Categories = append(tenths.Categories, fmt.Sprint(k+1))
	}
	for _, s := range r.Shares {
		line := picture.Line{Name: s.Of, Y: s.Lorenz}
		for k := range s.Lorenz {
			line.X = append(line.X, float64(k)/float64(len(s.Lorenz)-1))
		}
		lorenz.Series = append(lorenz.Series, line)
		tenths.Series = append(tenths.Series, picture.BarSeries{Name: s.Of, Values: s.Tenths})
	}
	return page.Execute(w, map[string]any{
		"Style": picture.Stylesheet, "Report": r, "Lorenz": lorenz.HTML(), "Tenths": tenths.HTML(),
	})
}
