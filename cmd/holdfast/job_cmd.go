package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/interventions"
	"holdfast/queue"
	"holdfast/store"
)

func (p *program) jobCmd() *cobra.Command {
	c := &cobra.Command{Use: "job", Short: "the jobs that gave up or wait for a person"}
	c.AddCommand(p.jobListCmd(), p.jobRetryCmd(), p.jobSettleCmd())
	return c
}

func (p *program) jobListCmd() *cobra.Command {
	var state string
	c := &cobra.Command{
		Use: "list [--state STATE]", Short: "jobs, newest first; those that wait for a person, dead or unknown, by default",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withApp(cmd.Context(), reads, func(a *app) error {
				found, err := a.jobsOf(cmd.Context(), queue.State(state))
				if err != nil {
					return err
				}
				return p.print(found, func() {
					for _, j := range found {
						p.say("%d  %-10s %-14s attempt %d  %s  %s", j.ID, j.State, j.Kind, j.Attempt, j.Key, j.LastError)
					}
					if len(found) == 0 && state == "" {
						p.say("no job waits for a person")
					}
				})
			})
		},
	}
	c.Flags().StringVar(&state, "state", "", "`state`: ready, dispatched, running, done, dead or unknown; dead and unknown by default")
	return c
}

// jobsOf returns the newest jobs of a state, or those that wait for a person.
func (a *app) jobsOf(ctx context.Context, state queue.State) ([]queue.Job, error) {
	const most = 200
	if state != "" {
		return a.store.Jobs(ctx, store.JobFilter{State: state, Limit: most})
	}
	found := []queue.Job{}
	for _, s := range []queue.State{queue.Unknown, queue.Dead} {
		list, err := a.store.Jobs(ctx, store.JobFilter{State: s, Limit: most})
		if err != nil {
			return nil, err
		}
		found = append(found, list...)
	}
	return found, nil
}

func (p *program) jobRetryCmd() *cobra.Command {
	var all bool
	var kind, waiting string
	c := &cobra.Command{
		Use: "retry ID | --all [--kind KIND] | --waiting CHANNEL", Short: "try a dead or unknown job again, all that are dead, or the messages that wait for another try",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case waiting != "" && !all && kind == "" && len(args) == 0:
				return p.withApp(cmd.Context(), writes, func(a *app) error { return a.tryNow(cmd.Context(), waiting) })
			case all && waiting == "" && len(args) == 0:
				return p.withApp(cmd.Context(), writes, func(a *app) error { return a.retryDead(cmd.Context(), kind) })
			case all || kind != "" || waiting != "" || len(args) == 0:
				return usageError{errors.New("name one job, or --all for all that gave up, --kind for those of one kind, or --waiting for messages that wait for another try: see holdfast job list")}
			}
			id, err := jobNumber(args[0])
			if err != nil {
				return err
			}
			return p.withApp(cmd.Context(), writes, func(a *app) error {
				if err := a.store.RetryJob(cmd.Context(), id, p.Now()); err != nil {
					return err
				}
				p.say("job %d is ready again", id)
				return a.auditJob(cmd.Context(), "retry a job", id)
			})
		},
	}
	c.Flags().BoolVar(&all, "all", false, "all that are dead; unknown ones are looked at one by one")
	c.Flags().StringVar(&kind, "kind", "", "with --all: of this `kind` alone, such as deliver")
	c.Flags().StringVar(&waiting, "waiting", "", "the messages of this `channel` that wait for another try because their receiver was away")
	return c
}

func (p *program) jobSettleCmd() *cobra.Command {
	return &cobra.Command{
		Use: "settle ID", Short: "say that what an unknown job was to do has happened: its message arrived, and is not sent again",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := jobNumber(args[0])
			if err != nil {
				return err
			}
			return p.withApp(cmd.Context(), writes, func(a *app) error {
				if err := a.store.SettleJob(cmd.Context(), id, p.Now(), a.policy.Sent); err != nil {
					return err
				}
				p.say("job %d is done: nothing more is sent", id)
				return a.auditJob(cmd.Context(), "settle a job", id)
			})
		},
	}
}

// auditJob writes what was done with a job, by its name.
func (a *app) auditJob(ctx context.Context, what string, id int64) error {
	job, err := a.store.Job(ctx, id)
	if err != nil {
		return err
	}
	return a.audit(ctx, what, job.Named())
}

func jobNumber(arg string) (int64, error) {
	id, err := strconv.ParseInt(arg, 10, 64)
	if err != nil {
		return 0, usageError{fmt.Errorf("%q is not the number of a job: see holdfast job list", arg)}
	}
	return id, nil
}

// tryNow makes the next try of messages whose receiver was away due, and says how
// many they are.
func (a *app) tryNow(ctx context.Context, channel string) error {
	n, err := a.store.TryNow(ctx, interventions.Channel(channel), a.p.Now())
	if err != nil {
		return err
	}
	if n == 0 {
		a.p.say("no message by %s waits for another try", channel)
		return nil
	}
	a.p.say("messages that are tried now: %d", n)
	return a.audit(ctx, "retry a job", fmt.Sprintf("%s, %d that waited for another try", channel, n))
}

// retryDead brings back what gave up, and says how many jobs.
func (a *app) retryDead(ctx context.Context, kind string) error {
	n, err := a.store.RetryDead(ctx, kind, a.p.Now())
	if err != nil {
		return err
	}
	if n == 0 {
		a.p.say("no such job gave up")
		return nil
	}
	a.p.say("ready again, of those that gave up: %d", n)
	return a.audit(ctx, "retry a job", strings.TrimSpace(fmt.Sprintf("%d that gave up %s", n, kind)))
}
