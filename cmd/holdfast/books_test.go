package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"holdfast/interventions"
)

// books audits what nights left in the database, with SQL of its own.
type books struct{ db *sqlx.DB }

// audit is what the books of one night say.
type audit struct {
	list      int64
	customers int // decided
	expected  int // decisions to treat
	found     int // tasks and messages made for them
	skipped   int // left out because their work was open or begun (R8)
	lost      int // without work and without that reason
}

// piece is a task or a message.
type piece struct {
	Kind        string
	ID          int64
	Publication int64
	Customer    int64
	Household   int64
	Treatment   string
	Family      string
	State       string
	Ghost       int
	Key         string `db:"work_key"`
	Milestone   int
	Began       int64 // when somebody began, it was sent, or a ghost passed
}

const (
	taskPieces = `SELECT 'task' AS kind, id, publication, customer, household, treatment, family, state, ghost, work_key, milestone,
		CASE WHEN started_at > 0 THEN started_at ELSE passed_at END AS began FROM tasks`
	messagePieces = `SELECT 'message' AS kind, id, publication, customer, household, treatment, family, state, ghost, work_key, milestone,
		CASE WHEN sent_at > 0 THEN sent_at ELSE passed_at END AS began FROM messages`
)

func (b books) pieces(t testing.TB, where string) []piece {
	t.Helper()
	return append(list[piece](t, b.db, "%s WHERE %s", taskPieces, where), list[piece](t, b.db, "%s WHERE %s", messagePieces, where)...)
}

// night audits the released list of an as-of: one decision for each customer of
// the file (R2), totals that add up, exactly one task or message for each
// decision to treat, and none for anybody else.
func (b books) night(t *testing.T, asOf time.Time) audit {
	t.Helper()
	type listing struct {
		ID    int64
		Run   string
		State string
		Tally string
		Step  int
	}
	lists := list[listing](t, b.db, "SELECT id, run, state, tally, step FROM publications p WHERE as_of = %d AND EXISTS (SELECT 1 FROM runs r WHERE r.id = p.run AND r.dry_run = 0)", asOf.UnixMicro())
	if len(lists) != 1 || lists[0].State != "released" || lists[0].Step != 9 {
		t.Fatalf("lists of %s: %+v, want one, released to its end", asOf.Format(time.DateOnly), lists)
	}
	a := audit{list: lists[0].ID}
	var tally interventions.Tally
	if err := json.Unmarshal([]byte(lists[0].Tally), &tally); err != nil {
		t.Fatal(err)
	}
	type line struct{ Customer, Household int64 }
	decided := list[line](t, b.db, "SELECT customer, household FROM listed WHERE publication = %d", a.list)
	file := count(t, b.db, `SELECT COUNT(DISTINCT id) FROM customers WHERE import_id IN (SELECT id FROM imports WHERE version > 0 AND undone = 0)`)
	sum := 0
	for r, n := range tally.ByResult {
		reasons := 0
		for _, m := range tally.ByReason[r] {
			reasons += m
		}
		if reasons != n {
			t.Errorf("%s: %d decisions are %q and %d have a reason", asOf.Format(time.DateOnly), n, r, reasons)
		}
		sum += n
	}
	a.customers = len(decided)
	if a.customers != file || tally.Customers != file || sum != file {
		t.Errorf("%s: %d decisions, a tally of %d that sums to %d, and %d customers in the file",
			asOf.Format(time.DateOnly), a.customers, tally.Customers, sum, file)
	}
	b.work(t, asOf, &a, lists[0].Run, tally)
	return a
}

