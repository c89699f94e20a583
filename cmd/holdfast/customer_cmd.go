package main

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/spf13/cobra"

	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/scoring"
	"holdfast/value"
)

func (p *program) customerCmd() *cobra.Command {
	c := &cobra.Command{Use: "customer", Short: "one person: export and erase their data, preview what they are told, merge two records, take a merge back"}
	c.AddCommand(
		p.customerExportCmd(), p.customerEraseCmd(), p.customerPreviewCmd(),
		&cobra.Command{
			Use: "merge KEY INTO-KEY", Short: "read the facts of the first as facts of the second", Args: cobra.ExactArgs(2),
			RunE: func(cmd *cobra.Command, args []string) error {
				return p.withApp(cmd.Context(), writes, func(a *app) error {
					from, err := a.customer(cmd.Context(), args[0])
					if err != nil {
						return err
					}
					to, err := a.customer(cmd.Context(), args[1])
					if err != nil {
						return err
					}
					if err := a.store.MergeCustomers(cmd.Context(), from, to, p.Now()); err != nil {
						return err
					}
					p.say("%s is now read as %s; take it back with holdfast customer unmerge %s", args[0], args[1], args[0])
					return nil
				})
			},
		},
		&cobra.Command{
			Use: "unmerge KEY", Short: "take a merge back", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return p.withApp(cmd.Context(), writes, func(a *app) error {
					from, err := a.customer(cmd.Context(), args[0])
					if err != nil {
						return err
					}
					if err := a.store.UnmergeCustomers(cmd.Context(), from, p.Now()); err != nil {
						return err
					}
					p.say("%s stands for itself again", args[0])
					return nil
				})
			},
		},
	)
	return c
}

// customer finds the one customer record with a key.
func (a *app) customer(ctx context.Context, key string) (history.CustomerID, error) {
	ids, err := a.store.CustomersByKey(ctx, key)
	if err != nil {
		return 0, err
	}
	switch len(ids) {
	case 0:
		return 0, fault.New(fault.NotFound, "there is no customer with the key %q", key)
	case 1:
		return ids[0], nil
	}
	return 0, fault.New(fault.Invalid, "%d customers have the key %q, from different sources", len(ids), key)
}

func (p *program) explainCmd() *cobra.Command {
	var asOf string
	c := &cobra.Command{
		Use: "explain CUSTOMER [--as-of DATE]", Short: "features, score, reasons and decision of one customer", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withApp(cmd.Context(), reads, func(a *app) error { return a.explain(cmd.Context(), args[0], asOf) })
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "the night of this `date`; the newest by default")
	return c
}

// explanation is what explain prints as JSON.
type explanation struct {
	Customer string             `json:"customer"`
	AsOf     string             `json:"as_of"`
	Score    scoring.Score      `json:"score"`
	Features []explainedFeature `json:"features"`
	Decision any                `json:"decision,omitempty"`
}

type explainedFeature struct {
	Name         string   `json:"name"`
	Value        *float64 `json:"value"` // null is missing
	Unit         string   `json:"unit"`
	Contribution float64  `json:"contribution"` // to the log-odds
	Words        string   `json:"words,omitempty"`
}

func (a *app) explain(ctx context.Context, key, asOf string) error {
	id, err := a.customer(ctx, key)
	if err != nil {
		return err
	}
	run, err := a.runAt(ctx, asOf)
	if err != nil {
		return err
	}
	if run.Model == "" {
		return fault.New(fault.NotFound, "the night of %s has no model yet, so nobody was scored: look at holdfast nightly status", a.date(run.AsOf))
	}
	_, m, err := a.store.Model(ctx, run.Model)
	if err != nil {
		return err
	}
	shard, err := a.store.CustomerShard(ctx, id)
	if err != nil {
		return err
	}
	sc := &scoring.Scorer{Config: a.cfg.Scoring, Churn: a.churn, Engine: a.engine, Value: a.margin, Model: m, ModelID: run.Model}
	scores, err := sc.Shard(shard, run.AsOf, nil)
	if err != nil {
		return err
	}
	out := explanation{Customer: key, AsOf: a.date(run.AsOf), Score: scores[0]}
	if scores[0].Excluded == "" {
		row, contributions, err := sc.Explain(shard.View(0, run.AsOf, nil))
		if err != nil {
			return err
		}
		out.Features = named(a.engine.Schema(), row, contributions)
	}
	if d, err := a.store.DecisionOf(ctx, shard.Customers[0].ID, run.AsOf); err == nil {
		out.Decision = d.Public()
	} else if fault.Of(err) != fault.NotFound {
		return err
	}
	return a.p.print(out, func() { a.sayExplanation(out) })
}

// named gives a row's features by name, the strongest first.
func named(s features.Schema, row, contributions []float64) []explainedFeature {
	out := make([]explainedFeature, len(row))
	for j, c := range s.Columns {
		out[j] = explainedFeature{Name: c.Name, Unit: c.Unit, Contribution: contributions[j]}
		if !math.IsNaN(row[j]) {
			out[j].Value = &row[j]
			out[j].Words = features.Describe(c, row[j], row, s)
		}
	}
	slices.SortStableFunc(out, func(x, y explainedFeature) int {
		a, b := math.Abs(x.Contribution), math.Abs(y.Contribution)
		switch {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	return out
}

// stakeWords says the margin at stake and where it comes from.
func stakeWords(s *scoring.Score, currency string) string {
	if s.ValueBy == value.ByTrailing {
		return fmt.Sprintf("at stake %.2f %s: the margin of the last twelve months", float64(s.ValueMinor)/100, currency)
	}
	return fmt.Sprintf("at stake %.2f %s in a year if they stay; customers of the same forecast who stayed brought in %.2f to %.2f on average",
		float64(s.ValueMinor)/100, currency, float64(s.ValueLow)/100, float64(s.ValueHigh)/100)
}

func (a *app) sayExplanation(e explanation) {
	a.p.say("%s as of %s", e.Customer, e.AsOf)
	if e.Score.Excluded != "" {
		a.p.say("  not in the population: %s", e.Score.Excluded)
		return
	}
	a.p.say("  risk %.1f %% within the horizon, band %s", 100*e.Score.Risk, e.Score.Band)
	a.p.say("  %s", stakeWords(&e.Score, a.cfg.Business.Currency))
	for _, r := range e.Score.Reasons {
		a.p.say("  because: %s", r.Text)
		if r.Evidence != "" {
			a.p.say("           %s", r.Evidence)
		}
	}
	for _, f := range e.Features[:min(len(e.Features), 20)] {
		value := "missing"
		if f.Value != nil {
			value = fmt.Sprintf("%.4g", *f.Value)
		}
		a.p.say("  %+8.3f  %-34s %10s %s", f.Contribution, f.Name, value, f.Unit)
	}
}
