package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAUserIsChanged in what is given and nothing else, and another role ends
// the sessions; the audit says so and holds.
func TestAUserIsChanged(t *testing.T) {
	t.Parallel()
	b := newShop(t, "")
	run := func(args ...string) result {
		return holdfast(t, time.Now, b.env, "correct horse battery\n", append([]string{"--config", b.path("holdfast.yaml"), "--json"}, args...)...)
	}
	for _, args := range [][]string{
		{"user", "add", "ann", "--role", "agent", "--full-name", "Ann Archer", "--skills", "data", "--ceiling", "20"},
		{"user", "change", "ann", "--role", "lead", "--segments", "trade,private", "--skills", "data,service"},
	} {
		if r := run(args...); r.code != 0 {
			t.Fatalf("%v: %+v", args, r)
		}
	}
	var users []struct {
		Name, FullName, Role string
		Skills, Segments     []string
		CeilingMinor, Epoch  int64
		PasswordHash         string
	}
	r := run("user", "list")
	if err := json.Unmarshal([]byte(r.stdout), &users); err != nil || len(users) != 1 {
		t.Fatalf("%v: %+v", err, r)
	}
	u := users[0]
	if u.Role != "lead" || u.FullName != "Ann Archer" || strings.Join(u.Skills, " ") != "data service" || strings.Join(u.Segments, " ") != "trade private" ||
		u.CeilingMinor != 2000 || u.Epoch != 1 || u.PasswordHash != "" {
		t.Errorf("ann is now %+v", u)
	}
	refuses(t, run("user", "change", "ann"), 2, "say what is to change, such as --skills data,service")
	refuses(t, run("user", "change", "ann", "--role", "spy"), 2,
		`there is no role "spy": choose one of [agent lead manager senior operator analyst admin auditor]`)
	refuses(t, run("user", "change", "eve", "--role", "lead"), 2, `read user eve: there is no user "eve"`)
	if r = run("export", "audit", "--who", "system"); r.code != 0 || !strings.Contains(r.stdout, `change a user,ann,"at the command line: role, segments, skills"`) {
		t.Errorf("the audit: %+v", r)
	}
	if r = run("doctor"); !strings.Contains(r.stdout, "entries hold") {
		t.Errorf("doctor says nothing of the audit: %s", r.stdout)
	}
}

// TestWhoSignsMayHaveAComma: a signatory is often a name and an office.
func TestWhoSignsMayHaveAComma(t *testing.T) {
	t.Parallel()
	b := newShop(t, "")
	signs := func(want []string, args ...string) {
		t.Helper()
		run := func(args ...string) result {
			return holdfast(t, time.Now, b.env, "correct horse battery\n", append([]string{"--config", b.path("holdfast.yaml"), "--json"}, args...)...)
		}
		if r := run(args...); r.code != 0 {
			t.Fatalf("%v: %+v", args, r)
		}
		var users []struct{ Signs []string }
		r := run("user", "list")
		if err := json.Unmarshal([]byte(r.stdout), &users); err != nil || len(users) != 1 || !slices.Equal(users[0].Signs, want) {
			t.Errorf("after %q: %v, %+v; want %q", args, err, r, want)
		}
	}
	maria, tom := "Maria Ricci, managing director", "Tom Low, sales"
	signs([]string{maria}, "user", "add", "maria", "--role", "senior", "--signs", maria)
	signs([]string{maria, tom}, "user", "change", "maria", "--signs", maria, "--signs", tom)
	signs(nil, "user", "change", "maria", "--signs", "")
}
