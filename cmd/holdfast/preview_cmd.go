package main

import (
	"context"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"holdfast/internal/fault"
	"holdfast/interventions"
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

// preview renders a treatment's texts for one customer, who need not be chosen.
func (a *app) preview(ctx context.Context, key, treatment, language string) error {
	t := a.policy.Treatment(treatment)
	if t == nil {
		return fault.New(fault.NotFound, "there is no treatment %q: see interventions.treatments in the configuration", treatment)
	}
	attribute := a.cfg.Interventions.LanguageAttribute
	if _, there := t.Texts[language]; language != "" && !there {
		return fault.New(fault.NotFound, "%s has no texts in %q: it has its own and %v", treatment, language, slices.Sorted(maps.Keys(t.Texts)))
	}
	id, err := a.customer(ctx, key)
	if err != nil {
		return err
	}
	shard, err := a.store.CustomerShard(ctx, id)
	if err != nil {
		return err
	}
	now := a.p.Now()
	score, err := a.scoreNow(ctx, shard, now)
	if err != nil {
		return err
	}
	known := interventions.Know(shard.View(0, now, nil))
	if language != "" {
		known.Attributes[attribute] = language
	}
	texts, in, err := a.policy.Preview(treatment, &known, &score)
	if err != nil {
		return err
	}
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
