package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

func (p *program) listCmd() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "the lists that nights published: show, compare, hold, release, take back"}
	var withdrawn, released string
	withdraw := &cobra.Command{
		Use: "withdraw [ID]", Short: "recall what nobody has started", Args: cobra.MaximumNArgs(1),
		RunE: p.onList(writes, func(ctx context.Context, a *app, pub interventions.Publication) error {
			if err := a.store.Withdraw(ctx, pub.ID, a.p.Now(), "withdrawn"+cmp.Or(because(withdrawn), " by hand")); err != nil {
				return err
			}
			a.p.say("withdrew the list of %s: what nobody had started is recalled", a.date(pub.AsOf))
			return a.auditWhy(ctx, "withdraw a list", a.date(pub.AsOf), withdrawn)
		}),
	}
	release := &cobra.Command{
		Use: "release [ID]", Short: "publish a list that was held, or again one that was withdrawn", Args: cobra.MaximumNArgs(1),
		RunE: p.onList(writes, func(ctx context.Context, a *app, pub interventions.Publication) error {
			return a.releaseList(ctx, pub, released)
		}),
	}
	reasonFlag(withdraw, &withdrawn)
	reasonFlag(release, &released)
	c.AddCommand(
		p.listDiffCmd(), p.listFallbackCmd(), p.listHoldCmd(), p.listResolveCmd(), release, withdraw,
		&cobra.Command{
			Use: "show [ID]", Short: "a list's totals; the newest by default", Args: cobra.MaximumNArgs(1),
			RunE: p.onList(reads, func(ctx context.Context, a *app, pub interventions.Publication) error {
				return a.showList(ctx, pub)
			}),
		},
	)
	return c
}

// reasonFlag lets a person say why, for the audit.
func reasonFlag(c *cobra.Command, into *string) {
	c.Use += " [--reason WHY]"
	c.Flags().StringVar(into, "reason", "", "`why`, for the audit")
}

func (a *app) date(t time.Time) string { return t.In(a.cfg.Zone).Format(time.DateOnly) }

// onList finds the list that the arguments name and does something with it.
func (p *program) onList(c claim, do func(context.Context, *app, interventions.Publication) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return p.withApp(cmd.Context(), c, func(a *app) error {
			list, err := a.store.Publications(cmd.Context(), 100)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				newest := slices.IndexFunc(list, func(pub interventions.Publication) bool {
					return pub.State != interventions.PublicationDraft // of a dry run, or of a night under way
				})
				if newest < 0 {
					return fault.New(fault.NotFound, "there is no list yet: run a night first")
				}
				return do(cmd.Context(), a, list[newest])
			}
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return usageError{fmt.Errorf("%q is not the number of a list", args[0])}
			}
			for _, pub := range list {
				if pub.ID == interventions.PublicationID(id) {
					return do(cmd.Context(), a, pub)
				}
			}
			return fault.New(fault.NotFound, "there is no list %d", id)
		})
	}
}

func (a *app) showList(ctx context.Context, pub interventions.Publication) error {
	hold, held, err := a.store.HoldNow(ctx)
	if err != nil {
		return err
	}
	t := pub.Tally.Public()
	pub.Tally = t
	return a.p.print(pub, func() {
		a.p.say("list %d of %s: %s%s", pub.ID, a.date(pub.AsOf), pub.State, because(pub.Why()))
		if held {
			a.p.say("  %s", a.holdWords(hold))
		}
		a.p.say("  %d customers", t.Customers)
		for _, r := range interventions.Results {
			for _, reason := range slices.Sorted(maps.Keys(t.ByReason[r])) {
				a.p.say("  %8d  %s: %s", t.ByReason[r][reason], r, reason)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(t.Released)) {
			a.p.say("  %8d  released: %s", t.Released[name], name)
		}
		a.sayPrices(&pub.Prices)
		for i := range pub.Prices.Calls {
			h := &pub.Prices.Calls[i]
			a.p.say("  %8.1f  minutes a %s", h.Minutes(), minutesWords(h))
		}
	})
}

// minutesWords says what the minutes of a treatment are made of, and whether
// they were measured.
func minutesWords(h *interventions.Handling) string {
	from := "as configured"
	if h.Measured() {
		from = fmt.Sprintf("measured from %d attempts", h.Tries)
	}
	return fmt.Sprintf("%s: %.1f attempts of %.1f, %.0f %% reached for %.1f; %s", h.Treatment, h.Attempts, h.Dial, 100*h.Reach, h.Talk, from)
}

// releaseList publishes a held list as it is: the night goes on from there. One
// that was withdrawn comes back with what nobody had started.
func (a *app) releaseList(ctx context.Context, pub interventions.Publication, why string) error {
	again := pub.State == interventions.PublicationWithdrawn || pub.State == interventions.PublicationReleased && pub.Reason != ""
	switch {
	case again:
		back, err := a.store.ReleaseAgain(ctx, pub.ID, a.p.Now())
		if err != nil {
			return err
		}
		a.p.say("released the list of %s again: %d tasks and %d messages are back", a.date(pub.AsOf), back.Tasks, back.Messages)
		return a.auditWhy(ctx, "release a list again", a.date(pub.AsOf), why)
	case pub.State == interventions.PublicationReleased:
		a.p.say("the list of %s is released already", a.date(pub.AsOf))
		return nil
	}
	run, err := a.store.RunAt(ctx, pub.AsOf)
	if err != nil {
		return err
	}
	if err := a.store.ReleaseByHand(ctx, run.ID, pub.ID, "system", a.p.Now()); err != nil {
		return err
	}
	if err := a.auditWhy(ctx, "release a held list", a.date(pub.AsOf), why); err != nil {
		return err
	}
	return a.runNight(ctx, pub.AsOf, "", false)
}