// work compares a list's decisions with its tasks and messages.
func (b books) work(t *testing.T, asOf time.Time, a *audit, run string, tally interventions.Tally) {
	t.Helper()
	type chosen struct {
		Customer  int64
		Treatment string
	}
	made := map[chosen]int{}
	ghosts := 0
	for _, p := range b.pieces(t, "publication = "+itoa(a.list)) {
		if p.Ghost == 1 {
			ghosts++
		} else {
			made[chosen{p.Customer, p.Treatment}]++
			a.found++
		}
	}
	counts := list[string](t, b.db, "SELECT counts FROM run_stages WHERE run = '%s' AND stage = 'decide'", run)
	var decide map[string]int
	if err := json.Unmarshal([]byte(counts[0]), &decide); err != nil {
		t.Fatal(err)
	}
	treats := list[chosen](t, b.db, "SELECT customer, treatment FROM listed WHERE publication = %d AND result = 'treat'", a.list)
	for _, c := range treats {
		switch made[c] {
		case 0:
			a.skipped++
		case 1:
			delete(made, c)
		default:
			t.Errorf("%s: %d tasks or messages for one decision on customer %d", asOf.Format(time.DateOnly), made[c], c.Customer)
		}
	}
	for c := range made {
		t.Errorf("%s: customer %d has %s and no decision to treat says so", asOf.Format(time.DateOnly), c.Customer, c.Treatment)
	}
	a.expected = len(treats)
	heldBack := tally.ByResult[interventions.ResultGhost] + tally.ByResult[interventions.ResultHoldout]
	if a.expected != tally.ByResult[interventions.ResultTreat] {
		t.Errorf("%s: %d to treat by rows and %d by the tally", asOf.Format(time.DateOnly), a.expected, tally.ByResult[interventions.ResultTreat])
	}
	// The night counts what it leaves out for R8, the held back with the others.
	if a.lost = a.skipped + heldBack - ghosts - decide["already open"]; a.lost != 0 {
		t.Errorf("%s: %d to treat have no work, %d of %d held back have a ghost, and %d are counted as already open",
			asOf.Format(time.DateOnly), a.skipped, ghosts, heldBack, decide["already open"])
	}
}

// onceOnly audits R8 over everything there is: at most one piece of work per
// key open, at most one ever begun.
func (b books) onceOnly(t testing.TB) {
	t.Helper()
	open, begun := map[string][]piece{}, map[string][]piece{}
	for _, p := range b.pieces(t, "publication = 0 OR publication IN (SELECT id FROM publications WHERE state IN ('released', 'withdrawn'))") {
		if p.Key == "" {
			continue
		}
		if p.Began > 0 {
			begun[p.Key] = append(begun[p.Key], p)
		}
		switch p.State {
		case "done", "expired", "recalled", "sent", "passed", "failed", "unknown":
		case "blocked": // a task may be worked when its gate opens, a message never leaves
			if p.Kind == "task" {
				open[p.Key] = append(open[p.Key], p)
			}
		default:
			open[p.Key] = append(open[p.Key], p)
		}
	}
	for what, byKey := range map[string]map[string][]piece{"open": open, "begun": begun} {
		for key, pieces := range byKey {
			if len(pieces) > 1 {
				t.Errorf("R8: %d pieces of work are %s for %s: %+v", len(pieces), what, key, pieces)
			}
		}
	}
}

// deliveries audits the outbox: a message that was sent is one file and one
// delivery, and every file is a message that was sent. It returns how many
// files there are, and how many too many.
func (b books) deliveries(t *testing.T, outbox string) (files, doubled int) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(outbox, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]int{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		written[decode[struct{ Key string }](t, string(text)).Key]++
	}
	type sent struct {
		Key       string
		Messages  int
		Delivered int
	}
	for _, s := range list[sent](t, b.db, `SELECT idempotency_key AS key, COUNT(*) AS messages,
			(SELECT COUNT(*) FROM deliveries d WHERE d.key = m.idempotency_key AND d.state = 'sent') AS delivered
			FROM messages m WHERE state = 'sent' GROUP BY idempotency_key`) {
		if s.Messages != 1 || s.Delivered != 1 || written[s.Key] != 1 {
			t.Errorf("message %s: %d times sent, %d deliveries, %d files", s.Key, s.Messages, s.Delivered, written[s.Key])
		}
		doubled += max(s.Messages, s.Delivered, written[s.Key]) - 1
		delete(written, s.Key)
	}
	for key := range written {
		t.Errorf("a file was written for message %s, which was not sent", key)
	}
	return len(paths), doubled
}

// settled audits that nothing is under way, dead or half-done.
func (b books) settled(t *testing.T, now time.Time) {
	t.Helper()
	for _, q := range []string{
		"jobs WHERE state IN ('dispatched', 'running', 'dead', 'unknown')",
		"jobs WHERE state = 'ready' AND run_after <= " + itoa(now.UnixMicro()),
		"runs WHERE state <> 'completed'",
		"deliveries WHERE state <> 'sent'",
		"run_stages WHERE remaining <> 0",
	} {
		if n := count(t, b.db, "SELECT COUNT(*) FROM %s", q); n != 0 {
			t.Errorf("%d %s", n, q)
		}
	}
}
