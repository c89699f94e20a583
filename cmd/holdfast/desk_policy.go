package main

import (
	"context"
	"fmt"

	"holdfast/internal/fault"
	"holdfast/nightly"
	"holdfast/queue"
	"holdfast/store"
	"holdfast/web"
)

// policyRoom shows the policy in use to the pages, and takes dry runs of others.
type policyRoom struct{ a *app }

// pastedPolicy is what a policy that was read is called where it cannot be used.
const pastedPolicy = "policy"

// PolicyNow returns the policy that this process decides by, with what proof has
// taught it, and the versions that nights were decided by.
func (p policyRoom) PolicyNow(ctx context.Context) (web.PolicyNow, error) {
	a := p.a
	hash, _, err := a.policy.Text()
	if err != nil {
		return web.PolicyNow{}, fmt.Errorf("read the policy in use: %w", err)
	}
	out := web.PolicyNow{Config: a.cfg.Interventions, Hash: hash, Text: a.cfg.PolicyText}
	if out.Versions, err = a.store.Policies(ctx); err != nil {
		return out, err
	}
	l, err := a.learned(ctx, nightly.Run{AsOf: a.p.Now()})
	if err != nil {
		return out, err
	}
	taught := a.policy.Learn(l)
	for i := range taught.Treatments() {
		out.Effects = append(out.Effects, taught.Effect(i, ""))
		out.Offers = append(out.Offers, taught.Acceptance(i))
	}
	return out, nil
}

// AskRehearsal checks the text of a policy and keeps it with the job that
// compares it: nothing is kept of what is refused.
func (p policyRoom) AskRehearsal(ctx context.Context, r nightly.Rehearsal) (int64, error) {
	if _, err := p.a.cfg.ParsePolicy("", []byte(r.Policy)); err != nil {
		return 0, err
	}
	run, err := p.a.store.RunAt(ctx, r.AsOf)
	if err != nil {
		return 0, err
	}
	if run.State != nightly.Completed || run.DryRun {
		return 0, fault.New(fault.Invalid, "the night of %s is not complete: choose one that is", p.a.date(run.AsOf))
	}
	r.Run, r.AsOf = run.ID, run.AsOf
	return p.a.store.AskRehearsal(ctx, r)
}

// Rehearsal returns a dry run; NotFound when there is none.
func (p policyRoom) Rehearsal(ctx context.Context, id int64) (nightly.Rehearsal, error) {
	return p.a.store.Rehearsal(ctx, id)
}

// Rehearsals returns the newest, without policies and results.
func (p policyRoom) Rehearsals(ctx context.Context, limit int) ([]nightly.Rehearsal, error) {
	return p.a.store.Rehearsals(ctx, limit)
}

// rehearsalAttempts is how often a dry run is begun: again only after whoever
// did it fell silent, or a service did.
const rehearsalAttempts = 3

// rehearseJob decides a night once more by a policy that somebody asked about.
// That it cannot be decided is its result and not the job's.
//
// queue: every job of kind rehearse.
func (a *app) rehearseJob(ctx context.Context, job queue.Job, _ queue.Lease) error {
	var of store.RehearsalOf
	if err := job.Decode(&of); err != nil {
		return err
	}
	r, err := a.store.Rehearsal(ctx, of.ID)
	if err != nil || !r.Waits() {
		return err
	}
	c, err := a.rehearseAsked(ctx, r)
	switch fault.Of(err) {
	case fault.Invalid, fault.NotFound, fault.Held:
		if ctx.Err() == nil {
			return a.store.EndRehearsal(ctx, r.ID, a.p.Now(), nil, err.Error())
		}
	}
	if err != nil {
		return err
	}
	c = c.Public()
	return a.store.EndRehearsal(ctx, r.ID, a.p.Now(), &c, "")
}

func (a *app) rehearseAsked(ctx context.Context, r nightly.Rehearsal) (nightly.Comparison, error) {
	cfg, err := a.cfg.ParsePolicy("", []byte(r.Policy))
	if err != nil {
		return nightly.Comparison{}, err
	}
	run, err := a.store.Run(ctx, r.Run)
	if err != nil {
		return nightly.Comparison{}, err
	}
	leave, err := a.courtesy.enter(ctx)
	if err != nil {
		return nightly.Comparison{}, fmt.Errorf("wait for a processor that the desk does not need: %w", err)
	}
	defer leave()
	return a.rehearse(ctx, run, pastedPolicy, cfg, false)
}

// rehearsalGaveUp ends a dry run whose job is not tried again.
func (a *app) rehearsalGaveUp(ctx context.Context, job queue.Job, _ string) error {
	var of store.RehearsalOf
	if err := job.Decode(&of); err != nil {
		return err
	}
	return a.store.EndRehearsal(ctx, of.ID, a.p.Now(), nil, "it was begun "+fmt.Sprint(rehearsalAttempts)+" times and never came to an end: ask the operator, who sees why at the jobs")
}

var _ web.PolicyRoom = policyRoom{}
