package main

import (
	"strings"
	"testing"
	"time"
)

// A token's secret is printed where the command was typed and is nowhere in
// the database, whoever did the work.
func TestTokenCommands(t *testing.T) {
	t.Parallel()
	b := newShop(t, "")
	run := func(args ...string) result {
		t.Helper()
		return holdfast(t, time.Now, b.env, "correct horse battery\n", append([]string{"--config", b.path("holdfast.yaml")}, args...)...)
	}
	if r := run("user", "add", "oli", "--role", "operator"); r.code != 0 {
		t.Fatal(r)
	}
	b.up(t)
	made := run("token", "add", "till", "--owner", "oli", "--scopes", "facts")
	secret := strings.TrimSpace(made.stdout)
	if made.code != 0 || !strings.HasPrefix(secret, "holdfast_") || strings.Contains(secret, "\n") {
		t.Fatalf("%+v", made)
	}
	list := run("token", "list")
	if list.code != 0 || !strings.Contains(list.stdout, "till") || !strings.Contains(list.stdout, "never used") {
		t.Errorf("%+v", list)
	}
	db := b.database(t)
	if n := count(t, db, "SELECT COUNT(*) FROM command_lines WHERE body LIKE '%%%s%%'", secret[:20]); n != 0 {
		t.Error("the secret is in the database")
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"token", "add", "till", "--owner", "oli"}, 2, "name at least one scope"},
		{[]string{"token", "add", "till", "--owner", "oli", "--scopes", "all"}, 2, `there is no scope "all"`},
		{[]string{"token", "add", "till", "--owner", "oli", "--scopes", "tasks"}, 2, "may do nothing of the scope"},
		{[]string{"token", "add", "till", "--scopes", "tasks"}, 2, "whose rights"},
		{[]string{"token", "revoke", "x"}, 2, "not the number of a token"},
		{[]string{"token", "revoke", "7"}, 2, "there is no token 7"},
		{[]string{"token", "revoke", "1"}, 0, ""},
		{[]string{"token", "revoke", "1"}, 1, "was revoked before"},
	} {
		if r := run(c.args...); r.code != c.code || !strings.Contains(r.stderr, c.says) {
			t.Errorf("%v: code %d, %q; want %d, %q", c.args, r.code, r.stderr, c.code, c.says)
		}
	}
}
