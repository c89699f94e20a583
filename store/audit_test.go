package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/access"
	"holdfast/store"
)

var _ access.Entries = (*store.Store)(nil)

func TestAuditIsSearched(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		for i := range 6 {
			must(t, s.Audit(t.Context(), access.Entry{
				At: noon.Add(time.Duration(i) * time.Hour), Who: []string{"ann", "bob"}[i%2], What: []string{"export", "sign in"}[i/3],
				Subject: fmt.Sprint(i), Detail: []string{"100% of Ändern_Sie", "x"}[i%2],
			}))
		}
		for name, c := range map[string]struct {
			q    access.Search
			want string
		}{
			"all":           {access.Search{}, "543210"},
			"first page":    {access.Search{Limit: 2}, "54"},
			"second page":   {access.Search{Limit: 2, Before: 5}, "32"},
			"who":           {access.Search{Who: "ann"}, "420"},
			"what":          {access.Search{What: "export"}, "210"},
			"subject":       {access.Search{Subject: "3"}, "3"},
			"text":          {access.Search{Text: "100% OF"}, "420"},
			"not a pattern": {access.Search{Text: "1_0"}, ""},
			"time":          {access.Search{From: noon.Add(time.Hour), To: noon.Add(3 * time.Hour)}, "21"},
			"hostile":       {access.Search{Who: "x' OR '1'='1", Text: "\x00"}, ""},
		} {
			list, err := s.AuditEntries(t.Context(), c.q)
			must(t, err)
			got := ""
			for _, e := range list {
				got += e.Subject
			}
			if got != c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
		got := ""
		must(t, access.Each(t.Context(), s, access.Search{Who: "bob"}, func(e access.Entry) error {
			got += e.Subject
			return nil
		}))
		if got != "531" {
			t.Errorf("each of bob's: %q", got)
		}
	})
}

// TestAuditIsOneChain: many write at once, through two openings of one
// database, and every entry is behind the one before it.
func TestAuditIsOneChain(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		cfg := newConfig(t, dialect)
		one := open(t, cfg, options())
		two := reopen(t, cfg, options())
		const writers, each = 8, 15
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		var wg sync.WaitGroup
		for w := range writers {
			s := []*store.Store{one, two}[w%2]
			wg.Go(func() {
				for i := range each {
					ctx := t.Context()
					if i%5 == 4 {
						ctx = gone // whose browser went away: it is written all the same
					}
					if err := s.Audit(ctx, access.Entry{At: noon, Who: fmt.Sprint("w", w), What: "do", Subject: fmt.Sprint(i)}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		c, err := one.CheckAudit(t.Context())
		must(t, err)
		if c.Broken != 0 || c.Entries != writers*each || len(c.Head) != 64 {
			t.Errorf("the chain is %+v", c)
		}
	})
}

// TestATamperedAuditIsFound: what the database itself refuses, and what somebody
// finds who takes that away.
func TestATamperedAuditIsFound(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		for what, c := range map[string]struct {
			tamper string
			broken int64
			why    string
		}{
			"changed":         {`UPDATE audit SET who = 'bob' WHERE id = 3`, 3, "changed"},
			"another subject": {`UPDATE audit SET subject = 'somebody else' WHERE id = 4`, 4, "changed"},
			"deleted":         {`DELETE FROM audit WHERE id = 2`, 2, "gone"},
			"cut off":         {`DELETE FROM audit WHERE id > 4`, 5, "gone"},
			"moved":           {`UPDATE audit SET id = 9 WHERE id = 5`, 5, "gone"},
			"forged later":    {`UPDATE audit SET at = at + 1 WHERE id = 6`, 6, "changed"},
		} {
			t.Run(what, func(t *testing.T) {
				t.Parallel()
				s := open(t, newConfig(t, dialect), options())
				for i := range 6 {
					must(t, s.Audit(t.Context(), access.Entry{At: noon, Who: "ann", What: "read", Subject: fmt.Sprint("c", i)}))
				}
				if err := s.Raw(t.Context(), c.tamper); err == nil || !strings.Contains(err.Error(), "the audit is only added to") {
					t.Fatalf("the database let it happen: %v", err)
				}
				untie := []string{`DROP TRIGGER audit_stays`, `DROP TRIGGER audit_is_fixed`}
				if dialect == "postgres" {
					untie = []string{`DROP TRIGGER audit_stays ON audit`}
				}
				for _, q := range append(untie, c.tamper) {
					must(t, s.Raw(t.Context(), q))
				}
				got, err := s.CheckAudit(t.Context())
				must(t, err)
				if got.Broken != c.broken || !strings.Contains(got.Why, c.why) || got.Entries != c.broken-1 {
					t.Errorf("found %+v", got)
				}
			})
		}
	})
}

// TestTheChainHoldsWithoutTheErased: taking a person out of the audit leaves a
// chain that holds, and nothing to guess the person by.
func TestTheChainHoldsWithoutTheErased(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		for i := range 4 {
			must(t, s.Audit(t.Context(), access.Entry{At: noon, Who: "ann", What: "read", Subject: fmt.Sprint("c", i%2), Detail: "by phone"}))
		}
		must(t, s.Raw(t.Context(), `UPDATE audit SET subject = 'somebody who was erased', detail = '', salt = '' WHERE subject = 'c1'`))
		must(t, s.Audit(t.Context(), access.Entry{At: noon, Who: "ann", What: "erase"}))
		c, err := s.CheckAudit(t.Context())
		must(t, err)
		if c.Broken != 0 || c.Erased != 2 || c.Entries != 5 {
			t.Errorf("the chain is %+v", c)
		}
	})
}

// TestTheOperationsAuditTellsOfNoCustomer: what an operator reads is what was
// done to the system, whatever else is searched for.
func TestTheOperationsAuditTellsOfNoCustomer(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		for i, what := range []string{
			"sign in", "read a customer's file", "release a list", "search customers", "read arms", "ask for work, overriding arms",
			"change a user", "sign in", "erase a person", "something new",
		} {
			must(t, s.Audit(t.Context(), access.Entry{At: noon, Who: "ann", What: what, Subject: fmt.Sprint(i), Detail: "why"}))
		}
		for name, c := range map[string]struct {
			q    access.Search
			want string
		}{
			"all":         {access.Search{}, "7620"},
			"first page":  {access.Search{Limit: 2}, "76"},
			"second page": {access.Search{Limit: 2, Before: 7}, "20"},
			"who":         {access.Search{Who: "ann", Text: "WHY"}, "7620"},
			"what":        {access.Search{What: "sign in"}, "70"},
			"what not":    {access.Search{What: "read arms"}, ""},
			"a customer":  {access.Search{Subject: "1"}, ""},
		} {
			c.q.Operation = true
			got := ""
			list, err := s.AuditEntries(t.Context(), c.q)
			must(t, err)
			for _, e := range list {
				got += e.Subject
			}
			if got != c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
	})
}
