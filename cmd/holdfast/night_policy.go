package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/config"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/nightly"
)

func (p *program) nightlyPoliciesCmd() *cobra.Command {
	return &cobra.Command{
		Use: "policies", Short: "what the nights were decided by, and from when", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withApp(cmd.Context(), reads, func(a *app) error { return a.listPolicies(cmd.Context()) })
		},
	}
}

// policyVersion is a version of the policy as JSON.
type policyVersion struct {
	Version int64           `json:"version"`
	From    string          `json:"from"` // as-of of the first night decided by it
	Hash    string          `json:"hash"`
	Policy  json.RawMessage `json:"policy"`
}

func (a *app) listPolicies(ctx context.Context) error {
	list, err := a.store.Policies(ctx)
	if err != nil {
		return err
	}
	out := make([]policyVersion, len(list))
	for i, v := range list {
		out[i] = policyVersion{v.Version, a.date(v.From), v.Hash, json.RawMessage(v.Body)}
	}
	return a.p.print(out, func() {
		if len(out) == 0 {
			a.p.say("no night has been published yet")
		}
		for _, v := range out {
			a.p.say("version %d  from the night of %s  %s", v.Version, v.From, v.Hash)
		}
	})
}

// rehearsing refuses flags of `nightly run` that do not go together.
func rehearsing(only nightly.Stage, policy string, dry, customers bool) error {
	switch {
	case policy != "" && (only != nightly.StageDecide || !dry):
		return usageError{errors.New("--policy compares two policies and changes nothing: write --only decide --dry-run --policy FILE")}
	case policy == "" && only != "" && dry:
		return usageError{errors.New("--only runs one stage again and writes its result; without writing there is --only decide --dry-run --policy FILE")}
	case policy == "" && customers:
		return usageError{errors.New("--customers belongs to --policy FILE")}
	}
	return nil
}

// policyComparison is what `nightly run --policy` prints as JSON.
type policyComparison struct {
	Run    string `json:"run"`
	AsOf   string `json:"as_of"`
	Policy string `json:"policy"` // the file compared with
	nightly.Comparison
}

// comparePolicies decides one night by the policy in use and by another
// file's, and says how they differ.
func (a *app) comparePolicies(ctx context.Context, asOf, file string, byName bool) error {
	cfg, err := config.Load(a.p.file(file))
	if err != nil {
		return err
	}
	if cfg.Business.TimeZone != a.cfg.Business.TimeZone {
		return fault.New(fault.Invalid, "%s is for the time zone %s and the database for %s: compare policies of one business", file, cfg.Business.TimeZone, a.cfg.Business.TimeZone)
	}
	run, err := a.runAt(ctx, asOf)
	if err != nil {
		return err
	}
	c, err := a.rehearse(ctx, run, file, cfg.Interventions, byName)
	if err != nil {
		return err
	}
	out := policyComparison{Run: run.ID, AsOf: a.date(run.AsOf), Policy: file, Comparison: c}
	return a.p.print(out, func() { a.sayComparison(out) })
}

// rehearse decides a night once more by the policy in use and by another, whose
// text is called name.
func (a *app) rehearse(ctx context.Context, run nightly.Run, name string, cfg interventions.Config, byName bool) (nightly.Comparison, error) {
	none := nightly.Comparison{}
	key, err := a.secret(ctx)
	if err != nil {
		return none, err
	}
	other, err := interventions.NewPolicy(cfg, a.cfg.Zone, key)
	if err != nil {
		return none, fmt.Errorf("%s: interventions: %w", name, err)
	}
	if byName && !a.policy.SameChance(other) {
		return none, fault.New(fault.Invalid, "%s leaves other things to chance, so that a list by name would tell who is held back: leave --customers out, or keep treatments' names, ghost_share and chance as they are", name)
	}
	_, st := a.night()
	c, err := st.Compare(ctx, run, other, byName, a.p.Now())
	if err != nil {
		return none, fmt.Errorf("compare two policies: %w", err)
	}
	return c, nil
}

