package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/fault"
	"holdfast/internal/locale"
	"holdfast/training"
)

type backtestFlags struct {
	from, to, every, known, html string
	dates                        []string
}

func (p *program) backtestCmd() *cobra.Command {
	var f backtestFlags
	c := &cobra.Command{
		Use:   "backtest [--from D --to D --every P] [--html FILE]",
		Short: "train on the past, test on later dates, over the history there is",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withApp(cmd.Context(), reads, func(a *app) error { return a.backtest(cmd.Context(), f) })
		},
	}
	c.Flags().StringVar(&f.from, "from", "", "first test `date`")
	c.Flags().StringVar(&f.to, "to", "", "last test `date`; by default the newest whose outcome is final")
	c.Flags().StringVar(&f.every, "every", "1m", "`period` between test dates: 30d or 1m")
	c.Flags().StringSliceVar(&f.dates, "at", nil, "test exactly these `dates`")
	c.Flags().StringVar(&f.known, "known-at", "", "`date` at which outcomes are read; by default the end of the history")
	c.Flags().StringVar(&f.html, "html", "", "write the report with its pictures to `file`")
	return c
}

func (a *app) backtest(ctx context.Context, f backtestFlags) error {
	b, err := a.newBacktest(ctx, f)
	if err != nil {
		return err
	}
	draw := a.p.bar("back-test")
	report, err := b.Run(ctx, func(done, all int) { draw(int64(done), int64(all)) })
	if err != nil {
		return err
	}
	if f.html != "" {
		if err := a.writeBacktest(f.html, report); err != nil {
			return err
		}
	}
	return a.p.print(report, func() { a.printBacktest(report) })
}

func (a *app) newBacktest(ctx context.Context, f backtestFlags) (training.Backtest, error) {
	b := training.Backtest{
		Reader: a.store, Engine: a.engine, Judges: a.judges, EveryDays: a.cfg.Training.EveryDays,
		Snapshots: a.cfg.Training.Snapshots, Budget: a.cfg.Training.RowBudget,
		MinLeavers: a.cfg.Training.MinLeavers, Seed: a.cfg.Training.Seed,
	}
	if b.Judges.Stakes.Capacity == 0 {
		b.Judges.Stakes.Capacity = a.callsADay()
	}
	earliest, latest, err := a.store.Span(ctx)
	if err != nil {
		return b, err
	}
	if earliest.IsZero() {
		return b, fault.New(fault.Invalid, "there is no history to test on: import a feed first")
	}
	b.From = earliest.In(a.cfg.Zone)
	if b.Practice, err = a.practice(ctx); err != nil {
		return b, err
	}
	b.KnownAt = latest.AddDate(0, 0, 1)
	if f.known != "" {
		if b.KnownAt, err = a.asOf(f.known); err != nil {
			return b, err
		}
	}
	// Days are counted, and dates named, where the business is.
	b.KnownAt = b.KnownAt.In(a.cfg.Zone)
	b.Tests, err = a.testDates(f, b)
	for i := range b.Tests {
		b.Tests[i] = b.Tests[i].In(a.cfg.Zone)
	}
	return b, err
}

