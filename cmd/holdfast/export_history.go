package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/history"
	"holdfast/internal/tabular"
	"holdfast/store"
)

// The parts of a history that can be exported.
const (
	historyEvents    = "events"
	historyFacts     = "facts"
	historyCustomers = "customers"
)

var historyParts = []string{historyEvents, historyFacts, historyCustomers}

func (p *program) exportHistoryCmd(out *string) *cobra.Command {
	var format, of string
	c := &cobra.Command{
		Use: "history", Short: "every event, fact or customer with when it was true and when it was learned",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(historyParts, of) {
				return usageError{fmt.Errorf("a history has no %q; it has %s", of, strings.Join(historyParts, ", "))}
			}
			form, err := tableFormat(format, *out)
			if err != nil {
				return err
			}
			return p.withApp(cmd.Context(), reads, func(a *app) error {
				if err := a.audit(cmd.Context(), "export the history", of); err != nil {
					return err
				}
				return p.toFile(*out, func(w io.Writer) error { return a.exportHistory(cmd.Context(), w, form, of) })
			})
		},
	}
	c.Flags().StringVar(&format, "format", "", "csv or parquet; by default what the file's name says")
	c.Flags().StringVar(&of, "of", historyEvents, "events, facts or customers")
	return c
}

// exportHistory writes one part of the history, a partition at a time.
func (a *app) exportHistory(ctx context.Context, w io.Writer, format, of string) error {
	name := func(n string, k tabular.Kind) tabular.Field { return tabular.Field{Name: n, Kind: k} }
	fields := []tabular.Field{name("customer", tabular.Text), name("source", tabular.Text)}
	switch of {
	case historyEvents:
		fields = append(fields, name("kind", tabular.Text), name("occurred", tabular.Instant), name("recorded", tabular.Instant),
			name("recorded_assumed", tabular.Text), name("amount_minor", tabular.Int), name("quantity", tabular.Float), name("channel", tabular.Text),
			name("retracted", tabular.Text), name("import", tabular.Int))
	case historyFacts:
		fields = append(fields, name("kind", tabular.Text), name("occurred", tabular.Instant), name("recorded", tabular.Instant),
			name("recorded_assumed", tabular.Text), name("retracted", tabular.Text), name("import", tabular.Int), name("body", tabular.Text))
	case historyCustomers:
		fields = append(fields, name("name", tabular.Text), name("import", tabular.Int))
	}
	t, err := newTable(w, format, fields)
	if err != nil {
		return err
	}
	draw := a.p.bar("export history")
	for partition := range a.store.Partitions() {
		parts, err := a.store.HistoryParts(ctx, partition, of == historyEvents)
		if err != nil {
			return err
		}
		if err := writeParts(t, of, &parts); err != nil {
			return err
		}
		draw(int64(partition+1), int64(a.store.Partitions()))
	}
	return t.end()
}

func writeParts(t *table, of string, parts *history.Parts) error {
	owners := make(map[history.CustomerID]history.Customer, len(parts.Customers))
	for _, c := range parts.Customers {
		owners[c.ID] = c
		if of == historyCustomers {
			if err := t.write(c.Key, c.Source, c.Name, int64(c.Import)); err != nil {
				return err
			}
		}
	}
	switch of {
	case historyEvents:
		for _, e := range parts.Singles {
			parts.Events.Append(e)
		}
		for i := range parts.Events.Len() {
			e := parts.Events.At(i)
			c := owners[e.Customer]
			if err := t.write(c.Key, c.Source, parts.Vocab.Kinds[e.Kind], e.Occurred, e.Recorded, yes(e.Assumed), e.AmountMinor, e.Quantity,
				parts.Vocab.Channels[e.Channel], yes(e.Retracted), int64(e.Import)); err != nil {
				return err
			}
		}
	case historyFacts:
		for _, f := range parts.Facts {
			body, err := json.Marshal(f.Body)
			if err != nil {
				return fmt.Errorf("write a fact: %w", err)
			}
			c := owners[f.Customer]
			if err := t.write(c.Key, c.Source, string(f.Kind), f.Occurred, f.Recorded, yes(f.Assumed), yes(f.Retracted), int64(f.Import), string(body)); err != nil {
				return err
			}
		}
	}
	return nil
}

// yes is a truth as feeds write it.
func yes(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

func (p *program) exportDecisionsCmd(out *string) *cobra.Command {
	var format, asOf string
	c := &cobra.Command{
		Use: "decisions", Short: "one line for every customer of the file: the decision of a night and why",
		RunE: func(cmd *cobra.Command, _ []string) error {
			form, err := tableFormat(format, *out)
			if err != nil {
				return err
			}
			return p.withApp(cmd.Context(), reads, func(a *app) error {
				if err := a.audit(cmd.Context(), "export decisions", asOf); err != nil {
					return err
				}
				return p.toFile(*out, func(w io.Writer) error { return a.exportDecisions(cmd.Context(), w, form, asOf) })
			})
		},
	}
	c.Flags().StringVar(&format, "format", "", "csv or parquet; by default what the file's name says")
	c.Flags().StringVar(&asOf, "as-of", "", "the night of this `date`; the list that is shown by default")
	return c
}

// listDate is the as-of of a list, zero for the one that is shown.
func (a *app) listDate(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return a.asOf(text)
}

// exportDecisions writes the public form of a released list's decisions.
func (a *app) exportDecisions(ctx context.Context, w io.Writer, format, asOf string) error {
	at, err := a.listDate(asOf)
	if err != nil {
		return err
	}
	name := func(n string, k tabular.Kind) tabular.Field { return tabular.Field{Name: n, Kind: k} }
	t, err := newTable(w, format, []tabular.Field{
		name("as_of", tabular.Text), name("customer", tabular.Text), name("source", tabular.Text), name("risk", tabular.Float), name("band", tabular.Text),
		name("value_minor", tabular.Int), name("result", tabular.Text), name("reason", tabular.Text), name("treatment", tabular.Text),
		name("minutes", tabular.Float), name("worth_minor", tabular.Float), name("gates", tabular.Text),
	})
	if err != nil {
		return err
	}
	err = a.store.EachDecision(ctx, at, func(l store.DecisionLine) error {
		d := l.Decision
		return t.write(a.date(d.AsOf), l.Customer.Key, l.Customer.Source, l.Score.Risk, string(l.Score.Band), l.Score.ValueMinor,
			string(d.Result), d.Reason, d.Treatment, d.Minutes, d.Worth.Total, gatesOf(l))
	})
	if err != nil {
		return err
	}
	return t.end()
}

// gatesOf lists the gates that were closed, once each.
func gatesOf(l store.DecisionLine) string {
	var gates []string
	for _, c := range l.Decision.Trace.Considered {
		for _, s := range c.Failed {
			gates = append(gates, string(s.Gate))
		}
	}
	slices.SortFunc(gates, cmp.Compare[string])
	return strings.Join(slices.Compact(gates), " ")
}
