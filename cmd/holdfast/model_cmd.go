package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"holdfast/nightly"
)

func (p *program) modelCmd() *cobra.Command {
	c := &cobra.Command{Use: "model", Short: "the models in the registry; fit, predict and evaluate on flat tables"}
	c.AddCommand(
		&cobra.Command{
			Use: "list", Short: "every model, newest first",
			RunE: func(cmd *cobra.Command, _ []string) error {
				return p.withApp(cmd.Context(), reads, func(a *app) error { return a.listModels(cmd.Context()) })
			},
		},
		&cobra.Command{
			Use: "show ID", Short: "a model's card", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return p.withApp(cmd.Context(), reads, func(a *app) error { return a.showModel(cmd.Context(), args[0]) })
			},
		},
	)
	c.AddCommand(p.modelPromoteCmd(), p.modelRollbackCmd(), p.modelExportCmd(), p.modelImportCmd())
	c.AddCommand(p.modelTableCmds()...)
	return c
}

func (a *app) listModels(ctx context.Context) error {
	models, err := a.store.Models(ctx, 100)
	if err != nil {
		return err
	}
	if models == nil {
		models = []nightly.ModelRecord{}
	}
	return a.p.print(models, func() {
		for _, m := range models {
			mark := " "
			if m.Champion {
				mark = "*"
			}
			a.p.say("%s %-14s %-10s trained %s  %s", mark, m.ID, m.Name, m.TrainedAt.In(a.cfg.Zone).Format(time.DateOnly), m.Reason)
		}
		if len(models) == 0 {
			a.p.say("no model yet: the first night trains one")
		}
	})
}
