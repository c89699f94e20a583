package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/nightly"
	"holdfast/queue"
)

// inside does something in the program, as its jobs do.
func (b *business) inside(t *testing.T, now func() time.Time, do func(context.Context, *app) error) {
	t.Helper()
	p := &program{
		Surroundings: Surroundings{Stdout: t.Output(), Stderr: t.Output(), Getenv: func(k string) string { return b.env[k] }, Now: now},
		configPath:   b.path("holdfast.yaml"), quiet: true,
	}
	if err := p.withApp(t.Context(), writes, func(a *app) error { return do(t.Context(), a) }); err != nil {
		t.Fatal(err)
	}
}

// isLate holds that past its deadline a list that is not released is called
// late, and that the list before is worked without who objects by then.
func (b *business) isLate(t *testing.T, c *clock) {
	t.Helper()
	defer c.Set(c.Now())
	db := b.database(t)
	waits := `SELECT w.customer, k.key, w.body FROM (SELECT customer, body, publication FROM tasks WHERE state = 'ready' AND ghost = 0
		UNION ALL SELECT customer, body, publication FROM messages WHERE state = 'ready' AND ghost = 0) w
		JOIN publications p ON p.id = w.publication AND p.run = 'n20260601' JOIN (SELECT DISTINCT id, key FROM customers) k ON k.id = w.customer`
	type waiting struct {
		Customer  int64
		Key, Body string
	}
	first := list[waiting](t, db, "%s ORDER BY w.customer", waits)[0]
	of := decode[struct{ Purpose, Channel string }](t, first.Body)
	at := c.Now().Add(-time.Hour).Format(time.RFC3339)
	b.must(t, c.Now, "import", "consents", b.write(t, "late.csv",
		"id,customer,purpose,channel,allowed,at,recorded,deleted\nlate-1,"+first.Key+","+of.Purpose+","+of.Channel+",false,"+at+","+at+",\n"))
	due := b.start.AddDate(0, 0, 1).Add(7 * time.Hour)
	look := func() (late float64) {
		b.inside(t, c.Now, func(ctx context.Context, a *app) error {
			seen, err := a.newRegistry().Gather()
			for _, m := range seen {
				if m.GetName() == "holdfast_list_late_seconds" {
					late = m.GetMetric()[0].GetGauge().GetValue()
				}
			}
			if err != nil {
				return err
			}
			return a.listDue(ctx, queue.Job{}, queue.Lease{})
		})
		return late
	}
	says := func() finding {
		return decode[diagnosis](t, b.run(t, c.Now, "doctor", "--json").stdout).find("deadline")
	}
	entries := func() []string {
		return list[string](t, db, "SELECT detail FROM audit WHERE what = 'a list is late' AND who = 'system' AND subject = '2026-06-02'")
	}
	c.Set(due.Add(-time.Minute))
	if late, f := look(), says(); late != 0 || f.What != "" || len(entries()) != 0 {
		t.Errorf("a minute before its deadline a list is %v seconds late: %+v %q", late, f, entries())
	}
	c.Set(due.Add(time.Minute))
	if late, f := look(), says(); late != 60 || f.Verdict != problem || f.Says != "the list of 2026-06-02 was to be released by 2026-06-02 07:00 and is not: its night is held" {
		t.Errorf("a minute past its deadline a list is %v seconds late: %+v", late, f)
	}
	if e := entries(); len(e) != 1 || !strings.HasPrefix(e[0], "the list of 2026-06-01 is worked meanwhile; ") || strings.Contains(e[0], "; 0 of") {
		t.Errorf("the audit says %q", e)
	}
	if got := list[waiting](t, db, "%s WHERE w.customer = %d", waits, first.Customer); len(got) != 0 {
		t.Errorf("a contact for %s over %s waits, and %s objects by now", of.Purpose, of.Channel, first.Key)
	}
	if look(); count(t, db, "SELECT COUNT(*) FROM publications WHERE run = 'n20260602' AND state = 'held'") != 1 {
		t.Error("the late list can no longer be released")
	}
	if e := entries(); !strings.Contains(e[len(e)-1], "; 0 of its contacts") {
		t.Errorf("looked at again, the audit says %q", e)
	}
}

// At the hour by which feeds are due, a night that is held begins again: what it
// waited for may have come. It is held again if nothing has.
func TestTheNightLooksAgainAtItsFeeds(t *testing.T) {
	t.Parallel()
	b := newShop(t, "")
	b.replace(t, "kind: events", "kind: events\n      required: true")
	now := func() time.Time { return time.Date(2026, 3, 10, 4, 0, 0, 0, time.UTC) }
	look := func(now func() time.Time) {
		t.Helper()
		b.inside(t, now, func(ctx context.Context, a *app) error { return a.lookAgain(ctx, queue.Job{}, queue.Lease{}) })
	}
	night := func() nightReport {
		t.Helper()
		return decode[nightReport](t, b.run(t, now, "nightly", "status", "--as-of", "2026-03-10", "--json").stdout)
	}
	b.must(t, now, "migrate")
	look(now) // no night has begun
	b.must(t, now, "import", "people", b.write(t, "people.csv", "id,name,phone,town\na,Anna,1,Rome\n"))
	if r := b.run(t, now, "nightly", "run"); r.code != 4 {
		t.Fatalf("a night without its feed: %+v", r)
	}
	look(func() time.Time { return now().AddDate(0, 0, 1) })
	if got := night(); got.State != nightly.HeldBack {
		t.Errorf("the next day's look makes this night %s", got.State)
	}
	look(now)
	if got := night(); got.State != nightly.Running || got.Reason != "" {
		t.Errorf("the night that is looked at again is %s: %s", got.State, got.Reason)
	}
	if r := b.run(t, now, "nightly", "run"); r.code != 4 || !strings.Contains(r.stderr, "the required feed orders has never arrived") {
		t.Errorf("nothing has come, and the night ends with %+v", r)
	}
	var rows strings.Builder
	for i := range 40 {
		fmt.Fprintf(&rows, "%d,a,2026-02-%02d,5\n", i, 1+i%28)
	}
	b.must(t, now, "import", "orders", b.write(t, "orders.csv", "order,customer,day,amount\n"+rows.String()))
	look(now)
	b.run(t, now, "nightly", "run")
	got := night()
	if i := slices.IndexFunc(got.Stages, func(s stageReport) bool { return s.Stage == nightly.StageCheck }); got.Stages[i].Done != 1 || strings.Contains(got.Reason, "orders") {
		t.Errorf("the feed has come, and the night is %s: %s", got.State, got.Reason)
	}
}
