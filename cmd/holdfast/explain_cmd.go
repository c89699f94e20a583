package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/internal/locale"
	"holdfast/interventions"
	"holdfast/nightly"
	"holdfast/scoring"
	"holdfast/value"
)

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

// explanation is what explain prints as JSON: a night's decision on one customer
// with all it was made from. Asking again later gives the same bytes, whatever
// was imported, merged or decided since.
type explanation struct {
	Customer string             `json:"customer"`
	AsOf     string             `json:"as_of"`
	Model    string             `json:"model"`
	Policy   explainedPolicy    `json:"policy"`
	Known    explainedFacts     `json:"known"` // facts that the night could see
	Score    scoring.Score      `json:"score"`
	Features []explainedFeature `json:"features"`
	Decision any                `json:"decision,omitempty"`
	// Minutes are what the treatments considered were taken to cost of the
	// roster that night, and whether that was configured or measured.
	Minutes []interventions.Handling `json:"minutes,omitempty"`
	Work    []explainedWork          `json:"work,omitempty"` // as it stands now; left out where a night is named
}

// explainedPolicy is the version of the policy in effect that night; 0 before
// any was published.
type explainedPolicy struct {
	Version int64  `json:"version"`
	Hash    string `json:"hash,omitempty"`
}

// explainedFacts are what was known of a customer as of the night.
type explainedFacts struct {
	Since         time.Time                   `json:"since,omitzero"`
	Left          string                      `json:"left,omitempty"`
	Attributes    map[string]string           `json:"attributes"`
	Points        []history.PointAt           `json:"contact_points"`
	Issues        []interventions.OpenIssue   `json:"open_issues"`
	Consents      []history.ConsentAt         `json:"consents"`
	Contacts      []history.ContactAt         `json:"contacts"`
	Subscriptions []history.SubscriptionState `json:"subscriptions"`
	Events        int                         `json:"events"`
	LastEvents    []interventions.CardEvent   `json:"last_events"`
}

type explainedFeature struct {
	Name         string   `json:"name"`
	Value        *float64 `json:"value"` // null is missing
	Unit         string   `json:"unit"`
	Contribution float64  `json:"contribution"` // to the log-odds
	Words        string   `json:"words,omitempty"`
}

// explain says what a night made of one customer, from what it kept, and from
// the history at the manifest version that it pinned.
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
	shard, err := a.store.CustomerShardAt(ctx, id, run.Version)
	if err != nil {
		return err
	}
	out := explanation{Customer: key, AsOf: a.date(run.AsOf), Model: run.Model, Known: explainFacts(shard, run.AsOf.In(a.cfg.Zone))}
	if out.Policy, err = a.policyOf(ctx, run); err != nil {
		return err
	}
	if err := a.explainScore(ctx, run, shard, &out); err != nil {
		return err
	}
	if d, err := a.store.DecisionOf(ctx, shard.Customers[0].ID, run.AsOf); err == nil {
		out.Decision = d
		if out.Minutes, err = a.minutesOf(ctx, run, d); err != nil {
			return err
		}
	} else if fault.Of(err) != fault.NotFound {
		return err
	}
	if asOf == "" {
		if out.Work, err = a.explainWork(ctx, shard.Customers[0].ID, run.AsOf); err != nil {
			return err
		}
	}
	return a.p.print(out, func() {
		a.sayExplanation(out)
		a.sayWork(out.Work)
	})
}

// minutesOf is what the night took the treatments considered to cost of the
// roster; it stays with its list.
func (a *app) minutesOf(ctx context.Context, run nightly.Run, d interventions.Decision) ([]interventions.Handling, error) {
	pub, err := a.store.Waterfall(ctx, run.AsOf)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(pub.Prices.Calls, func(h interventions.Handling) bool {
		return !slices.ContainsFunc(d.Trace.Considered, func(c interventions.Considered) bool { return c.Relevant && c.Treatment == h.Treatment })
	}), nil
}

// explainScore is the score that the night gave, made again only where it is no
// longer kept, and the features behind it.
func (a *app) explainScore(ctx context.Context, run nightly.Run, shard *history.Shard, out *explanation) error {
	_, m, err := a.store.Model(ctx, run.Model)
	if err != nil {
		return err
	}
	asOf := run.AsOf.In(a.cfg.Zone)
	sc := a.scorer(m, run.Model)
	out.Score, err = a.store.ScoreOf(ctx, run.ID, shard.Customers[0])
	if fault.Of(err) == fault.NotFound {
		var scores []scoring.Score
		if scores, err = sc.Shard(shard, asOf, nil); err == nil {
			out.Score = scores[0]
		}
	}
	if err != nil || out.Score.Excluded != "" {
		return err
	}
	row, contributions, err := sc.Explain(shard.View(0, asOf, nil))
	if err != nil {
		return err
	}
	out.Features = named(a.cfg.Writer, a.engine.Schema(), row, contributions)
	return nil
}

