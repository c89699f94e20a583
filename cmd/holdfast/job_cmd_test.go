package main

import (
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

// TestJobsThatGaveUpAreRetriedTogether: the list has what waits for a person
// and says when nothing does; all that gave up come back with one command, and
// what may have happened is left to a look.
func TestJobsThatGaveUpAreRetriedTogether(t *testing.T) {
	t.Parallel()
	b := newShop(t, "")
	b.must(t, time.Now, "migrate")
	if out := b.must(t, time.Now, "job", "list"); out != "no job waits for a person\n" {
		t.Errorf("of an empty database: %s", out)
	}
	if out := b.must(t, time.Now, "user", "list"); out != "nobody can sign in yet: holdfast user add NAME --role agent\n" {
		t.Errorf("users of an empty database: %s", out)
	}
	db, err := sqlx.Open("sqlite", "file:"+b.path("shop.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO jobs (id, kind, key, payload, run, state, attempt, max_attempts, priority, dispatch, run_after, dispatched_until, lease_until, fence, last_error, created_at, done_at)
		VALUES (1, 'deliver', 'deliver/1', '{}', '', 'dead', 8, 0, 5, 1, 0, 0, 0, 1, 'it answered 500', 1, 2), (2, 'deliver', 'deliver/2', '{}', '', 'unknown', 8, 0, 5, 1, 0, 0, 0, 1, 'who knows', 1, 2),
			(3, 'tell', 'tell/1', '{}', '', 'dead', 8, 0, 5, 1, 0, 0, 0, 1, 'it answered 503', 1, 2), (4, 'deliver', 'deliver/3', '{}', '', 'done', 1, 0, 5, 1, 0, 0, 0, 1, '', 1, 2)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	list := b.must(t, time.Now, "job", "list")
	for _, want := range []string{"1  dead ", "2  unknown ", "3  dead "} {
		if !strings.Contains(list, want) {
			t.Errorf("%q is not in the list:\n%s", want, list)
		}
	}
	for _, args := range [][]string{{"job", "retry"}, {"job", "retry", "1", "--all"}, {"job", "retry", "1", "--kind", "deliver"}, {"job", "retry", "--kind", "deliver"}, {"job", "retry", "1", "--waiting", "email"}, {"job", "retry", "--all", "--waiting", "email"}} {
		refuses(t, b.run(t, time.Now, args...), 2, "name one job, or --all for all that gave up, --kind for those of one kind, or --waiting for messages that wait for another try: see holdfast job list")
	}
	for _, c := range []struct{ kind, want string }{
		{"digest", "no such job gave up\n"}, {"deliver", "ready again, of those that gave up: 1\n"}, {"deliver", "no such job gave up\n"},
	} {
		if out := b.must(t, time.Now, "job", "retry", "--all", "--kind", c.kind); out != c.want {
			t.Errorf("all of %s: %s, want %s", c.kind, out, c.want)
		}
	}
	if out := b.must(t, time.Now, "job", "retry", "--all"); out != "ready again, of those that gave up: 1\n" {
		t.Errorf("all that are left: %s", out)
	}
	if list = b.must(t, time.Now, "job", "list"); strings.Count(list, "\n") != 1 || !strings.HasPrefix(list, "2  unknown ") {
		t.Errorf("what waits afterwards:\n%s", list)
	}
	refuses(t, b.run(t, time.Now, "job", "settle", "x"), 2, `"x" is not the number of a job: see holdfast job list`)
	refuses(t, b.run(t, time.Now, "job", "settle", "1"), 1, "settle job: job deliver/1 is ready: only what is unknown is settled")
	if out := b.must(t, time.Now, "job", "settle", "2"); out != "job 2 is done: nothing more is sent\n" {
		t.Errorf("what happened after all: %s", out)
	}
	audit := b.must(t, time.Now, "export", "audit")
	for _, want := range []string{"settle a job,deliver deliver/2", "retry a job,1 that gave up deliver", "retry a job,1 that gave up"} {
		if !strings.Contains(audit, want) {
			t.Errorf("%q is not in the audit:\n%s", want, audit)
		}
	}
}