// testDates lists the dates to predict: those named, or every period from the
// first to the last whose outcome is final.
func (a *app) testDates(f backtestFlags, b training.Backtest) ([]time.Time, error) {
	var out []time.Time
	for _, d := range f.dates {
		t, err := a.asOf(d)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	if len(out) > 0 {
		return out, nil
	}
	months, days, err := period(f.every)
	if err != nil {
		return nil, err
	}
	to := training.NewestMatured(a.churn, b.KnownAt)
	if f.to != "" {
		if to, err = a.asOf(f.to); err != nil {
			return nil, err
		}
		to = to.In(a.cfg.Zone) // so that months are stepped through there
	}
	from := to.AddDate(0, -6*months, -6*days)
	if f.from != "" {
		if from, err = a.asOf(f.from); err != nil {
			return nil, err
		}
		from = from.In(a.cfg.Zone)
	}
	if out = training.Every(from, to, months, days); len(out) == 0 {
		return nil, usageError{fmt.Errorf("no test date lies between %s and %s", from.Format(time.DateOnly), to.Format(time.DateOnly))}
	}
	return out, nil
}

// period reads 30d or 1m.
func period(text string) (months, days int, err error) {
	n, e := strconv.Atoi(strings.TrimRight(text, "dm"))
	switch {
	case e == nil && n > 0 && strings.HasSuffix(text, "m"):
		return n, 0, nil
	case e == nil && n > 0 && strings.HasSuffix(text, "d"):
		return 0, n, nil
	}
	return 0, 0, usageError{fmt.Errorf("%q is not a period: write 30d for days or 1m for months", text)}
}

// callsADay is how many customers the roster reaches on an average day with its
// first treatment; 0 when that takes nobody's time.
func (a *app) callsADay() int {
	minutes := 0
	for _, m := range a.cfg.Interventions.Roster.Minutes {
		minutes += m
	}
	each := a.cfg.Interventions.Treatments[0].Minutes()
	if each <= 0 {
		return 0
	}
	return int(float64(minutes*a.cfg.Interventions.Roster.Agents) / 7 / each)
}

// backtestColumns head the table of a back-test, in the order of cells.
var backtestColumns = []string{
	"as-of", "model", "rows", "left", "AUC", "PR-AUC", "log loss", "Brier", "MCB", "DSC", "lift 1/5/10 %", "calib", "EMPC", "margin",
}

// cells writes one line of the table, profit in whole units of the currency.
func (a *app) cells(at, name string, m training.Metrics) []string {
	some := func(v float64, format string) string {
		if v == 0 {
			return "-"
		}
		return fmt.Sprintf(format, v)
	}
	return []string{
		at, name, strconv.Itoa(m.Rows), fmt.Sprintf("%.1f%%", 100*m.BaseRate), fmt.Sprintf("%.4f", m.AUC), fmt.Sprintf("%.4f", m.PRAUC),
		fmt.Sprintf("%.4f", m.LogLoss), fmt.Sprintf("%.4f", m.Brier), fmt.Sprintf("%.4f", m.MCB), fmt.Sprintf("%.4f", m.DSC),
		fmt.Sprintf("%.2f/%.2f/%.2f", m.Lift1, m.Lift5, m.Lift10), fmt.Sprintf("%.2f", m.InTheLarge),
		some(m.EMPC/float64(a.cfg.Writer.Unit()), fmt.Sprintf("%%.%df", locale.Digits(a.cfg.Business.Currency))), some(100*m.Capture, "%.1f%%"),
	}
}

func (a *app) printBacktest(r *training.Report) {
	a.p.say("%-11s %-10s %6s %6s %6s %6s %8s %6s %6s %6s %14s %5s %8s %6s", toAny(backtestColumns)...)
	row := func(at, name string, m training.Metrics) {
		a.p.say("%-11s %-10s %6s %6s %6s %6s %8s %6s %6s %6s %14s %5s %8s %6s", toAny(a.cells(at, name, m))...)
	}
	trials := func(at string, list []training.Trial) {
		for _, t := range list {
			if t.Candidate == training.NameNaive {
				continue // its line stands above
			}
			if t.Failed != "" {
				a.p.say("%-11s %-10s %s", at, t.Candidate, t.Failed)
				continue
			}
			row(at, t.Candidate, t.Metrics)
			a.p.say("%-22s %s", "", against(t))
		}
	}
	for _, d := range r.Dates {
		at := d.AsOf.In(a.cfg.Zone).Format(time.DateOnly)
		row(at, "naive rule", d.Naive)
		trials(at, d.Trials)
		if len(d.Trials) > 1 || d.Few != "" {
			a.p.say("%-11s %s", at, champion(d))
		}
	}
	if len(r.Dates) > 1 {
		row("pooled", "naive rule", r.Naive)
		trials("pooled", r.Pooled)
	}
	a.printSegments(r)
	a.p.say("left: share that left; lift: leavers among the riskiest 1, 5 and 10 %%, over their share; calib: mean risk ÷ leaving rate;\n" +
		"MCB, DSC: miscalibration and discrimination in the Brier score; EMPC: profit per customer; margin: leavers' margin within a day's calls")
	a.p.say("%s", conclusion(r))
	if r.Unstable != "" {
		a.p.say("%s", r.Unstable)
	}
	if r.XRay != nil {
		a.p.say("%s", r.XRay.Verdict())
		for _, l := range r.XRay.Leaks {
			a.p.say("- %s", l.Says)
		}
		a.p.say("%s", r.XRay.Late)
	}
}

// champion says who would have been live on a date and, where few had left by then,
// why it is none of the configured families.
func champion(d training.TestDate) string {
	text := "the champion would have been " + d.Champion
	if d.Champion == training.NameNaive {
		text = "the champion would have been the naive rule"
	}
	if d.Few != "" {
		text += ". " + d.Few
	}
	return text
}

// conclusion says in a sentence whether the model beat the naive rule.
func conclusion(r *training.Report) string {
	if len(r.Dates) > 0 && !slices.ContainsFunc(r.Dates, func(d training.TestDate) bool { return d.Champion != training.NameNaive }) {
		return "on every date tested the naive rule itself would have been live, because few had left by then: no model is compared with it"
	}
	trials := r.Pooled
	if len(trials) == 0 && len(r.Dates) == 1 {
		trials = r.Dates[0].Trials
	}
	if len(trials) == 0 || trials[len(trials)-1].Failed != "" {
		return "no model could be trained at every date, so they are not judged together: choose later ones with --from, or bring more history"
	}
	t := trials[len(trials)-1]
	p := t.AgainstNaive
	figures := fmt.Sprintf("log loss %+.4f [%+.4f, %+.4f]", p.Difference, p.Low, p.High)
	switch {
	case p.High < 0:
		return t.Candidate + " surely predicts better than the naive rule: " + figures
	case p.Low > 0:
		return t.Candidate + " surely predicts worse than the naive rule: " + figures
	}
	return "whether " + t.Candidate + " predicts better than the naive rule is not certain: " + figures
}

// against writes the paired differences of a trial with their 95 % intervals.
func against(t training.Trial) string {
	one := func(p training.Paired) string {
		return fmt.Sprintf("%+.4f [%+.4f, %+.4f]", p.Difference, p.Low, p.High)
	}
	text := "against the naive rule: log loss " + one(t.AgainstNaive) + ", AUC " + one(t.AUCAgainstNaive)
	if t.AgainstFirst != nil {
		text += "; log loss against the first candidate " + one(*t.AgainstFirst)
	}
	return text
}

// segmentColumns head the table by segment, in the order of segmentCells.
var segmentColumns = []string{"segment", "customers", "left", "AUC", "log loss", "lift 1/5/10 %", "calib", "EMPC", "margin"}

// segmentCells writes one segment's line of the table.
func (a *app) segmentCells(s training.Segment) []string {
	if s.Few {
		return []string{s.Name, strconv.Itoa(s.Metrics.Rows), strconv.Itoa(s.Metrics.Left) + " left", "too few to judge alone", "", "", "", "", ""}
	}
	all := a.cells("", "", s.Metrics)
	return []string{s.Name, all[2], all[3], all[4], all[6], all[10], all[11], all[12], all[13]}
}

// printSegments shows the champion of all dates, or the only candidate, by segment.
func (a *app) printSegments(r *training.Report) {
	if len(r.Pooled) == 0 || len(r.Pooled[len(r.Pooled)-1].Segments) == 0 {
		return
	}
	const line = "%-44s %9s %7s %6s %8s %14s %5s %8s %6s"
	a.p.say(line, toAny(segmentColumns)...)
	for _, s := range r.Pooled[len(r.Pooled)-1].Segments {
		a.p.say(line, toAny(a.segmentCells(s))...)
	}
}

func toAny(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}
