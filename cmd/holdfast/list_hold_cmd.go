package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"holdfast/interventions"
)

func (p *program) listHoldCmd() *cobra.Command {
	var why string
	var end bool
	c := &cobra.Command{
		Use: "hold --reason WHY | --end", Short: "keep the next list from being released by itself, until list release", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if end == (why != "") {
				return usageError{errors.New("say why with --reason, or --end the hold")}
			}
			return p.withApp(cmd.Context(), writes, func(a *app) error {
				if end {
					return a.endHold(cmd.Context())
				}
				return a.holdNext(cmd.Context(), why)
			})
		},
	}
	c.Flags().StringVar(&why, "reason", "", "`why`, for the audit and for who finds the list held")
	c.Flags().BoolVar(&end, "end", false, "let lists be released by themselves again")
	return c
}

func (a *app) holdNext(ctx context.Context, why string) error {
	h, err := interventions.NewHold("somebody at the command line", why, a.p.Now())
	if err != nil {
		return err
	}
	if err := a.store.HoldNext(ctx, h); err != nil {
		return err
	}
	a.p.say("the next list stays held until holdfast list release")
	return a.auditWhy(ctx, "hold the next list", "", h.Reason)
}

func (a *app) endHold(ctx context.Context) error {
	if err := a.store.EndHold(ctx, "system", a.p.Now()); err != nil {
		return err
	}
	a.p.say("the hold is over: the next list is released by itself when its checks are good; one that it held waits for holdfast list release")
	return a.audit(ctx, "end the hold", "")
}

// holdWords says who holds the next list.
func (a *app) holdWords(h interventions.Hold) string {
	return fmt.Sprintf("%s holds the next list by hand since %s: %s", h.By, h.At.In(a.cfg.Zone).Format("2006-01-02 15:04"), h.Reason)
}
