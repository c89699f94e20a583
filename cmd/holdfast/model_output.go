package main

import (
	"context"
	"io"
	"strconv"

	"holdfast/internal/tabular"
	"holdfast/training/flat"
)

// output writes scored rows, explaining some at a time.
type output struct {
	*scored
	p       *program
	reasons int // of each row
	threads int
	seconds float64 // explaining took
}

const explainedAtOnce = 8192

// each calls f with runs of rows and their reasons.
func (o *output) each(ctx context.Context, f func(from, to int, why [][]flat.Reason) error) error {
	draw := func(int64, int64) {}
	if o.reasons > 0 {
		draw = o.p.bar("explaining")
	}
	rows := len(o.scored.p)
	for from := 0; from < rows; from += explainedAtOnce {
		if err := ctx.Err(); err != nil {
			return err
		}
		to := min(rows, from+explainedAtOnce)
		why := make([][]flat.Reason, to-from)
		if o.reasons > 0 {
			start := o.p.Now()
			var err error
			if why, err = flat.Explain(o.model, o.x, from, to, o.reasons, o.threads); err != nil {
				return err
			}
			o.seconds += o.p.since(start)
		}
		if err := f(from, to, why); err != nil {
			return err
		}
		draw(int64(to), int64(rows))
	}
	return nil
}

// reasonNames are the columns of reason k, from 1.
func reasonNames(k int) []string {
	n := strconv.Itoa(k)
	return []string{"reason_" + n, "value_" + n, "contribution_" + n}
}

func (o *output) writeCSV(ctx context.Context, w io.Writer) error {
	names := []string{"id", "probability"}
	for k := range o.reasons {
		names = append(names, reasonNames(k+1)...)
	}
	c, err := tabular.NewCSVWriter(w, names, false)
	if err != nil {
		return err
	}
	line := make([]string, 0, len(names))
	err = o.each(ctx, func(from, to int, why [][]flat.Reason) error {
		for row := from; row < to; row++ {
			line = append(line[:0], o.key(row), strconv.FormatFloat(o.scored.p[row], 'g', -1, 64))
			for _, r := range why[row-from] {
				line = append(line, r.Feature, r.Value, strconv.FormatFloat(r.Contribution, 'g', 6, 64))
			}
			if err := c.Write(line...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.Flush()
}

func (o *output) writeParquet(ctx context.Context, w io.Writer) error {
	fields := []tabular.Field{{Name: "id", Kind: tabular.Text}, {Name: "probability", Kind: tabular.Float}}
	for k := range o.reasons {
		for i, name := range reasonNames(k + 1) {
			fields = append(fields, tabular.Field{Name: name, Kind: []tabular.Kind{tabular.Text, tabular.Text, tabular.Float}[i]})
		}
	}
	out, err := tabular.NewParquetWriter(w, fields)
	if err != nil {
		return err
	}
	err = o.each(ctx, func(from, to int, why [][]flat.Reason) error { return out.Write(o.columns(from, to, why)...) })
	if err != nil {
		return err
	}
	return out.Close()
}

// columns are some rows as Parquet takes them.
func (o *output) columns(from, to int, why [][]flat.Reason) []any {
	keys := make([]string, to-from)
	for i := range keys {
		keys[i] = o.key(from + i)
	}
	list := []any{keys, o.scored.p[from:to]}
	for k := range o.reasons {
		reason, value, contribution := make([]string, len(keys)), make([]string, len(keys)), make([]float64, len(keys))
		for i, r := range why {
			reason[i], value[i], contribution[i] = r[k].Feature, r[k].Value, r[k].Contribution
		}
		list = append(list, reason, value, contribution)
	}
	return list
}
