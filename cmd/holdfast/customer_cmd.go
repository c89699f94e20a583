package main

import (
	"context"

	"github.com/spf13/cobra"

	"holdfast/history"
	"holdfast/internal/fault"
)

func (p *program) customerCmd() *cobra.Command {
	c := &cobra.Command{Use: "customer", Short: "one person: export and erase their data, preview what they are told, merge two records, take a merge back"}
	c.AddCommand(
		p.customerExportCmd(), p.customerEraseCmd(), p.customerPreviewCmd(),
		&cobra.Command{
			Use: "merge KEY INTO-KEY", Short: "read the facts of the first as facts of the second", Args: cobra.ExactArgs(2),
			RunE: func(cmd *cobra.Command, args []string) error {
				return p.withApp(cmd.Context(), writes, func(a *app) error {
					from, err := a.customer(cmd.Context(), args[0])
					if err != nil {
						return err
					}
					to, err := a.customer(cmd.Context(), args[1])
					if err != nil {
						return err
					}
					if err := a.store.MergeCustomers(cmd.Context(), from, to, p.Now()); err != nil {
						return err
					}
					p.say("%s is now read as %s; take it back with holdfast customer unmerge %s", args[0], args[1], args[0])
					return nil
				})
			},
		},
		&cobra.Command{
			Use: "unmerge KEY", Short: "take a merge back", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return p.withApp(cmd.Context(), writes, func(a *app) error {
					from, err := a.customer(cmd.Context(), args[0])
					if err != nil {
						return err
					}
					if err := a.store.UnmergeCustomers(cmd.Context(), from, p.Now()); err != nil {
						return err
					}
					p.say("%s stands for itself again", args[0])
					return nil
				})
			},
		},
	)
	return c
}

// customer finds the one customer record with a key.
func (a *app) customer(ctx context.Context, key string) (history.CustomerID, error) {
	ids, err := a.store.CustomersByKey(ctx, key)
	if err != nil {
		return 0, err
	}
	switch len(ids) {
	case 0:
		return 0, fault.New(fault.NotFound, "there is no customer with the key %q", key)
	case 1:
		return ids[0], nil
	}
	return 0, fault.New(fault.Invalid, "%d customers have the key %q, from different sources", len(ids), key)
}
