package main

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/nightly"
	"holdfast/queue"
	"holdfast/store"
)

func (p *program) listResolveCmd() *cobra.Command {
	var dry bool
	var why string
	c := &cobra.Command{
		Use:   "resolve [--dry-run]",
		Short: "plan the rest of the day again: the order and end of what nobody has begun",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			need := writes
			if dry {
				need = reads
			}
			return p.withApp(cmd.Context(), need, func(a *app) error {
				r, err := a.revise(cmd.Context(), interventions.Asked{Cause: interventions.RevisedByHand, Who: interventions.System, Why: why, DryRun: dry})
				if err != nil {
					return err
				}
				return a.p.print(revisionReport{r, r.Said(), dry}, func() { a.sayRevision(&r, dry) })
			})
		},
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "say what would move, and move nothing")
	reasonFlag(c, &why)
	return c
}

// revisionReport is what `list resolve` prints as JSON.
type revisionReport struct {
	interventions.Revision
	Said   string
	DryRun bool
}

// revise solves the rest of the day again and notes in the audit what moved.
func (a *app) revise(ctx context.Context, ask interventions.Asked) (interventions.Revision, error) {
	r, err := a.policy.Revise(ctx, a.store, ask, a.p.Now())
	if err != nil || ask.DryRun || !r.Changed() {
		return r, err
	}
	pub, err := a.store.Publication(ctx, r.Publication)
	if err != nil {
		return r, err
	}
	return r, a.auditEntry(ctx, access.Entry{
		Who: cmp.Or(r.Who, interventions.System), What: "plan the day again", Subject: a.date(pub.AsOf), Detail: r.Because() + ": " + r.Said(),
	})
}

func (a *app) sayRevision(r *interventions.Revision, dry bool) {
	what := "now"
	if dry {
		what = "dry run, nothing was moved"
	}
	a.p.say("the rest of %s, planned again (%s): %s", r.At.In(a.cfg.Zone).Format("Monday 2 January, 15:04"), what, r.Said())
	for _, m := range r.Minutes {
		name := "minutes of all agents"
		switch m.Kind {
		case interventions.LimitSkill:
			name = "minutes of " + m.Name
		case interventions.LimitLanguage:
			name = "minutes in " + strings.ReplaceAll(m.Name, "+", " or ")
		}
		a.p.say("  %8.0f  %s left; calls with room are expected to take %.0f, before %.0f", m.Left, name, m.After, m.Before)
	}
}

// resolveSlot solves the rest of the day again.
//
// scheduled: every nightly.resolve_minutes.
func (a *app) resolveSlot(ctx context.Context, _ queue.Job, _ queue.Lease) error {
	return a.resolveQuietly(ctx, interventions.Asked{Cause: interventions.RevisedOnSchedule, Who: interventions.System})
}

// resolveJob solves the rest of the day again because its hands changed.
//
// queue: every job of kind resolve, which the store makes with the change.
func (a *app) resolveJob(ctx context.Context, job queue.Job, _ queue.Lease) error {
	var why store.ResolveFor
	if err := job.Decode(&why); err != nil {
		return err
	}
	if a.p.Now().Sub(job.RunAfter) > resolveLate {
		a.log.Debug("hands changed too long ago to solve the day again for it", "because", why.Why)
		return nil
	}
	return a.resolveQuietly(ctx, interventions.Asked{Cause: why.Cause, Who: interventions.System, Why: why.Why})
}

// resolveLate is how long after hands changed the day is still solved again for
// it: whoever begins to work later begins with what is there then.
const resolveLate = time.Hour

// resolveQuietly finds it right that there may be nothing to solve.
func (a *app) resolveQuietly(ctx context.Context, ask interventions.Asked) error {
	if run, err := a.store.RunAt(ctx, time.Time{}); err == nil && run.State == nightly.Running {
		return nil // the list that is being made knows the hands there are
	}
	r, err := a.revise(ctx, ask)
	if k := fault.Of(err); k == fault.Conflict || k == fault.NotFound {
		a.log.Debug("the day was not solved again", "why", err.Error())
		return nil
	}
	if err == nil && r.Changed() {
		a.log.Info("planned the day again", "because", r.Because(), "moved", r.Moved, "restored", r.Restored)
	}
	return err
}
