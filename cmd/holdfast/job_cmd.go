package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"holdfast/queue"
	"holdfast/store"
)

func (p *program) jobCmd() *cobra.Command {
	var state string
	c := &cobra.Command{Use: "job", Short: "the jobs that gave up or wait for a person"}
	list := &cobra.Command{
		Use: "list [--state STATE]", Short: "jobs, newest first; dead ones by default",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withApp(cmd.Context(), reads, func(a *app) error {
				jobs, err := a.store.Jobs(cmd.Context(), store.JobFilter{State: queue.State(state), Limit: 200})
				if err != nil {
					return err
				}
				return p.print(jobs, func() {
					for _, j := range jobs {
						p.say("%d  %-10s %-14s attempt %d  %s  %s", j.ID, j.State, j.Kind, j.Attempt, j.Key, j.LastError)
					}
				})
			})
		},
	}
	list.Flags().StringVar(&state, "state", string(queue.Dead), "`state`: ready, dispatched, running, done, dead or unknown")
	c.AddCommand(list, &cobra.Command{
		Use: "retry ID", Short: "try a dead or unknown job again", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return usageError{fmt.Errorf("%q is not the number of a job: see holdfast job list", args[0])}
			}
			return p.withApp(cmd.Context(), writes, func(a *app) error {
				if err := a.store.RetryJob(cmd.Context(), id, p.Now()); err != nil {
					return err
				}
				p.say("job %d is ready again", id)
				return a.audit(cmd.Context(), "retry a job", strconv.FormatInt(id, 10))
			})
		},
	})
	return c
}
