package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/config"
	"holdfast/internal/fault"
	"holdfast/internal/tabular"
	"holdfast/model"
	"holdfast/training/flat"
)

type fitFlags struct {
	tableFlags
	roles          flat.Roles
	text           []string
	family, params string
	folds, repeats int
	seed           uint64
	budget         time.Duration
	out, card      string
}

func (p *program) modelFitCmd() *cobra.Command {
	var f fitFlags
	c := f.command("fit --data T.csv --label COL [--id COL] [--positive VALUE] --out M", "fit a model to a flat table, with cross-validated figures and a card")
	c.Long = `Fits a model to a flat table with one row a customer and a column that says who left.
Boosted trees and a logistic regression compete inside the training rows, unless --family
or --params decides. Columns that hold the answer or only name the customer are left out,
and said so; --keep insists on one. Beside the model M a card is written to M.html.

The --budget is not read from a clock: it is worked off by what trees of each size cost on
a reference machine, so that the model is the same wherever and beside whatever it is fitted.
Where it ends a search, the card says so. Two processors need about half as long.

Keys of the --params file, with the usual value of what is not given: family (boosted, or
logistic), trees 200, leaves 31, rate 0.1, depth (no limit), min_rows 20, min_hessian 0.001,
l1 0, l2 0 (logistic: 10), min_gain 0, row_share 1, column_share 1, and monotone with a
column each: 1 if risk may only rise with it, -1 if it may only fall.`
	c.RunE = func(cmd *cobra.Command, _ []string) error { return p.fit(cmd.Context(), f) }
	c.Flags().StringVar(&f.roles.Label, "label", "", "`column` that says who left")
	c.Flags().StringVar(&f.roles.ID, "id", "", "`column` that says who a row is about; rows of one stay in one fold")
	c.Flags().StringVar(&f.roles.Positive, "positive", "", "`value` of the label that means leaving; all others count as staying")
	c.Flags().StringArrayVar(&f.roles.Keep, "keep", nil, "`column` to use although it looks like the answer or an identifier; may be repeated")
	c.Flags().StringArrayVar(&f.roles.Drop, "drop", nil, "`column` not to use; may be repeated")
	c.Flags().StringArrayVar(&f.text, "text", nil, "`column` to read as text whatever it holds, such as a numeric code; may be repeated")
	c.Flags().StringVar(&f.family, "family", "", "boosted or logistic; by default they compete")
	c.Flags().StringVar(&f.params, "params", "", "YAML `file` with explicit sizes (trees, leaves, rate …): no search")
	c.Flags().IntVar(&f.folds, "folds", 5, "of the cross-validation; 0 is none")
	c.Flags().IntVar(&f.repeats, "repeats", 1, "of the cross-validation, each with folds of its own")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "of every random choice")
	c.Flags().DurationVar(&f.budget, "budget", 10*time.Minute, "processor `time` for choosing sizes, as a reference machine counts it; 0 is no limit")
	c.Flags().StringVar(&f.out, "out", "", "`file` for the model")
	c.Flags().StringVar(&f.card, "card", "", "HTML `file` for the card; by default the model's with .html behind it")
	return c
}

// fitResult is what a fit prints as JSON.
type fitResult struct {
	Model      string                 `json:"model"`
	Card       string                 `json:"card"`
	ID         string                 `json:"id"`
	Data       string                 `json:"data"`
	Rows       int                    `json:"rows"`
	Left       int                    `json:"left"`
	Label      string                 `json:"label"`
	Positive   string                 `json:"positive"`
	Features   int                    `json:"features"`
	Columns    []flat.Column          `json:"columns"`
	Warnings   []string               `json:"warnings"`
	Family     string                 `json:"family"`
	Contest    *flat.Contest          `json:"contest,omitempty"`
	Settings   map[string]string      `json:"settings"`
	Sentences  []string               `json:"sentences"` // of the card
	Budget     float64                `json:"budget_seconds"`
	Folds      int                    `json:"folds"`
	Repeats    int                    `json:"repeats"`
	CV         map[string]flat.Spread `json:"cv,omitempty"`
	Importance []flat.Importance      `json:"importance"`
	Seed       uint64                 `json:"seed"`
	Threads    int                    `json:"threads"`
	Read       float64                `json:"read_seconds"`
	CVSeconds  float64                `json:"cv_seconds"`
	Fit        float64                `json:"fit_seconds"`
	Predict    float64                `json:"predict_seconds"`
	Peak       int64                  `json:"peak_memory_bytes"`
}

func (p *program) fit(ctx context.Context, f fitFlags) error {
	if err := required([2]string{"data", f.data}, [2]string{"label", f.roles.Label}, [2]string{"out", f.out}); err != nil {
		return err
	}
	if f.budget < 0 {
		return usageError{fmt.Errorf("--budget is %v: give a time such as 10m, or 0 for no limit", f.budget)}
	}
	if f.card == "" {
		f.card = f.out + ".html"
	}
	if err := writable([]string{f.out, f.card}, f.data); err != nil {
		return err
	}
	opt := flat.Options{
		Family: f.family, Folds: f.folds, Repeats: f.repeats, Seed: f.seed, Budget: f.budget, Missing: f.missing,
		Version: version(), Source: filepath.Base(f.data), Now: p.Now, Progress: p.fitting(),
	}
	if f.params != "" {
		opt.Params = &flat.Params{}
		if err := config.Read(f.params, opt.Params); err != nil {
			return err
		}
	}
	threads, release, err := f.hold()
	if err != nil {
		return err
	}
	defer release()
	opt.Workers = threads
	d, seconds, err := p.readFlat(ctx, f)
	if err != nil {
		return err
	}
	for _, w := range d.Warnings {
		p.warn("%s", w)
	}
	fitted, err := flat.Fit(ctx, d, opt)
	if fault.Of(err) == fault.Invalid {
		return dataError{fmt.Errorf("%s: %w", f.data, err)}
	}
	if err != nil {
		return err
	}
	if err := writeModel(f, fitted, d); err != nil {
		return err
	}
	result, err := newFitResult(f, d, fitted)
	if err != nil {
		return err
	}
	result.Threads, result.Read, result.Peak = threads, seconds, peakMemory()
	return p.print(result, func() { p.sayFit(result, fitted) })
}

