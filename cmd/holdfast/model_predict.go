package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/features"
	"holdfast/internal/tabular"
	"holdfast/model"
	"holdfast/training/flat"
)

type predictFlags struct {
	tableFlags
	model, id, out string
	reasons        int
}

func (p *program) modelPredictCmd() *cobra.Command {
	var f predictFlags
	c := f.command("predict --model M --data T.csv --out P.csv [--reasons K]", "write each row's probability of leaving by a fitted model, with its reasons")
	c.Long = `Writes a table of id and probability, and with --reasons K the K features that moved each
row's risk most: reason_1, value_1 and contribution_1 (to the log-odds) and so on. A file that
ends in .parquet is written as Parquet. The model may also be one that LightGBM saved as text.
An infinite number is scored as one, and values that the model has not seen as other.`
	c.RunE = func(cmd *cobra.Command, _ []string) error { return p.predict(cmd.Context(), f) }
	c.Flags().StringVar(&f.model, "model", "", "`file` of the model")
	c.Flags().StringVar(&f.id, "id", "", "`column` that says who a row is about; by default the model's, or the number of the row")
	c.Flags().StringVar(&f.out, "out", "", "`file` for the predictions")
	c.Flags().IntVar(&f.reasons, "reasons", 0, "`number` of reasons for each row")
	return c
}

// predictResult is what a prediction prints as JSON.
type predictResult struct {
	Model    string   `json:"model"`
	Data     string   `json:"data"`
	Out      string   `json:"out"`
	ID       string   `json:"id"` // the column; empty: the number of the row
	Rows     int      `json:"rows"`
	Expected float64  `json:"expected_leavers"` // the sum of the probabilities
	Warnings []string `json:"warnings"`
	Threads  int      `json:"threads"`
	Read     float64  `json:"read_seconds"`
	Predict  float64  `json:"predict_seconds"`
	Explain  float64  `json:"explain_seconds"`
	Peak     int64    `json:"peak_memory_bytes"`
}

func (p *program) predict(ctx context.Context, f predictFlags) error {
	if err := required([2]string{"model", f.model}, [2]string{"data", f.data}, [2]string{"out", f.out}); err != nil {
		return err
	}
	if f.reasons < 0 {
		return usageError{fmt.Errorf("--reasons is %d: give a number of reasons, or 0 for none", f.reasons)}
	}
	if err := writable([]string{f.out}, f.data, f.model); err != nil {
		return err
	}
	threads, release, err := f.hold()
	if err != nil {
		return err
	}
	defer release()
	s, err := p.readScored(ctx, f.tableFlags, f.model, f.id, "")
	if err != nil {
		return err
	}
	r := predictResult{Model: f.model, Data: f.data, Out: f.out, ID: s.id, Rows: s.x.Rows, Warnings: s.warnings, Threads: threads, Read: s.seconds, Predict: s.predict}
	for _, v := range s.p {
		r.Expected += v
	}
	o := output{scored: s, p: p, reasons: min(f.reasons, len(s.x.Schema.Columns)), threads: threads}
	d, err := drafted(f.out, func(w io.Writer) error {
		if strings.EqualFold(filepath.Ext(f.out), ".parquet") {
			return o.writeParquet(ctx, w)
		}
		return o.writeCSV(ctx, w)
	})
	if err != nil {
		return err
	}
	if err := publish(d); err != nil {
		return err
	}
	r.Explain = o.seconds
	r.Peak = peakMemory()
	return p.print(r, func() {
		p.say("%s: %d rows, of whom the model expects %.1f to leave (%.1f %%)", r.Data, r.Rows, r.Expected, 100*r.Expected/float64(r.Rows))
		p.say("read in %.1f s, scored in %.2f s by %d threads; wrote %s", r.Read, r.Predict, r.Threads, r.Out)
	})
}

// scored is a table with the probabilities that a model gives its rows.
type scored struct {
	model    *model.Model
	table    *tabular.Table
	id       string // column; empty: none
	x        *features.Matrix
	p        []float64
	warnings []string
	seconds  float64 // to read
	predict  float64 // to score
}

// readScored reads a model and the columns of a table that it needs, besides the
// id and the label, and scores the rows.
func (p *program) readScored(ctx context.Context, f tableFlags, path, id, label string) (*scored, error) {
	m, err := readModelFile(path)
	if err != nil {
		return nil, err
	}
	opt, err := f.options()
	if err != nil {
		return nil, err
	}
	s := &scored{model: m, warnings: []string{}}
	origin := flat.OriginOf(m.Card())
	opt.As, opt.Infinite, opt.Missing = flat.Types(m.Schema()), true, append(opt.Missing, origin.Missing...)
	if s.id, err = p.idColumn(f, opt, id, origin.ID); err != nil {
		return nil, err
	}
	for _, c := range m.Schema().Columns {
		opt.Columns = append(opt.Columns, c.Name)
	}
	for _, name := range []string{s.id, label} {
		if _, feature := opt.As[name]; feature {
			return nil, usageError{fmt.Errorf("column %q is a feature of the model and cannot be the id or the label", name)}
		}
		if name != "" {
			opt.Columns, opt.As[name] = append(opt.Columns, name), tabular.Words
		}
	}
	if s.table, s.seconds, err = p.readTable(ctx, f.data, opt); err != nil {
		return nil, err
	}
	if s.x, s.warnings, err = flat.Encode(s.table, m.Schema()); err != nil {
		return nil, badData(err)
	}
	for _, w := range s.warnings {
		p.warn("%s", w)
	}
	start := p.Now()
	s.p, err = flat.Score(m, s.x, f.threads)
	s.predict = p.since(start)
	return s, err
}

// idColumn decides which column names the rows: the one asked for, else the
// model's if the table has it, else none.
func (p *program) idColumn(f tableFlags, opt tabular.TableOptions, asked, models string) (string, error) {
	if asked != "" || models == "" {
		return asked, nil
	}
	r, err := tabular.Open(f.data, opt.Options)
	if err != nil {
		return "", badData(err)
	}
	defer func() { _ = r.Close() }() // only read from
	for _, name := range r.Names() {
		if name == models {
			return models, nil
		}
	}
	return "", nil
}

// key names a row: its id, or its number from 1.
func (s *scored) key(row int) string {
	if s.id == "" {
		return strconv.Itoa(row + 1)
	}
	return s.table.Column(s.id).Text(row)
}
