package main

import (
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

// find returns what doctor said of one thing.
func (d diagnosis) find(what string) finding {
	for _, f := range d.Findings {
		if f.What == what {
			return f
		}
	}
	return finding{}
}

// Each thing that is wrong is found, with the exit code that a command would
// end with; what is only worth a look changes no exit code.
func TestDoctor(t *testing.T) {
	t.Parallel()
	b := newShop(t, "")
	b.replace(t, "kind: events", "kind: events\n      required: true")
	future := func() time.Time { return time.Now().AddDate(0, 0, -2) }
	says := func(name string, now func() time.Time, code int, what string, v verdict, says, do string) {
		t.Helper()
		r := b.run(t, now, "doctor", "--json")
		if r.code != code {
			t.Errorf("%s: exit code %d, want %d\n%s%s", name, r.code, code, r.stdout, r.stderr)
		}
		f := decode[diagnosis](t, r.stdout).find(what)
		if f.Verdict != v || !strings.Contains(f.Says, says) || !strings.Contains(f.Do, do) {
			t.Errorf("%s: %+v, want %s: %s → %s", name, f, v, says, do)
		}
	}
	says("no database", time.Now, 2, "database", problem, "there is no database at "+b.path("shop.db")+": run holdfast migrate", "")
	b.must(t, time.Now, "migrate")
	says("a new one", time.Now, 0, "database", good, "SQLite file "+b.path("shop.db")+" is sound", "")
	says("nobody works", time.Now, 0, "process", warning, "nobody owns the database", "holdfast up")
	says("no night", time.Now, 0, "night", warning, "no night has been run yet", "holdfast nightly run")
	says("no model", time.Now, 0, "model", warning, "there is no champion yet", "holdfast nightly run")
	says("no users", time.Now, 0, "users", warning, "nobody can sign in", "holdfast user add")
	says("a feed is due", time.Now, 0, "feed orders", warning, "it is required and has never come", "deliver it")

	b.must(t, time.Now, "import", "people", b.write(t, "people.csv", "id,name,phone,town\na,Anna,1,Rome\n"))
	if r := b.run(t, time.Now, "nightly", "run"); r.code != 4 {
		t.Fatalf("a night without its feed: %+v", r)
	}
	says("a held night", time.Now, 4, "night", problem, "is held: the required feed orders has never arrived", "holdfast list fallback")
	db, err := sqlx.Open("sqlite", "file:"+b.path("shop.db"))
	if err != nil {
		t.Fatal(err)
	}
	exec := func(statement string) {
		t.Helper()
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	exec(`UPDATE runs SET state = 'running'`)
	says("a night of a process that was killed", time.Now, 0, "night", warning, "was begun and nobody works at it", "holdfast nightly resume")
	if out := b.must(t, time.Now, "nightly", "status"); !strings.Contains(out, ": running\n  it was begun and nobody works at it") {
		t.Errorf("nightly status says %s", out)
	}
	exec(`UPDATE runs SET state = 'completed'`)
	says("a night that is due", func() time.Time { return time.Now().Add(48 * time.Hour) }, 0, "night", warning, "should have begun", "holdfast nightly run begins it")
	exec(`UPDATE runs SET state = 'held'`)
	says("a clock that went back", future, 1, "clock", problem, "in the future", "set this machine's clock")

	up := b.up(t)
	says("up", time.Now, 4, "process", good, "holdfast up (process ", "")
	up.end(t)
	exec(`UPDATE jobs SET state = 'dead'`)
	says("a dead job", time.Now, 4, "jobs", warning, " gave up", "holdfast job list")
	exec(`INSERT INTO effects (as_of, body) VALUES (1, '[{"treatment": "call", "sample_ratio": {"households": 900, "broken": true, "expected_share": 0.3, "found_share": 0.214}}]')`)
	says("arms of other sizes", time.Now, 4, "proof", problem, "of 900 households selected for call 21.4 % are left alone where 30.0 % were drawn to be", "do not believe its effect")
	exec(`DELETE FROM goose_db_version WHERE version_id = 41`)
	says("an old schema", time.Now, 2, "database", problem, "lacks 1 of this program's migrations: run holdfast migrate", "")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	b.replace(t, "web:", "queue: {redis: {addr: \"127.0.0.1:1\"}}\nweb:")
	says("no Redis", time.Now, 5, "redis", problem, "Redis at 127.0.0.1:1 does not answer", "")
	b.replace(t, "windows: [30]", "windos: [30]")
	says("a bad configuration", time.Now, 2, "configuration", problem, `features has no key "windos"`, "")
	text := b.run(t, time.Now, "doctor")
	if !strings.HasPrefix(text.stdout, "problem  configuration  ") || text.code != 2 {
		t.Errorf("in words: %+v", text)
	}
}
