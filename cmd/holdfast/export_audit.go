package main

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/internal/tabular"
	"holdfast/web"
)

func (p *program) exportAuditCmd(out *string) *cobra.Command {
	var q access.Search
	var from, to string
	c := &cobra.Command{
		Use: "audit", Short: "who did what, newest first, with the hash that chains each entry to the one before",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withApp(cmd.Context(), reads, func(a *app) (err error) {
				if q.From, err = a.day(from); err != nil {
					return err
				}
				if q.To, err = a.day(to); err != nil {
					return err
				}
				if err := a.audit(cmd.Context(), "export the audit", *out); err != nil {
					return err
				}
				return p.toFile(*out, func(w io.Writer) error { return a.exportAudit(cmd.Context(), w, q) })
			})
		},
	}
	c.Flags().BoolVar(&q.Operation, "operation", false, "only what concerns how the system is run, and no customer")
	c.Flags().StringVar(&q.Who, "who", "", "only what this `user` did")
	c.Flags().StringVar(&q.What, "what", "", "only entries of this `kind`, as they say it")
	c.Flags().StringVar(&q.Subject, "to", "", "only what was done to this `subject`: a customer's key, a night, a user")
	c.Flags().StringVar(&from, "since", "", "from this `day` on")
	c.Flags().StringVar(&to, "before", "", "before this `day`")
	return c
}

// day is the beginning of a day of the business, zero for none.
func (a *app) day(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, text, a.cfg.Zone)
	if err != nil {
		return at, fault.New(fault.Invalid, "%q is not a day such as 2026-11-22", text)
	}
	return at, nil
}

func (a *app) exportAudit(ctx context.Context, w io.Writer, q access.Search) error {
	c, err := tabular.NewCSVWriter(w, web.AuditColumns, true)
	if err != nil {
		return err
	}
	if err := access.Each(ctx, a.store, q, func(e access.Entry) error { return c.Write(web.AuditCells(e)...) }); err != nil {
		return err
	}
	return c.Flush()
}