func (a *app) sayComparison(c policyComparison) {
	a.p.say("night of %s decided by the policy in use and by %s; nothing is published", c.AsOf, c.Policy)
	row := func(what, now, then string) { a.p.say("  %-34s %14s  then %14s", what, now, then) }
	money := func(minor float64) string { return a.cfg.Writer.Exact(int64(math.Round(minor))) }
	row("contacts", fmt.Sprint(c.Now.Contacts), fmt.Sprint(c.Then.Contacts))
	row("minutes of agents", fmt.Sprintf("%.0f", c.Now.Minutes), fmt.Sprintf("%.0f", c.Then.Minutes))
	row("minutes there are", fmt.Sprintf("%.0f", c.Now.Available), fmt.Sprintf("%.0f", c.Then.Available))
	row("cost", money(c.Now.CostMinor), money(c.Then.CostMinor))
	row(worthWords(&c), money(c.Now.WorthMinor), money(c.Then.WorthMinor))
	names := maps.Clone(c.Now.Treatments)
	maps.Copy(names, c.Then.Treatments)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		now, then := c.Now.Treatments[name], c.Then.Treatments[name]
		row(name, fmt.Sprint(now.Contacts), fmt.Sprint(then.Contacts))
		row("  cost, worth", money(now.CostMinor)+", "+money(now.WorthMinor), money(then.CostMinor)+", "+money(then.WorthMinor))
	}
	for _, g := range c.Groups {
		row(strings.TrimSpace(fmt.Sprintf("risk %s %s", g.Band, g.Tier)), fmt.Sprint(g.Now), fmt.Sprint(g.Then))
	}
	for _, g := range c.Protected {
		value := g.Value
		if value == "" {
			value = "unknown or few"
		}
		row(g.Attribute+": "+value, fmt.Sprint(g.Now), fmt.Sprint(g.Then))
		row(fmt.Sprintf("  worth, of %d customers", g.Customers), money(g.NowMinor), money(g.ThenMinor))
	}
	for _, r := range []interventions.Result{interventions.ResultBlocked, interventions.ResultNoTreatment} {
		why := maps.Clone(c.Now.Reasons[r])
		if why == nil {
			why = map[string]int{}
		}
		maps.Copy(why, c.Then.Reasons[r])
		for _, name := range slices.Sorted(maps.Keys(why)) {
			if c.Now.Reasons[r][name] != c.Then.Reasons[r][name] {
				row("not contacted: "+name, fmt.Sprint(c.Now.Reasons[r][name]), fmt.Sprint(c.Then.Reasons[r][name]))
			}
		}
	}
	a.p.say("%d alike, %d new, %d dropped, %d with another treatment", c.Both, c.New, c.Dropped, c.Moved)
	a.sayEvidence(c.Evidence)
	for _, m := range c.Moves {
		a.p.say("  %s: %s → %s", m.Key, orNone(m.Now), orNone(m.Then))
	}
}

// sayEvidence says what came of those whom the night left to chance.
func (a *app) sayEvidence(e nightly.Evidence) {
	switch {
	case a.p.Now().Before(e.Final):
		a.p.say("the outcomes of that night are final on %s: ask again then what they say of the two, or compare an earlier night with --as-of", a.date(e.Final))
		return
	case e.Customers == 0:
		a.p.say("that night left too few customers to chance to say what either policy is worth")
		return
	}
	a.p.say("of %d customers whom that night left to chance there would have stayed, in per cent:", e.Customers)
	row := func(what string, now, then float64) { a.p.say("  %-34s %14.2f  then %14.2f", what, 100*now, 100*then) }
	row("doubly robust", e.Now.DoublyRobust, e.Then.DoublyRobust)
	row("by what was done (SNIPS)", e.Now.SelfNormalised, e.Then.SelfNormalised)
	row("by prediction alone", e.Now.Modelled, e.Then.Modelled)
	a.p.say("  %-34s %14.1f  then %14.1f", "customers that count for it", e.Now.EffectiveCustomers, e.Then.EffectiveCustomers)
	a.p.say("  the other policy keeps %+.2f points more, 95 %% interval %+.2f to %+.2f; %d more would get another treatment, of which nothing can be said",
		100*e.Difference.Estimate, 100*e.Difference.Low, 100*e.Difference.High, e.Beyond)
}

func worthWords(c *policyComparison) string {
	if c.Now.Assumed || c.Then.Assumed {
		return "worth, assumed,"
	}
	return "worth"
}

func orNone(treatment string) string {
	if treatment == "" {
		return "nothing"
	}
	return treatment
}
