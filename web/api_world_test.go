package web_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
)

// drawer keeps tokens, answers and rows in memory.
type drawer struct {
	mu      sync.Mutex
	people  *people
	tokens  map[string]access.Token
	answers map[string]access.Answer
	sent    [][]map[string]string
}

func newDrawer(p *people) *drawer {
	return &drawer{people: p, tokens: map[string]access.Token{}, answers: map[string]access.Answer{}}
}

func (d *drawer) User(ctx context.Context, name string) (access.User, error) {
	return d.people.User(ctx, name)
}

func (d *drawer) AddToken(_ context.Context, t access.Token) (access.Token, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t.ID = int64(len(d.tokens) + 1)
	d.tokens[t.Hash] = t
	return t, nil
}

func (d *drawer) TokenByHash(_ context.Context, hash string) (access.Token, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t, ok := d.tokens[hash]; ok {
		return t, nil
	}
	return access.Token{}, fault.New(fault.NotFound, "no token")
}

func (d *drawer) NoteTokenUse(context.Context, int64, time.Time) error { return nil }

func (d *drawer) Answer(_ context.Context, token int64, key string) (access.Answer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if a, ok := d.answers[fmt.Sprint(token, key)]; ok {
		return a, nil
	}
	return access.Answer{}, fault.New(fault.NotFound, "no answer")
}

func (d *drawer) KeepAnswer(_ context.Context, token int64, key string, a access.Answer, _ time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers[fmt.Sprint(token, key)] = a
	return nil
}

// Send takes rows of the one feed there is.
func (d *drawer) Send(_ context.Context, feed string, rows []map[string]string) (history.Import, error) {
	if feed != "orders" {
		return history.Import{}, fault.New(fault.NotFound, "there is no feed %q", feed)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sent = append(d.sent, rows)
	return history.Import{ID: 7, Feed: feed, Started: tuesday, Published: tuesday, Read: int64(len(rows)), Added: int64(len(rows))}, nil
}

// token makes a token of an owner; without scopes, one of all of them.
func (w *world) token(t testing.TB, owner string, scopes ...access.Scope) string {
	t.Helper()
	if len(scopes) == 0 {
		scopes = access.Scopes
	}
	secret, hash := access.NewSecret()
	_, err := w.drawer.AddToken(t.Context(), access.Token{
		Name: "till", Owner: owner, Scopes: scopes, Hash: hash, Created: tuesday.Add(-time.Hour), Expires: tuesday.Add(24 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// call asks the API; the pairs are headers.
func (w *world) call(t testing.TB, secret, method, path, body string, pairs ...string) answer {
	t.Helper()
	r, err := http.NewRequest(method, w.server.URL+path, strings.NewReader(body))
	if err == nil {
		if secret != "" {
			r.Header.Set("Authorization", "Bearer "+secret)
		}
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		for i := 0; i < len(pairs); i += 2 {
			r.Header.Set(pairs[i], pairs[i+1])
		}
	}
	got := w.browser(t).do(r, err)
	described(t, method, path, got)
	return got
}