// readFlat reads the table and makes it ready.
func (p *program) readFlat(ctx context.Context, f fitFlags) (*flat.Data, float64, error) {
	opt, err := f.options()
	if err != nil {
		return nil, 0, err
	}
	opt.As = map[string]tabular.ColumnType{f.roles.Label: tabular.Words}
	if f.roles.ID != "" {
		opt.As[f.roles.ID] = tabular.Words
	}
	for _, name := range f.text {
		opt.As[name] = tabular.Words
	}
	t, seconds, err := p.readTable(ctx, f.data, opt)
	if err != nil {
		return nil, 0, err
	}
	for _, name := range f.text {
		if t.Column(name) == nil {
			return nil, 0, usageError{fmt.Errorf("%s has no column %q for --text", f.data, name)}
		}
	}
	d, err := flat.New(t, f.roles)
	if fault.Of(err) == fault.Invalid {
		return nil, 0, dataError{err}
	}
	return d, seconds, err
}

// fitting draws how far a fit has come.
func (p *program) fitting() func(flat.Progress) {
	const steps = 1000
	draw := p.bar("fitting")
	return func(at flat.Progress) { draw(int64(at.Share*steps), steps) }
}

// writeModel writes the model and its card; neither appears before both are whole.
func writeModel(f fitFlags, fitted *flat.Fitted, d *flat.Data) error {
	m, err := drafted(f.out, fitted.Model.Write)
	if err != nil {
		return err
	}
	card, err := drafted(f.card, func(w io.Writer) error { return fitted.WritePage(w, d, filepath.Base(f.out)) })
	if err != nil {
		return discard(err, m)
	}
	return publish(card, m)
}

func newFitResult(f fitFlags, d *flat.Data, fitted *flat.Fitted) (fitResult, error) {
	id, err := fitted.Model.ID()
	if err != nil {
		return fitResult{}, err
	}
	return fitResult{
		Model: f.out, Card: f.card, ID: id, Data: f.data, Rows: len(d.Y), Left: d.Left, Label: d.Label, Positive: d.Positive,
		Features: len(d.X.Schema.Columns), Columns: d.Columns, Warnings: append([]string{}, d.Warnings...),
		Family: fitted.Family, Contest: fitted.Contest, Settings: settings(fitted.Model.Card()),
		Sentences: fitted.Model.Card().Sentences, Budget: f.budget.Seconds(),
		Folds: fitted.Folds, Repeats: fitted.Repeats, CV: fitted.CV, Importance: fitted.Importance,
		Seed: f.seed, CVSeconds: fitted.CVSeconds, Fit: fitted.FitSeconds, Predict: fitted.PredictSeconds,
	}, nil
}

func settings(c model.Card) map[string]string {
	out := map[string]string{}
	for _, s := range c.Settings {
		out[s.Name] = s.Value
	}
	return out
}

// sayFit prints a fit in words.
func (p *program) sayFit(r fitResult, fitted *flat.Fitted) {
	p.say("%s: %d rows, %d of them left (%.1f %%: %s = %q)", r.Data, r.Rows, r.Left, 100*float64(r.Left)/float64(r.Rows), r.Label, r.Positive)
	p.say("")
	p.say("%-32s %-9s %8s %8s %7s  %s", "column", "type", "values", "missing", "alone", "used as")
	for _, c := range r.Columns {
		values, alone, used := "", "", string(c.Role)
		if c.Values > 0 {
			values = fmt.Sprint(c.Values)
		}
		if c.Alone > 0 {
			alone = fmt.Sprintf("%.4f", c.Alone)
		}
		if c.Why != "" {
			used += ": " + c.Why
		}
		p.say("%-32s %-9s %8s %8d %7s  %s", shortened(c.Name, 32), c.Type, values, c.Missing, alone, used)
	}
	p.say("")
	for _, s := range fitted.Model.Card().Sentences {
		p.say("%s", s)
	}
	if r.CV != nil {
		p.say("")
		p.say("%-26s %9s %9s   %d-fold cross-validation, %d times", "", "mean", "sd", r.Folds, r.Repeats)
		for _, m := range flat.Measures {
			if s, ok := r.CV[m.Key]; ok {
				p.say("%-26s %9.4f %9.4f   %s", m.Name, s.Mean, s.SD, better(m.Good))
			}
		}
	}
	p.say("")
	for _, i := range r.Importance[:min(len(r.Importance), 10)] {
		p.say("%-32s %5.1f %%  %s", shortened(i.Feature, 32), 100*i.Share, strings.Repeat("=", int(40*i.Share+0.5)))
	}
	p.say("")
	p.say("read in %.1f s, cross-validated in %.1f s, fitted in %.1f s by %d threads, peak memory %d MiB", r.Read, r.CVSeconds, r.Fit, r.Threads, r.Peak>>20)
	p.say("%s: %s (%s), id %s; card: %s", r.Model, fitted.Model.Card().Name, r.Family, r.ID, r.Card)
}

func better(good string) string {
	if good == "0" || good == "1" {
		return good + " is best"
	}
	return good + " is better"
}

// shortened cuts a name to so many characters.
func shortened(name string, most int) string {
	if r := []rune(name); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return name
}
