package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"holdfast/channels"
	"holdfast/queue"
	"holdfast/store"
)

func (p *program) customerExportCmd() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use: "export KEY", Short: "all that is kept of a person, as JSON", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withApp(cmd.Context(), reads, func(a *app) error {
				person, err := a.store.Person(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				data, err := a.store.PersonalData(cmd.Context(), person)
				if err != nil {
					return err
				}
				if err := a.audit(cmd.Context(), "export a person's data", args[0]); err != nil {
					return err
				}
				return p.toFile(out, func(w io.Writer) error {
					e := json.NewEncoder(w)
					e.SetIndent("", "  ")
					e.SetEscapeHTML(false)
					return e.Encode(data)
				})
			})
		},
	}
	c.Flags().StringVarP(&out, "out", "o", "", "`file` to write; stdout by default")
	return c
}

// erasure is what `customer erase` prints as JSON.
type erasure struct {
	People int          `json:"people"`
	Erased store.Erased `json:"erased"`
	Files  int          `json:"files"` // of messages, that nobody had fetched
}

func (p *program) customerEraseCmd() *cobra.Command {
	var sure bool
	c := &cobra.Command{
		Use: "erase KEY...", Short: "delete all that is kept of people, for good", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !sure {
				return usageError{errors.New("erasing cannot be taken back: look with holdfast customer export, then say --yes")}
			}
			return p.withApp(cmd.Context(), writes, func(a *app) error { return a.erase(cmd.Context(), args) })
		},
	}
	c.Flags().BoolVar(&sure, "yes", false, "this cannot be taken back; say that you mean it")
	return c
}

// erase deletes people one after another, and the bytes of all of them in the
// end. Everybody is found before anybody is deleted.
func (a *app) erase(ctx context.Context, keys []string) error {
	people := make([]store.Person, len(keys))
	for i, key := range keys {
		var err error
		if people[i], err = a.store.Person(ctx, key); err != nil {
			return err
		}
	}
	if l, ok := queue.LeaseFrom(ctx); ok {
		if err := a.store.ForgetCommand(ctx, l.JobID); err != nil {
			return err
		}
	}
	var done erasure
	for _, person := range people {
		files, err := a.forgetFiles(ctx, person)
		if err != nil {
			return err
		}
		n, err := a.store.Erase(ctx, person, a.p.Now())
		if err != nil {
			return err
		}
		done.People++
		done.Files += files
		done.Erased.Add(n)
		if err := a.audit(ctx, "erase a person", ""); err != nil {
			return err
		}
	}
	a.forgetShards()
	if err := a.store.Compact(ctx); err != nil {
		return err
	}
	return a.p.print(done, func() {
		e := done.Erased
		a.p.say("erased %d people: %d records, %d facts, %d events in all versions, %d lines of nights, %d tasks, attempts, promises and messages, %d rejected rows, %d files",
			done.People, e.Customers, e.Facts, e.Events, e.Nights, e.Work, e.Rejections, done.Files)
		a.p.tell("backups and feed files of before still hold them: docs/security.md says what to do with those")
	})
}

// forgetFiles deletes the files of a person's messages.
func (a *app) forgetFiles(ctx context.Context, p store.Person) (n int, err error) {
	keys, err := a.store.MessageKeys(ctx, p)
	if err != nil {
		return 0, err
	}
	files := channels.File{Folder: a.cfg.Channels.Folder}
	for _, k := range keys {
		there, err := files.Forget(k)
		if err != nil {
			return n, err
		}
		if there {
			n++
		}
	}
	return n, nil
}

// forgetShards lets the nights of this process read histories anew.
func (a *app) forgetShards() {
	if a.nights != nil {
		a.nights.Forget()
	}
}
