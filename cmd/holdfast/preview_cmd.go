package main

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/web"
)

func (p *program) customerPreviewCmd() *cobra.Command {
	var language string
	c := &cobra.Command{
		Use: "preview KEY TREATMENT", Short: "what a customer would be told now, in their language; nothing is sent", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withApp(cmd.Context(), reads, func(a *app) error { return a.preview(cmd.Context(), args[0], args[1], language) })
		},
	}
	c.Flags().StringVar(&language, "language", "", "in this `language` instead of the customer's")
	return c
}

// preview is what `customer preview` prints as JSON.
type preview struct {
	Customer  string                `json:"customer"`
	Treatment string                `json:"treatment"`
	Channel   interventions.Channel `json:"channel"`
	Language  string                `json:"language,omitempty"` // of the treatment's texts; empty is its own
	Script    string                `json:"script,omitempty"`
	Subject   string                `json:"subject,omitempty"`
	Body      string                `json:"body,omitempty"`
}

// rendered fills in a treatment's texts for one customer, who need not be chosen.
func (a *app) rendered(ctx context.Context, id history.CustomerID, treatment, language string, now time.Time) (web.Preview, error) {
	t := a.policy.Treatment(treatment)
	if t == nil {
		return web.Preview{}, fault.New(fault.NotFound, "there is no treatment %q: see interventions.treatments in the configuration", treatment)
	}
	if _, there := t.Texts[language]; language != "" && !there {
		return web.Preview{}, fault.New(fault.NotFound, "%s has no texts in %q: it has its own and %v", treatment, language, slices.Sorted(maps.Keys(t.Texts)))
	}
	shard, err := a.store.CustomerShard(ctx, id)
	if err != nil {
		return web.Preview{}, err
	}
	score, err := a.scoreNow(ctx, shard, now)
	if err != nil {
		return web.Preview{}, err
	}
	known := interventions.Know(shard.View(0, now, nil))
	if language != "" {
		known.Attributes[a.cfg.Interventions.LanguageAttribute] = language
	}
	texts, in, err := a.policy.Preview(treatment, &known, &score)
	return web.Preview{Language: in, Texts: texts}, err
}

// Preview renders a treatment's texts for a customer.
func (c customers) Preview(ctx context.Context, id history.CustomerID, treatment, language string, now time.Time) (web.Preview, error) {
	return c.a.rendered(ctx, id, treatment, language, now)
}

// preview shows what a customer would be told.
func (a *app) preview(ctx context.Context, key, treatment, language string) error {
	id, err := a.customer(ctx, key)
	if err != nil {
		return err
	}
	texts, err := a.rendered(ctx, id, treatment, language, a.p.Now())
	if err != nil {
		return err
	}
	t, in := a.policy.Treatment(treatment), texts.Language
	out := preview{key, treatment, t.Channel, in, texts.Script, texts.Subject, texts.Body}
	return a.p.print(out, func() {
		if in == "" {
			in = "the treatment's own language"
		}
		a.p.tell("%s to %s by %s, in %s", treatment, key, t.Channel, in)
		for _, text := range []string{out.Script, out.Subject, out.Body} {
			if text != "" {
				a.p.say("%s", text)
			}
		}
	})
}
