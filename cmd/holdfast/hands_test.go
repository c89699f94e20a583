package main

import (
	"strings"
	"testing"
	"time"

	"holdfast/interventions"
	"holdfast/nightly"
)

// A policy that blocks everybody is held with exit code 4, naming the gate;
// nothing is released. A roster that leaves nobody at work is no fault: the
// night completes, says so, and calls nobody.
func TestNobodyMayAndNobodyCan(t *testing.T) {
	t.Parallel()
	b := newBusiness(t, 800, 6, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), "",
		"snapshots: 26", "snapshots: 12", "candidates: [logistic, boosted]", "candidates: [logistic]", "row_budget: 9000", "row_budget: 3000",
		"min_leavers: 30", "min_leavers: 10", "high_enter: 0.05", "high_enter: 0.03", "high_leave: 0.04", "high_leave: 0.025",
		"medium_enter: 0.03", "medium_enter: 0.02", "medium_leave: 0.025", "medium_leave: 0.015",
		"eligibility: tenure_days >= 90", "eligibility: tenure_days < 0", // some have consented to marketing
		"  feeds:\n", "  feeds:\n    - {name: roster, kind: roster, columns: {agent: agent, date: date, from: from, to: to}}\n")
	now := func() time.Time { return b.start.Add(time.Hour) }
	b.learn(t, b.start, func(args ...string) { b.must(t, now, args...) })

	for _, name := range []string{"ann", "ben"} {
		r := holdfast(t, now, b.env, "correct horse battery\n", "--config", b.path("holdfast.yaml"), "--quiet", "user", "add", name, "--role", "agent")
		if r.code != 0 {
			t.Fatalf("add %s: %+v", name, r)
		}
	}
	off := b.write(t, "roster.csv", "agent,date,from,to\nann,2026-06-01,,\nben,2026-06-01,,\nzoe,2026-06-01,09:00,17:00\n")
	if r := b.run(t, now, "import", "roster", off); r.code != 3 || !strings.Contains(r.stderr, "1 of 3 rows cannot be used") || !strings.Contains(r.stderr, "is no agent here") {
		t.Errorf("a roster of somebody unknown: %+v", r)
	}
	off = b.write(t, "roster.csv", "agent,date,from,to\nann,2026-06-01,,\nben,2026-06-01,,\n")
	if out := b.must(t, now, "import", "roster", off); !strings.Contains(out, "2 rows read, 2 added") {
		t.Errorf("the roster: %s", out)
	}
	if out := b.must(t, now, "nightly", "run"); !strings.Contains(out, "no agent has minutes on Monday 1 June") {
		t.Errorf("a night without hands does not say so:\n%s", out)
	}
	db := b.database(t)
	if n := count(t, db, "SELECT COUNT(*) FROM tasks WHERE minutes > 0"); n != 0 {
		t.Errorf("%d calls are planned that nobody is there to make", n)
	}

	b.replace(t, "cool_off_days: 7", "cool_off_days: 7\n    consent: {required: [{}]}")
	now = func() time.Time { return b.start.Add(25 * time.Hour) }
	r := b.run(t, now, "nightly", "run")
	if r.code != 4 || !strings.Contains(r.stderr, "gates block all ") || !strings.Contains(r.stderr, " and no_consent alone blocks ") {
		t.Fatalf("a policy that blocks everybody: %+v", r)
	}
	held := decode[interventions.Publication](t, b.must(t, now, "list", "show", "--json"))
	if held.State != interventions.PublicationHeld {
		t.Errorf("the list is %s", held.State)
	}
	if s := decode[nightReport](t, b.must(t, now, "nightly", "status", "--as-of", "2026-06-01", "--json")).State; s != nightly.Completed {
		t.Errorf("the night before is %s", s)
	}
}
