package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast/access"
	"holdfast/internal/fault"
)

func (p *program) tokenCmd() *cobra.Command {
	c := &cobra.Command{Use: "token", Short: "what lets programs use the API"}
	c.AddCommand(p.tokenAddCmd(), p.tokenListCmd(), p.tokenRevokeCmd())
	return c
}

func (p *program) tokenAddCmd() *cobra.Command {
	var t access.Token
	var scopes []string
	var days int
	c := &cobra.Command{
		Use: "add NAME", Short: "make a token; its secret is printed once", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			t.Name, t.Owner, t.Created = args[0], access.CleanName(t.Owner), p.Now()
			t.Expires = t.Created.AddDate(0, 0, days)
			for _, s := range scopes {
				t.Scopes = append(t.Scopes, access.Scope(s))
			}
			// The secret stays in this process: what becomes a job is given its hash.
			secret := ""
			if p.given == "" {
				secret, p.given = access.NewSecret()
			}
			t.Hash = p.given
			err := p.withApp(cmd.Context(), writes, func(a *app) error { return a.addToken(cmd.Context(), t) })
			if err != nil || secret == "" {
				return err
			}
			shown := t
			shown.Hash = ""
			return p.print(struct {
				access.Token
				Secret string
			}{shown, secret}, func() { p.say("%s", secret) })
		},
	}
	c.Flags().StringVar(&t.Owner, "owner", "", "whose rights it has, at most")
	c.Flags().StringSliceVar(&scopes, "scopes", nil, fmt.Sprintf("what it is good for, of %v", access.Scopes))
	c.Flags().IntVar(&days, "days", 90, "how long it lives, 1 to 366")
	return c
}

func (a *app) addToken(ctx context.Context, t access.Token) error {
	made, err := access.NewToken(ctx, a.store, t)
	if err != nil {
		return err
	}
	a.p.tell("token %d for %s, good until %s; its secret is not shown again:", made.ID, made.Owner, made.Expires.Format(time.DateOnly))
	return a.audit(ctx, "add a token", strconv.FormatInt(made.ID, 10))
}

func (p *program) tokenListCmd() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "every token, without its secret",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withApp(cmd.Context(), reads, func(a *app) error {
				tokens, err := a.store.Tokens(cmd.Context())
				if err != nil {
					return err
				}
				for i := range tokens {
					tokens[i].Hash = ""
				}
				return p.print(tokens, func() {
					for _, t := range tokens {
						p.say("%d  %-20s %-12s %-24s %s", t.ID, t.Name, t.Owner, joinScopes(t.Scopes), tokenState(t, p.Now()))
					}
				})
			})
		},
	}
}

func joinScopes(scopes []access.Scope) string {
	list := make([]string, len(scopes))
	for i, s := range scopes {
		list[i] = string(s)
	}
	return strings.Join(list, ",")
}

func tokenState(t access.Token, now time.Time) string {
	switch {
	case !t.Revoked.IsZero():
		return "revoked " + t.Revoked.Format(time.DateOnly)
	case !now.Before(t.Expires):
		return "over since " + t.Expires.Format(time.DateOnly)
	case t.Used.IsZero():
		return "good until " + t.Expires.Format(time.DateOnly) + ", never used"
	}
	return "good until " + t.Expires.Format(time.DateOnly) + ", last used " + t.Used.Format(time.DateOnly)
}

func (p *program) tokenRevokeCmd() *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "end a token at once and for good", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return usageError{fault.New(fault.Invalid, "%q is not the number of a token: see holdfast token list", args[0])}
			}
			return p.withApp(cmd.Context(), writes, func(a *app) error {
				if err := a.store.RevokeToken(cmd.Context(), id, p.Now()); err != nil {
					return err
				}
				p.say("token %d is revoked", id)
				return a.audit(cmd.Context(), "revoke a token", args[0])
			})
		},
	}
}
