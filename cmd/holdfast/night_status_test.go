package main

import (
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"holdfast/nightly"
)

// TestNightlyStatusSaysWhatIsTriedAgain and what was passed over, and why.
func TestNightlyStatusSaysWhatIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := newShop(t, "")
	b.replace(t, "kind: events", "kind: events\n      required: true")
	now := func() time.Time { return time.Date(2026, 3, 10, 4, 0, 0, 0, time.UTC) }
	b.must(t, now, "import", "people", b.write(t, "people.csv", "id,name,phone,town\na,Anna,1,Rome\n"))
	if r := b.run(t, now, "nightly", "run"); r.code != 4 {
		t.Fatalf("a night without its feed: %+v", r)
	}
	b.run(t, now, "nightly", "resume", "--from", "train")
	if out := b.run(t, now, "nightly", "status").stdout; !strings.Contains(out, "\n  check     passed over ") || !strings.Contains(out, "passed over by hand") || strings.Contains(out, "check       1 of") {
		t.Errorf("a stage passed over: %s", out)
	}
	db, err := sqlx.Open("sqlite", "file:"+b.path("shop.db"))
	if err != nil {
		t.Fatal(err)
	}
	next := time.Date(2026, 3, 10, 4, 5, 6, 0, time.UTC)
	for _, statement := range []string{
		`UPDATE runs SET state = 'running'`,
		`UPDATE jobs SET state = 'ready', attempt = 2, last_error = 'train, shard 0: the disk is full' WHERE kind = 'night.train'`,
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec(`UPDATE jobs SET run_after = ? WHERE kind = 'night.train'`, next.UnixMicro()); err != nil {
		t.Fatal(err)
	}
	if out := b.must(t, now, "nightly", "status"); !strings.Contains(out, "failed and is tried again by itself at 05:05:06 (tries in vain: 2; shards that failed: 1): train, shard 0: the disk is full\n") {
		t.Errorf("a stage that is tried again: %s", out)
	}
	got := decode[nightReport](t, b.must(t, now, "nightly", "status", "--json"))
	if f := got.Stages[2].Failing; f != (nightly.Failing{Shards: 1, Tries: 2, Next: next, Error: "train, shard 0: the disk is full"}) || !got.Stages[1].Passed {
		t.Errorf("as JSON: %+v", got.Stages)
	}
}
