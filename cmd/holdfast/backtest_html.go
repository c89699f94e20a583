package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"os"
	"slices"
	"time"

	"holdfast/internal/picture"
	"holdfast/training"
)

//go:embed backtest.html
var backtestPage string

// backtestView is what the page of a back-test shows.
type backtestView struct {
	Business string
	Verdict  string   // whether the model beat the naive rule, without a full stop
	Unstable string   // a sentence where the dates are of no stable regime
	Few      []string // who would have been live on dates by which few had left, and why
	Style    template.CSS
	Columns  []string
	Rows     [][]string
	Notes    []string   // paired differences, one sentence a trial
	Parts    []string   // columns of the table by segment
	Segments [][]string // its rows
	XRay     *training.LeakXRay
	AUC      template.HTML // by date
	Loss     template.HTML
	Curves   []template.HTML // calibration of each candidate over all dates
	Lift     template.HTML
}

// writeBacktest writes the report as one HTML file that needs nothing else.
func (a *app) writeBacktest(path string, r *training.Report) error {
	page, err := template.New("backtest").Parse(backtestPage)
	if err != nil {
		return fmt.Errorf("the page of a back-test: %w", err)
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := page.Execute(f, a.backtestView(r)); err != nil {
		_ = f.Close() // the first error counts
		return fmt.Errorf("write the report: %w", err)
	}
	return f.Close()
}

func (a *app) backtestView(r *training.Report) backtestView {
	v := backtestView{Business: a.cfg.Business.Name, Verdict: conclusion(r), Unstable: r.Unstable, XRay: r.XRay, Style: picture.Stylesheet, Columns: backtestColumns}
	add := func(at string, naive training.Metrics, trials []training.Trial) {
		v.Rows = append(v.Rows, a.cells(at, "naive rule", naive))
		for _, t := range trials {
			if t.Candidate == training.NameNaive {
				continue
			}
			if t.Failed != "" {
				v.Notes = append(v.Notes, fmt.Sprintf("%s, %s: %s.", at, t.Candidate, t.Failed))
				continue
			}
			v.Rows = append(v.Rows, a.cells(at, t.Candidate, t.Metrics))
			v.Notes = append(v.Notes, fmt.Sprintf("%s, %s %s.", at, t.Candidate, against(t)))
		}
	}
	for _, d := range r.Dates {
		at := d.AsOf.In(a.cfg.Zone).Format(time.DateOnly)
		add(at, d.Naive, d.Trials)
		if d.Few != "" {
			v.Few = append(v.Few, at+": "+champion(d))
		}
	}
	if len(r.Dates) > 1 {
		add("all dates", r.Naive, r.Pooled)
	}
	if len(r.Pooled) > 0 {
		v.Parts = segmentColumns
		for _, s := range r.Pooled[len(r.Pooled)-1].Segments {
			v.Segments = append(v.Segments, a.segmentCells(s))
		}
	}
	v.AUC = byDate(r, "AUC", func(m training.Metrics) float64 { return m.AUC })
	v.Loss = byDate(r, "Log loss", func(m training.Metrics) float64 { return m.LogLoss })
	for _, t := range r.Pooled {
		v.Curves = append(v.Curves, picture.Calibration{
			Title:       "Calibration of " + t.Candidate + " over all dates",
			Description: "Share of customers who left, by predicted risk, beside the line of perfect risks.",
			X:           picture.Axis{Title: "Predicted risk"}, Y: picture.Axis{Title: "Share who left"}, Bins: t.Curve,
		}.HTML())
	}
	v.Lift = liftBars(r)
	return v
}

// byDate draws a measure of every candidate and of the naive rule over the test dates.
func byDate(r *training.Report, name string, of func(training.Metrics) float64) template.HTML {
	naive := picture.Line{Name: "naive rule"}
	var lines []picture.Line
	for _, c := range r.Candidates() {
		lines = append(lines, picture.Line{Name: c})
	}
	for _, d := range r.Dates {
		x := picture.Days(d.AsOf)
		naive.X, naive.Y = append(naive.X, x), append(naive.Y, of(d.Naive))
		for _, t := range d.Trials {
			if k := slices.IndexFunc(lines, func(l picture.Line) bool { return l.Name == t.Candidate }); k >= 0 && t.Failed == "" {
				lines[k].X, lines[k].Y = append(lines[k].X, x), append(lines[k].Y, of(t.Metrics))
			}
		}
	}
	return picture.Lines{
		Title: name + " by test date", Description: name + " of every candidate beside the naive rule; each date is predicted from what was known then.",
		X: picture.Axis{Title: "Test date", Format: picture.Date}, Y: picture.Axis{Title: name, Format: picture.Number}, Series: append(lines, naive),
	}.HTML()
}

// liftBars compares the leaving rate at the top of each list with the base rate.
func liftBars(r *training.Report) template.HTML {
	bars := picture.Bars{
		Title: "Lift over all dates", Description: "Leaving rate among the riskiest 1, 5 and 10 % of customers, divided by that of all.",
		Categories: []string{"riskiest 1 %", "riskiest 5 %", "riskiest 10 %"}, Y: picture.Axis{Title: "Lift", Format: picture.Number},
	}
	add := func(name string, m training.Metrics) {
		bars.Series = append(bars.Series, picture.BarSeries{Name: name, Values: []float64{m.Lift1, m.Lift5, m.Lift10}})
	}
	for _, t := range r.Pooled {
		add(t.Candidate, t.Metrics)
	}
	add("naive rule", r.Naive)
	return bars.HTML()
}
