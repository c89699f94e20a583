package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/access"
	"holdfast/internal/fault"
)

func (p *program) modelPromoteCmd() *cobra.Command {
	var by string
	c := &cobra.Command{
		Use: "promote ID", Short: "make a model the champion; where the configuration asks for two people, each of them with --by", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if by != "" {
				if err := p.prove(cmd.Context(), access.CleanName(by), access.ReleaseModels); err != nil {
					return err
				}
			}
			return p.withApp(cmd.Context(), writes, func(a *app) error { return a.release(cmd.Context(), args[0], p.given) })
		},
	}
	c.Flags().StringVar(&by, "by", "", "who you are; the password is asked for, or read from stdin")
	return c
}

// prove checks that the person who types is a user who may do this, and keeps the
// name as what was given for the command: a job was given it already.
func (p *program) prove(ctx context.Context, name string, action access.Action) error {
	if p.given != "" {
		return nil
	}
	password, err := p.password()
	if err != nil {
		return err
	}
	return p.withApp(ctx, reads, func(a *app) error {
		u, err := access.NewDoor(a.store).Prove(ctx, name, password)
		if err != nil {
			return err
		}
		if !access.Can(u.Role, action) {
			return fault.New(fault.Forbidden, "%s is %s %s and may not %s", u.Name, article(string(u.Role)), u.Role, action)
		}
		p.given = u.Name
		return nil
	})
}

func article(word string) string {
	if strings.ContainsAny(word[:1], "aeiou") {
		return "an"
	}
	return "a"
}

// release makes a model the champion. Where two people must release it, the
// first of them leaves a consent.
func (a *app) release(ctx context.Context, id, by string) error {
	if !a.cfg.Training.TwoPersonRelease {
		return a.promote(ctx, id, "promoted by hand", "promote a model")
	}
	if by == "" {
		return fault.New(fault.Invalid, "training.two_person_release is on: say who you are with --by NAME; another person has to do the same")
	}
	_, m, err := a.store.Model(ctx, id)
	if err != nil {
		return err
	}
	if err := a.fits(id, m); err != nil {
		return err
	}
	if champion, _, err := a.store.Champion(ctx); err == nil && champion.ID == id {
		a.p.say("%s is the champion already", id)
		return nil
	}
	people, err := a.store.Consent(ctx, id, by, a.p.Now())
	if err != nil {
		return err
	}
	if err := a.auditAs(ctx, by, "consent to a model", id); err != nil {
		return err
	}
	if len(people) < 2 {
		a.p.say("%s consents to %s; it goes live when another person does: holdfast model promote %s --by NAME", by, id, id)
		return nil
	}
	return a.promote(ctx, id, fmt.Sprintf("released by %s", strings.Join(people, " and ")), "promote a model")
}
