package main

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"holdfast/internal/fault"
	"holdfast/training/flat"
)

type evaluateFlags struct {
	tableFlags
	model, label, positive string
}

func (p *program) modelEvaluateCmd() *cobra.Command {
	var f evaluateFlags
	c := f.command("evaluate --model M --data T.csv --label COL", "judge a fitted model on a table that says who left")
	c.RunE = func(cmd *cobra.Command, _ []string) error { return p.evaluate(cmd.Context(), f) }
	c.Flags().StringVar(&f.model, "model", "", "`file` of the model")
	c.Flags().StringVar(&f.label, "label", "", "`column` that says who left")
	c.Flags().StringVar(&f.positive, "positive", "", "`value` of the label that means leaving; by default the model's")
	return c
}

// evaluateResult is what an evaluation prints as JSON.
type evaluateResult struct {
	Model    string       `json:"model"`
	Data     string       `json:"data"`
	Rows     int          `json:"rows"`
	Left     int          `json:"left"`
	Metrics  flat.Figures `json:"metrics"`
	Warnings []string     `json:"warnings"`
	Threads  int          `json:"threads"`
	Read     float64      `json:"read_seconds"`
	Predict  float64      `json:"predict_seconds"`
	Peak     int64        `json:"peak_memory_bytes"`
}

func (p *program) evaluate(ctx context.Context, f evaluateFlags) error {
	if err := required([2]string{"model", f.model}, [2]string{"data", f.data}, [2]string{"label", f.label}); err != nil {
		return err
	}
	threads, release, err := f.hold()
	if err != nil {
		return err
	}
	defer release()
	s, err := p.readScored(ctx, f.tableFlags, f.model, "", f.label)
	if err != nil {
		return err
	}
	origin := flat.OriginOf(s.model.Card())
	positive := f.positive
	if f.label == origin.Label {
		positive = cmp.Or(f.positive, origin.Positive)
	}
	y, left, err := flat.Labels(s.table, f.label, positive)
	if fault.Of(err) == fault.Invalid {
		return dataError{err}
	}
	if err != nil {
		return err
	}
	r := evaluateResult{
		Model: f.model, Data: f.data, Rows: len(y), Left: left, Warnings: append([]string{}, s.warnings...),
		Threads: threads, Read: s.seconds, Predict: s.predict,
	}
	if origin.Sum != "" && origin.Sum == s.table.Sum() {
		const same = "the model was fitted to this very table: these figures flatter it; those of its cross-validation are in its card"
		r.Warnings = append(r.Warnings, same)
		p.warn(same)
	}
	if r.Metrics, err = flat.Judge(y, s.p); err != nil {
		return err
	}
	r.Peak = peakMemory()
	return p.print(r, func() {
		p.say("%s: %d rows, %d of them left (%.1f %%)", r.Data, r.Rows, r.Left, 100*float64(r.Left)/float64(r.Rows))
		for _, m := range flat.Measures {
			if v, ok := r.Metrics[m.Key]; ok {
				p.say("%-26s %9.4f   %s", m.Name, v, better(m.Good))
			}
		}
	})
}
