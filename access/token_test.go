package access_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
)

// drawer keeps tokens in memory beside a book of users.
type drawer struct {
	*book
	tokens map[string]access.Token
	noted  int
}

func (d *drawer) AddToken(_ context.Context, t access.Token) (access.Token, error) {
	t.ID = int64(len(d.tokens) + 1)
	d.tokens[t.Hash] = t
	return t, nil
}

func (d *drawer) TokenByHash(_ context.Context, hash string) (access.Token, error) {
	if t, ok := d.tokens[hash]; ok {
		return t, nil
	}
	return access.Token{}, fault.New(fault.NotFound, "no token")
}

func (d *drawer) NoteTokenUse(_ context.Context, id int64, at time.Time) error {
	d.noted++
	for h, t := range d.tokens {
		if t.ID == id {
			t.Used = at
			d.tokens[h] = t
		}
	}
	return nil
}

func newDrawer(t *testing.T) *drawer {
	return &drawer{
		book:   newBook(t, access.User{Name: "oli", Role: access.Operator}, access.User{Name: "ann", Role: access.Agent}),
		tokens: map[string]access.Token{},
	}
}

func day(owner string, scopes ...access.Scope) access.Token {
	return access.Token{Name: "till", Owner: owner, Scopes: scopes, Created: noon, Expires: noon.AddDate(0, 0, 1)}
}

func TestATokenIsGoodForItsOwnersRightsWithinItsScopes(t *testing.T) {
	t.Parallel()
	d := newDrawer(t)
	key, hash := access.NewSecret()
	tok := day("oli", access.ScopeFacts)
	tok.Hash = hash
	made, err := access.NewToken(t.Context(), d, tok)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(made.Hash, key) || len(key) < 40 {
		t.Errorf("hash %q of secret %q", made.Hash, key)
	}
	c, err := access.BearerOf(t.Context(), d, key, noon)
	if err != nil || c.Name != "oli" {
		t.Fatalf("caller = %v, %v", c, err)
	}
	for _, a := range access.Actions {
		if want := a == access.SendFacts; c.Can(a) != want {
			t.Errorf("may %s = %v, want %v", a, !want, want)
		}
	}
	for range 3 {
		if _, err := access.BearerOf(t.Context(), d, key, noon.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	if d.noted != 1 {
		t.Errorf("its use was written %d times in a minute, want once", d.noted)
	}
	owner := d.users["oli"]
	owner.Role = access.Agent
	d.users["oli"] = owner
	if c, err := access.BearerOf(t.Context(), d, key, noon); err != nil || c.Can(access.SendFacts) {
		t.Errorf("the owner lost the right, the token did not: %v", err)
	}
}

func TestNoScopeReachesAnArm(t *testing.T) {
	t.Parallel()
	for _, role := range access.Roles {
		c := access.Caller{User: access.User{Role: role}, Token: access.Token{Scopes: access.Scopes}}
		if c.Can(access.SeeArms) || c.Can(access.ManageUsers) {
			t.Errorf("a token of role %s reaches arms or users", role)
		}
	}
}

func TestABadTokenIsRefusedAlike(t *testing.T) {
	t.Parallel()
	d := newDrawer(t)
	key, hash := access.NewSecret()
	tok := day("oli", access.ScopeRead)
	tok.Hash = hash
	_, err := access.NewToken(t.Context(), d, tok)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	refused := func(what, key string, at time.Time) {
		t.Helper()
		_, err := access.BearerOf(t.Context(), d, key, at)
		if fault.Of(err) != fault.Forbidden {
			t.Fatalf("%s: %v, want forbidden", what, err)
		}
		said = append(said, err.Error())
	}
	refused("unknown", key+"x", noon)
	refused("over", key, noon.AddDate(0, 0, 1))
	owner := d.users["oli"]
	owner.Disabled = true
	d.users["oli"] = owner
	refused("owner disabled", key, noon)
	delete(d.users, "oli")
	refused("owner gone", key, noon)
	d.users["oli"] = access.User{Name: "oli", Role: access.Operator}
	for h, tok := range d.tokens {
		tok.Revoked = noon
		d.tokens[h] = tok
	}
	refused("revoked", key, noon)
	for _, s := range said {
		if s != said[0] {
			t.Errorf("refusals differ: %q and %q", s, said[0])
		}
	}
}

func TestWhatNoTokenIsMadeOf(t *testing.T) {
	t.Parallel()
	d := newDrawer(t)
	long := day("oli", access.ScopeRead)
	long.Expires = noon.AddDate(2, 0, 0)
	nameless := day("oli", access.ScopeRead)
	nameless.Name = ""
	for what, c := range map[string]struct {
		t    access.Token
		says string
	}{
		"no scope":           {day("oli"), "name at least one scope"},
		"unknown scope":      {day("oli", "everything"), `there is no scope "everything"`},
		"too long":           {long, "1 to 366 days"},
		"no name":            {nameless, "what the token is for"},
		"nobody":             {day("zoe", access.ScopeRead), `there is no user "zoe"`},
		"beyond the owner's": {day("ann", access.ScopeFacts), `may do nothing of the scope "facts"`},
	} {
		_, c.t.Hash = access.NewSecret()
		_, err := access.NewToken(t.Context(), d, c.t)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", what, err, c.says)
		}
	}
	if len(d.tokens) != 0 {
		t.Errorf("%d tokens were kept", len(d.tokens))
	}
}