// policyOf is the version of the policy that a night was decided by.
func (a *app) policyOf(ctx context.Context, run nightly.Run) (explainedPolicy, error) {
	list, err := a.store.Policies(ctx)
	if err != nil {
		return explainedPolicy{}, err
	}
	for _, v := range list { // the newest first
		if !v.From.After(run.AsOf) {
			return explainedPolicy{v.Version, v.Hash}, nil
		}
	}
	return explainedPolicy{}, nil
}

func explainFacts(shard *history.Shard, asOf time.Time) explainedFacts {
	v := shard.View(0, asOf, nil)
	k := interventions.Know(v)
	return explainedFacts{
		Since: k.Since, Left: k.Left, Attributes: k.Attributes, Points: k.Points, Issues: k.Issues, Consents: k.Consents, Contacts: k.Contacts,
		Subscriptions: k.Subscriptions, Events: v.Len(), LastEvents: interventions.LastEvents(v, shard.Vocab),
	}
}

// named gives a row's features by name, the strongest first.
func named(w locale.Writer, s features.Schema, row, contributions []float64) []explainedFeature {
	out := make([]explainedFeature, len(row))
	for j, c := range s.Columns {
		out[j] = explainedFeature{Name: c.Name, Unit: c.Unit, Contribution: contributions[j]}
		if !math.IsNaN(row[j]) {
			out[j].Value = &row[j]
			out[j].Words = features.Describe(w, c, row[j], row, s)
		}
	}
	slices.SortStableFunc(out, func(x, y explainedFeature) int {
		return cmp.Compare(math.Abs(y.Contribution), math.Abs(x.Contribution))
	})
	return out
}

// stakeWords says the margin at stake and where it comes from.
func stakeWords(s *scoring.Score, w locale.Writer) string {
	if s.ValueBy == value.ByTrailing {
		return fmt.Sprintf("at stake %s: the margin of the last twelve months", w.Exact(s.ValueMinor))
	}
	return fmt.Sprintf("at stake %s in a year if they stay; customers of the same forecast who stayed brought in %s to %s on average",
		w.Exact(s.ValueMinor), w.Exact(s.ValueLow), w.Exact(s.ValueHigh))
}

func (a *app) sayExplanation(e explanation) {
	a.p.say("%s as of %s, model %s, policy version %d", e.Customer, e.AsOf, e.Model, e.Policy.Version)
	k := &e.Known
	a.p.say("  known then: %d events, %d contracts, %d contacts, %d consents, %d open service issues", k.Events, len(k.Subscriptions), len(k.Contacts), len(k.Consents), len(k.Issues))
	defer func() {
		a.sayDecision(e.Decision)
		for i := range e.Minutes {
			a.p.say("  %.1f minutes of an agent for %s", e.Minutes[i].Minutes(), minutesWords(&e.Minutes[i]))
		}
	}()
	if e.Score.Excluded != "" {
		a.p.say("  not in the population: %s", e.Score.Excluded)
		return
	}
	a.p.say("  risk %.1f %% within the horizon, band %s", 100*e.Score.Risk, e.Score.Band)
	a.p.say("  %s", stakeWords(&e.Score, a.cfg.Writer))
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

// sayDecision says what was considered, which gates were closed, and the result.
func (a *app) sayDecision(decision any) {
	d, ok := decision.(interventions.Decision)
	if !ok {
		a.p.say("  that night released no list with a decision on this customer")
		return
	}
	for _, c := range d.Trace.Considered {
		switch {
		case !c.Relevant:
			a.p.say("  %s: %s", c.Treatment, c.Why)
		case len(c.Failed) > 0:
			for _, f := range c.Failed {
				a.p.say("  %s: closed by %s: %s", c.Treatment, f.Gate, f.Detail)
			}
		case c.Worth != nil:
			a.sayWorth(c.Treatment, c.Worth)
		default:
			a.p.say("  %s: every gate open", c.Treatment)
		}
	}
	if d.Treatment != "" {
		a.p.say("  decision: %s, %s", d.Treatment, d.Reason)
		return
	}
	a.p.say("  decision: %s, %s", d.Result, d.Reason)
}

// sayWorth says what a treatment was worth for the customer, part by part.
func (a *app) sayWorth(treatment string, w *interventions.Worth) {
	money := func(minor float64) string { return a.cfg.Writer.Exact(int64(math.Round(minor))) }
	from := "measured"
	if w.Assumed {
		from = "assumed"
	}
	costs := ""
	for _, part := range []struct {
		what  string
		minor float64
	}{{"the offer", w.Accept * w.OfferCost}, {"the contact", w.ContactCost}, {"harm", w.Harm}} {
		if part.minor != 0 {
			costs += fmt.Sprintf(" − %s for %s", money(part.minor), part.what)
		}
	}
	what := "fewer leave"
	if t := a.policy.Treatment(treatment); t != nil && t.Event() != "" {
		what = "more have a " + t.Event()
	}
	a.p.say("  %s: worth %s = %.2f points %s (%s) × %s at stake × %.0f %% that lasts%s",
		treatment, money(w.Total), 100*w.Tau, what, from, money(w.AtStake), 100*w.Durability, costs)
}
