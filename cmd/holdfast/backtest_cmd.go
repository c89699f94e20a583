package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/fault"
	"holdfast/training"
)

type backtestFlags struct {
	from, to, every, known string
	dates                  []string
}

func (p *program) backtestCmd() *cobra.Command {
	var f backtestFlags
	c := &cobra.Command{
		Use:   "backtest [--from D --to D --every P]",
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
	return a.p.print(report, func() { a.printBacktest(report) })
}

func (a *app) newBacktest(ctx context.Context, f backtestFlags) (training.Backtest, error) {
	b := training.Backtest{
		Reader: a.store, Engine: a.engine, Judges: a.judges, EveryDays: a.cfg.Training.EveryDays,
		Snapshots: a.cfg.Training.Snapshots, Budget: a.cfg.Training.RowBudget, Seed: a.cfg.Training.Seed,
	}
	earliest, latest, err := a.store.Span(ctx)
	if err != nil {
		return b, err
	}
	if earliest.IsZero() {
		return b, fault.New(fault.Invalid, "there is no history to test on: import a feed first")
	}
	b.From = earliest
	if b.Practice, err = a.practice(ctx); err != nil {
		return b, err
	}
	b.KnownAt = latest.AddDate(0, 0, 1)
	if f.known != "" {
		if b.KnownAt, err = a.asOf(f.known); err != nil {
			return b, err
		}
	}
	b.Tests, err = a.testDates(f, b)
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
	}
	from := to.AddDate(0, -6*months, -6*days)
	if f.from != "" {
		if from, err = a.asOf(f.from); err != nil {
			return nil, err
		}
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

func (a *app) printBacktest(r *training.Report) {
	const line = "%-11s %-10s %6d %6.1f%% %7.4f %8.4f %7.4f %6.2f %6.2f  %s"
	a.p.say("%-11s %-10s %6s %7s %7s %8s %7s %6s %6s  %s",
		"as-of", "model", "rows", "left", "AUC", "log loss", "Brier", "lift10", "calib", "log loss against the naive rule")
	row := func(at, name string, m training.Metrics, note string) {
		a.p.say(line, at, name, m.Rows, 100*m.BaseRate, m.AUC, m.LogLoss, m.Brier, m.Lift10, m.InTheLarge, note)
	}
	trials := func(at string, list []training.Trial) {
		for _, t := range list {
			if t.Failed != "" {
				a.p.say("%-11s %-10s %s", at, t.Candidate, t.Failed)
				continue
			}
			d := t.AgainstNaive
			row(at, t.Candidate, t.Metrics, fmt.Sprintf("%+.4f [%+.4f, %+.4f]", d.Difference, d.Low, d.High))
		}
	}
	for _, d := range r.Dates {
		at := d.AsOf.In(a.cfg.Zone).Format(time.DateOnly)
		row(at, "naive rule", d.Naive, "")
		trials(at, d.Trials)
	}
	if len(r.Dates) > 1 {
		row("pooled", "naive rule", r.Naive, "")
		trials("pooled", r.Pooled)
	}
}
