package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"holdfast/history"
	"holdfast/internal/fault"
)

func (p *program) importCmd() *cobra.Command {
	var o history.Options
	c := &cobra.Command{
		Use: "import FEED FILE...", Short: "read files of a feed into the history", Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withApp(cmd.Context(), writes, func(a *app) error {
				o.Progress = p.bar("import " + args[0])
				return a.importFiles(cmd.Context(), args[0], args[1:], o)
			})
		},
	}
	c.Flags().BoolVar(&o.DryRun, "dry-run", false, "read and check everything, keep nothing")
	c.Flags().BoolVar(&o.Backfill, "backfill", false, "keep recorded times that fall before the newest night")
	c.AddCommand(p.importListCmd(), p.importRejectionsCmd(), p.importUndoCmd())
	return c
}

func (a *app) importFiles(ctx context.Context, feed string, files []string, o history.Options) error {
	for i := range files {
		files[i] = a.p.file(files[i])
	}
	imp, err := a.importer().Run(ctx, feed, files, o)
	if err != nil {
		a.tellFirst(imp)
		if fault.Of(err) == fault.Invalid {
			return dataError{err}
		}
		return err
	}
	return a.p.print(imp, func() {
		a.sayImport(imp)
		if o.DryRun {
			a.p.say("  this was a trial: nothing was kept")
		}
	})
}

// tellFirst says which rows a refused import could not use, the first of them.
func (a *app) tellFirst(i history.Import) {
	if len(i.First) == 0 {
		return
	}
	a.p.tell("the first %d of %d rows that cannot be used:", len(i.First), i.Rejected)
	for _, r := range i.First {
		a.p.tell("  %s", rejectionWords(r))
	}
	if i.ID != 0 {
		a.p.tell("holdfast import rejections %d shows them again, and more", i.ID)
	}
}

// rejectionWords is a row's place, field, value and what is wrong with it.
func rejectionWords(r history.Rejection) string {
	if r.Column == "" { // the whole row
		return fmt.Sprintf("%s:%d: %q: %s", r.File, r.Row, r.Value, r.Reason)
	}
	return fmt.Sprintf("%s:%d: %s: %q: %s", r.File, r.Row, r.Column, r.Value, r.Reason)
}

func (a *app) sayImport(i history.Import) {
	a.p.say("import %d of %s: %d rows read, %d added, %d corrected, %d retracted, %d said nothing new, %d rejected, %d customers created",
		i.ID, i.Feed, i.Read, i.Added, i.Corrected, i.Retracted, i.Unchanged, i.Rejected, i.Customers)
	if i.Note != "" {
		a.p.say("  %s", i.Note)
	}
}

func (p *program) importListCmd() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "the newest imports",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withApp(cmd.Context(), reads, func(a *app) error {
				list, err := a.store.Imports(cmd.Context(), 100)
				if err != nil {
					return err
				}
				return p.print(list, func() {
					for _, i := range list {
						p.say("%d  %s  %-14s %9d rows  %6d rejected  %s", i.ID, i.Started.In(a.cfg.Zone).Format("2006-01-02 15:04"),
							i.Feed, i.Read, i.Rejected, importState(i))
					}
				})
			})
		},
	}
}

func importState(i history.Import) string {
	switch {
	case !i.Undone.IsZero():
		return "undone " + i.Undone.Format(time.DateOnly)
	case i.Refused:
		return "refused"
	case i.Published.IsZero():
		return "not published"
	}
	return "published"
}

func (p *program) importRejectionsCmd() *cobra.Command {
	return &cobra.Command{
		Use: "rejections [ID]", Short: "the rows an import could not use; of the newest by default", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if len(args) == 0 {
				return p.withApp(ctx, reads, func(a *app) error {
					newest, err := a.store.Imports(ctx, 1)
					if err != nil {
						return err
					}
					if len(newest) == 0 {
						p.say("nothing has been imported yet")
						return nil
					}
					return a.sayRejections(ctx, newest[0])
				})
			}
			return p.withImport(cmd, args[0], reads, func(a *app, id history.ImportID) error {
				imp, err := a.store.Import(ctx, id)
				if err != nil {
					return err
				}
				return a.sayRejections(ctx, imp)
			})
		},
	}
}

// sayRejections writes a line for each row that an import could not use.
func (a *app) sayRejections(ctx context.Context, imp history.Import) error {
	if imp.Rejected == 0 {
		a.p.say("import %d of %s rejected no row", imp.ID, imp.Feed)
		return nil
	}
	const page = 1000
	for after := 0; ; after += page {
		rows, err := a.store.Rejections(ctx, imp.ID, after, page)
		if err != nil {
			return err
		}
		for _, r := range rows {
			a.p.say("%s", rejectionWords(r))
		}
		if len(rows) < page {
			return nil
		}
	}
}

func (p *program) importUndoCmd() *cobra.Command {
	return &cobra.Command{
		Use: "undo ID", Short: "take one import out of the history", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withImport(cmd, args[0], writes, func(a *app, id history.ImportID) error {
				if err := a.store.UndoImport(cmd.Context(), id, p.Now()); err != nil {
					return err
				}
				p.say("import %d is undone; the next night no longer sees it", id)
				return a.audit(cmd.Context(), "undo an import", strconv.FormatInt(int64(id), 10))
			})
		},
	}
}

func (p *program) withImport(cmd *cobra.Command, text string, c claim, do func(*app, history.ImportID) error) error {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return usageError{fault.New(fault.Invalid, "%q is not the number of an import: see holdfast import list", text)}
	}
	return p.withApp(cmd.Context(), c, func(a *app) error { return do(a, history.ImportID(id)) })
}
