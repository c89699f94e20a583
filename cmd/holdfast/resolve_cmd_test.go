package main

import (
	"strings"
	"testing"
	"time"

	"holdfast/interventions"
)

// planAgain lets both agents of the day be away: a dry run says what would
// move and moves nothing, then it moves, is explained and audited, and once
// more nothing does; when they are back it comes forward.
func (b *business) planAgain(t *testing.T, now func() time.Time) {
	t.Helper()
	db := b.database(t)
	resolve := func(args ...string) revisionReport {
		t.Helper()
		return decode[revisionReport](t, b.must(t, now, append([]string{"list", "resolve", "--json"}, args...)...))
	}
	late := resolve().Moved // at ten, with a list that was made for the whole day
	if r := resolve(); r.Changed() || late == 0 || late >= r.Waiting || !strings.HasPrefix(r.Said, "nothing moves") {
		t.Errorf("with everybody there %d move, and then: %+v", late, r)
	}
	for _, name := range []string{"ada", "ben"} {
		if r := holdfast(t, now, b.env, "correct horse battery\n", "--config", b.path("holdfast.yaml"), "--quiet", "user", "add", name, "--role", "agent"); r.code != 0 {
			t.Fatal(r)
		}
		b.must(t, now, "user", "change", name, "--absent")
	}
	if n := count(t, db, "SELECT COUNT(*) FROM jobs WHERE kind = 'resolve'"); n != 1 { // of one minute
		t.Errorf("%d jobs ask for the day to be planned again", n)
	}
	behind := func() (released, ghosts int) {
		const of = "SELECT COUNT(*) FROM tasks WHERE lane = 'behind' AND ghost = %d"
		return count(t, db, of, 0), count(t, db, of, 1)
	}
	dry := resolve("--dry-run")
	if n, _ := behind(); n != late || !dry.DryRun || dry.Moved == 0 || late+dry.Moved > dry.Waiting || count(t, db, "SELECT COUNT(*) FROM revisions") != 1 {
		t.Errorf("a dry run moves %d and says %+v", n, dry)
	}
	said := b.must(t, now, "list", "resolve", "--reason", "both are ill")
	n, ghosts := behind()
	takeTime := count(t, db, "SELECT COUNT(*) FROM tasks WHERE lane = 'work' AND state = 'ready' AND fence = 0 AND publication > 0 AND minutes > 0")
	if n != late+dry.Moved || takeTime != 0 || ghosts == 0 || !strings.Contains(said, dry.Said) || !strings.Contains(said, " 0  minutes of all agents left; calls with room are expected to take 0, before ") {
		t.Errorf("%d calls and %d ghosts are behind, %d are not; foreseen were %d: %s", n, ghosts, takeTime, late+dry.Moved, said)
	}
	if r := resolve(); r.Changed() {
		t.Errorf("planned twice: %+v", r)
	}
	if n := count(t, db, "SELECT COUNT(*) FROM audit WHERE what = 'plan the day again' AND detail LIKE 'by hand: both are ill: of %%'"); n != 1 {
		t.Errorf("the audit has %d entries of it", n)
	}
	key := list[string](t, db, "SELECT k.key FROM customers k JOIN tasks t ON t.customer = k.id WHERE t.lane = 'behind' AND t.ghost = 0 ORDER BY 1 LIMIT 1")[0]
	if text := b.must(t, now, "explain", key); !strings.Contains(text, ": ready, behind the others since ") || !strings.Contains(text, "(no room in the day); ends ") {
		t.Errorf("%s is explained as %s", key, text)
	}
	key = list[string](t, db, "SELECT k.key FROM customers k JOIN tasks t ON t.customer = k.id WHERE t.lane = 'behind' AND t.ghost = 1 ORDER BY 1 LIMIT 1")[0]
	if text := b.must(t, now, "explain", key); strings.Contains(text, "behind") || strings.Contains(text, "its call") {
		t.Errorf("a ghost is explained as %s (R7)", text)
	}
	for _, name := range []string{"ada", "ben"} {
		b.must(t, now, "user", "change", name, "--absent=false")
	}
	if r := resolve(); r.Restored != dry.Moved || r.Moved != 0 {
		t.Errorf("with both back: %+v, want %d forward", r, dry.Moved)
	}
	if n, ghosts := behind(); n != late || count(t, db, "SELECT COUNT(*) FROM tasks WHERE body LIKE '%%DecidedExpiry%%'") != n+ghosts {
		t.Errorf("%d calls and %d ghosts stay behind, %d calls were", n, ghosts, late)
	}
}

// planAgain plans the second day of the crawl again, so that some of what waits
// stands behind, ghosts among it.
func (c *crawl) planAgain(t *testing.T, a *app) error {
	t.Helper()
	c.clock.Set(c.clock.Now().Add(5 * time.Hour))
	r, err := a.revise(t.Context(), interventions.Asked{Cause: interventions.RevisedByHand, Who: "manager.one", Why: "a quiet morning"})
	if err != nil {
		return err
	}
	db := c.database(t)
	const behind = "SELECT COUNT(*) FROM tasks WHERE lane = 'behind' AND ghost = %d"
	if n, ghosts := count(t, db, behind, 0), count(t, db, behind, 1); n != r.Moved || n == 0 || ghosts == 0 {
		t.Errorf("%d calls and %d ghosts are behind: %+v", n, ghosts, r)
	}
	return db.Close()
}
