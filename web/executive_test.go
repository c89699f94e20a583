package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"holdfast/web"
)

func (n *numbers) Promised(_ context.Context, from, to time.Time) (kept, broken, open int, err error) {
	if to.Sub(from) > 10*24*time.Hour {
		return 212, 9, 2, n.broken
	}
	return 17, 1, 2, n.broken
}

// TestDigestSaysThePage: the counts, each estimate with its interval, and the
// address; without anything yet, that.
func TestDigestSaysThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.numbers.effects.Rows[0].Proven = 60.7 // the page rounds
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	d := w.deps(london)
	e, err := d.Executive(t.Context(), tuesday)
	if err != nil {
		t.Fatal(err)
	}
	subject, text, err := e.DigestText(d.Config, d.Business, "https://desk.example.com/")
	if err != nil {
		t.Fatal(err)
	}
	if subject != "Larkspur Energy: retention, week 2026-W11" {
		t.Errorf("the subject is %q", subject)
	}
	for _, want := range []string{
		"5,942 customers, 312 in a risk episode", "61 proven saves (11 to 113)", "the target is 20 %", "selection alone would lose",
		"17 kept in time, 1 late or broken (94 % kept)", "https://desk.example.com/executive",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the digest lacks %q:\n%s", want, text)
		}
	}
	empty := newWorld(t, none)
	d = empty.deps(london)
	if e, err = d.Executive(t.Context(), tuesday); err != nil {
		t.Fatal(err)
	}
	if _, text, err = e.DigestText(d.Config, d.Business, ""); err != nil || !strings.Contains(text, "No list has been released yet.") || !strings.Contains(text, "Nothing is proven yet.") {
		t.Errorf("before anything:\n%s", text)
	}
}

// TestDigestConfig names what cannot be used.
func TestDigestConfig(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]web.DigestConfig{
		"":                     {Recipients: []string{"ann@example.com"}, Day: "mon", At: "07:00"},
		"digest.recipients[0]": {Recipients: []string{"Ann"}, Day: "mon", At: "07:00"},
		"digest.recipients[1]": {Recipients: []string{"a@b.example", "a@b.example"}, Day: "mon", At: "07:00"},
		"digest.day":           {Day: "monday", At: "07:00"},
		"digest.at":            {Day: "mon", At: "7"},
	} {
		cfg := web.DefaultConfig()
		cfg.Digest = c
		if err := cfg.Validate(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", c, err, want)
		}
	}
}
