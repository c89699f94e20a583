package main

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/interventions"
	"holdfast/nightly"
	"holdfast/store"
)

// A list is held by its check, compared with the one before, released as it is,
// withdrawn, released again, and left for the one before.
func TestLists(t *testing.T) {
	t.Parallel()
	b := newBusiness(t, 800, 6, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), "",
		"snapshots: 26", "snapshots: 12", "candidates: [logistic, boosted]", "candidates: [logistic]", "row_budget: 9000", "row_budget: 3000",
		"min_leavers: 30", "min_leavers: 10", "high_enter: 0.05", "high_enter: 0.03", "high_leave: 0.04", "high_leave: 0.025",
		"ghost_share: 0.4\n      suitability", "ghost_share: 0.4\n      plan_ghost_share: true\n      suitability",
		"medium_enter: 0.03", "medium_enter: 0.02", "medium_leave: 0.025", "medium_leave: 0.015", `at: "02:00"`, `at: "02:00"
  release_by: "07:00"`)
	c := &clock{real: func() time.Time { return b.start.AddDate(-1, 0, 0) }}
	c.Set(b.start.Add(time.Hour))
	b.learn(t, b.start, func(args ...string) { b.must(t, c.Now, args...) })
	refuses(t, b.run(t, c.Now, "list", "resolve"), 2, "no list has been released yet: there is no day to plan again")
	b.must(t, c.Now, "nightly", "run")
	db := b.database(t)
	b.comparePolicies(t, c.Now)
	b.tryPolicies(t, c.Now)
	c.Set(b.start.Add(10 * time.Hour))
	b.messagesComeBack(t, c.Now)
	b.planAgain(t, c.Now)
	refuses(t, b.run(t, c.Now, "list", "fallback"), 2, "there is no released list before that of 2026-06-01 to fall back to")
	refuses(t, b.run(t, c.Now, "list", "diff"), 2, "compare two lists: there is no list before it")

	b.replace(t, "activity: [visit]", "activity: [visit]\n  population: {min_tenure_days: 500}")
	c.Set(b.start.Add(25 * time.Hour))
	if r := b.run(t, c.Now, "nightly", "run"); r.code != 4 || !strings.Contains(r.stderr, "`holdfast list release` publishes the list as it is") {
		t.Fatalf("a population that fell: %+v", r)
	}
	held := decode[interventions.Publication](t, b.must(t, c.Now, "list", "show", "--json"))
	if held.State != interventions.PublicationHeld || !strings.HasPrefix(held.Reason, "the population fell from") {
		t.Errorf("the held list is %s: %s", held.State, held.Reason)
	}
	b.isLate(t, c)
	b.isPlanned(t, held)
	d := decode[listDiff](t, b.must(t, c.Now, "list", "diff", "--json"))
	if d.List.Contacts != d.Before.Contacts+len(d.New)-len(d.Dropped) || d.Before.Contacts == 0 || len(d.Dropped) == 0 || d.List.State != interventions.PublicationHeld {
		t.Errorf("contacts %d, before %d, new %d, dropped %d do not add up", d.List.Contacts, d.Before.Contacts, len(d.New), len(d.Dropped))
	}
	text := b.must(t, c.Now, "list", "show")
	if !strings.Contains(text, "\n  limit minutes, ") || !strings.Contains(text, "one more would earn £") || !strings.Contains(text, " would earn nothing\n") || !strings.Contains(text, ", assumed\n") {
		t.Errorf("the list does not say what one more would earn:\n%s", text)
	}
	for range 5 {
		if again := b.must(t, c.Now, "list", "show"); again != text {
			t.Errorf("the list is shown otherwise:\n%s\nand\n%s", text, again)
		}
	}
	all := slices.Concat(d.New, d.Dropped, d.Moved)
	most := slices.MaxFunc(all, func(x, y store.ListMove) int { return cmp.Compare(math.Abs(x.WorthMinor), math.Abs(y.WorthMinor)) })
	if len(d.Surprising) != min(10, len(all)) || math.Abs(d.Surprising[0].WorthMinor) != math.Abs(most.WorthMinor) || most.WorthMinor == 0 {
		t.Errorf("%d of %d moves are surprising, the first %+v, want %+v", len(d.Surprising), len(all), d.Surprising[0], most)
	}
	b.inside(t, c.Now, func(ctx context.Context, a *app) error {
		page, err := lists{a}.Difference(ctx, held.ID)
		for i, s := range page.Surprising {
			if m := d.Surprising[i]; s.Key != m.Key || s.From != m.From || s.To != m.To || s.WorthMinor != int64(math.Round(m.WorthMinor)) || s.Customer == 0 || s.Segment == "" {
				t.Errorf("the page says %+v of surprise %d, list diff %+v", s, i, m)
			}
		}
		if len(page.Surprising) != len(d.Surprising) {
			t.Errorf("the page has %d surprises, list diff %d", len(page.Surprising), len(d.Surprising))
		}
		return err
	})
	for _, m := range all {
		if (m.From == "" && m.WorthMinor <= 0) || (m.To == "" && m.WorthMinor >= 0) {
			t.Errorf("the worth of a change is not its own: %+v", m)
		}
	}
	if text := b.must(t, c.Now, "list", "diff", "--customers"); !strings.Contains(text, "  "+d.Dropped[0].Key+": ") || strings.Contains(text, "ghost") {
		t.Errorf("the difference in words: %s", text)
	}
	// Held, the list before is worked on: a fallback only takes out who is blocked.
	if n := count(t, db, "SELECT COUNT(*) FROM tasks WHERE state = 'recalled'"); n != 0 {
		t.Errorf("%d tasks are recalled by a held list", n)
	}
	waiting := func(list string) int {
		return count(t, db, `SELECT (SELECT COUNT(*) FROM tasks t JOIN publications p ON p.id = t.publication AND p.run = '%s' WHERE t.state = 'ready')
			+ (SELECT COUNT(*) FROM messages m JOIN publications p ON p.id = m.publication AND p.run = '%s' WHERE m.state = 'ready')`, list, list)
	}
	first := waiting("n20260601")
	if out := b.must(t, c.Now, "list", "fallback"); !strings.HasPrefix(out, "the list of 2026-06-01 is worked again: 0 tasks and 0 messages are back") {
		t.Errorf("fallback from a held list: %s", out)
	}
	if waiting("n20260601") > first || waiting("n20260601") == 0 {
		t.Errorf("%d of %d wait", waiting("n20260601"), first)
	}
	report := decode[nightReport](t, b.must(t, c.Now, "list", "release", "--json"))
	if report.State != nightly.Completed || waiting("n20260601") != 0 {
		t.Errorf("the released night is %s; %d contacts of the list before wait", report.State, waiting("n20260601"))
	}
	second := waiting("n20260602")
	b.must(t, c.Now, "list", "withdraw", "--reason", "prices were imported twice")
	if got := list[string](t, db, "SELECT reason FROM publications WHERE run = 'n20260602'")[0]; got != "withdrawn: prices were imported twice" {
		t.Errorf("the list was withdrawn because %q", got)
	}
	if out := b.must(t, c.Now, "list", "show"); !strings.Contains(out, ": withdrawn: prices were imported twice\n") || strings.Contains(out, "withdrawn: withdrawn") {
		t.Errorf("the withdrawn list is shown as %s", out)
	}
	if n := count(t, db, "SELECT COUNT(*) FROM audit WHERE what = 'withdraw a list' AND detail = 'at the command line: prices were imported twice'"); n != 1 {
		t.Errorf("the audit has %d entries of it with the reason", n)
	}
	if waiting("n20260602") != 0 {
		t.Errorf("%d contacts of a withdrawn list wait", waiting("n20260602"))
	}
	for range 2 { // released again, and once more, which changes nothing
		b.must(t, c.Now, "list", "release")
		if n := waiting("n20260602"); n != second || second == 0 {
			t.Errorf("%d contacts are back, want %d", n, second)
		}
	}
	shown := func() string {
		return list[string](t, db, "SELECT p.run FROM current_list c JOIN publications p ON p.id = c.publication")[0]
	}
	if out := b.must(t, c.Now, "list", "fallback"); waiting("n20260602") != 0 || waiting("n20260601") == 0 || shown() != "n20260601" {
		t.Errorf("after the fallback %d and %d contacts wait, %s is shown: %s", waiting("n20260601"), waiting("n20260602"), shown(), out)
	}
	books{db}.onceOnly(t)
	if v := decode[[]policyVersion](t, b.must(t, c.Now, "nightly", "policies", "--json")); len(v) != 1 || v[0].From != "2026-06-01" {
		t.Errorf("versions of a policy that did not change: %+v", v)
	}
	b.replace(t, "cool_off_days: ", "cool_off_days: 1 # not ")
	// The next night goes on from there.
	c.Set(b.start.Add(49 * time.Hour))
	b.holdByHand(t, c)
	if waiting("n20260601") != 0 || shown() != "n20260603" {
		t.Errorf("the next night leaves %d contacts waiting and shows %s", waiting("n20260601"), shown())
	}
	books{db}.onceOnly(t)
	// Whoever objects and is not scored anyway, such as for being new, is out for that.
	if n := count(t, db, `SELECT COUNT(*) FROM objections o JOIN listed l ON l.customer = o.customer JOIN current_list c ON c.publication = l.publication
		WHERE l.result = 'out' AND l.band = '' AND (l.reason = 'objects to profiling' OR l.reason LIKE 'with us for less%%')`); n != 1 {
		t.Errorf("%d customers are out and without a score because they object to profiling, want the one who did", n)
	}
	if v := decode[[]policyVersion](t, b.must(t, c.Now, "nightly", "policies", "--json")); len(v) != 2 || v[0].From != "2026-06-03" || v[0].Hash == v[1].Hash {
		t.Errorf("versions of a policy that changed: %+v", v)
	}
	b.objection(t, c)
}

// holdByHand holds the next list the evening before: its night is held until a
// person releases it.
func (b *business) holdByHand(t *testing.T, c *clock) {
	t.Helper()
	refuses(t, b.run(t, c.Now, "list", "hold"), 2, "say why with --reason, or --end the hold")
	refuses(t, b.run(t, c.Now, "nightly", "run", "--only", "score", "--from", "score"), 2, "--only does one stage again and --from a stage and all after it: give one of them")
	refuses(t, b.run(t, c.Now, "list", "hold", "--reason", "x"), 2, "to hold the next list needs a reason: write a few words that can be read in a year, at most 300 letters")
	refuses(t, b.run(t, c.Now, "list", "hold", "--end"), 1, "end a hold: nobody holds the next list by hand")
	b.must(t, c.Now, "list", "hold", "--reason", "the prices come at nine")
	refuses(t, b.run(t, c.Now, "list", "hold", "--reason", "likewise"), 1, "hold the next list: the next list is held already, by somebody at the command line: the prices come at nine")
	b.must(t, c.Now, "list", "hold", "--end")
	b.must(t, c.Now, "list", "hold", "--reason", "the prices come at ten")
	for range 2 {
		if r := b.run(t, c.Now, "nightly", "run"); r.code != 4 || !strings.Contains(r.stderr, "somebody at the command line holds the list by hand: the prices come at ten; look at it") {
			t.Fatalf("a list held by hand: %+v", r)
		}
	}
	if out := b.must(t, c.Now, "list", "show"); !strings.Contains(out, ": held: somebody at the command line holds the list by hand") || !strings.Contains(out, "holds the next list by hand since 2026-06-03 ") {
		t.Errorf("list show says\n%s", out)
	}
	if out := b.run(t, c.Now, "doctor").stdout; !strings.Contains(out, "holds the next list by hand since 2026-06-03 ") {
		t.Errorf("doctor says\n%s", out)
	}
	b.must(t, c.Now, "list", "release", "--reason", "they are in")
	db := b.database(t)
	if n := count(t, db, "SELECT COUNT(*) FROM audit a JOIN audit_operation o ON o.entry = a.id WHERE what IN ('hold the next list', 'end the hold', 'release a held list')"); n != 5 {
		t.Errorf("the operation's audit has %d entries of it, want two holds, one end, two releases of held lists", n)
	}
}

// objection: a no to profiling that a feed brings takes the customer out of the
// risk list, its totals and what is exported, before any night.
func (b *business) objection(t *testing.T, c *clock) {
	t.Helper()
	lines := func(args ...string) []string {
		return strings.Split(strings.TrimSpace(b.must(t, c.Now, args...)), "\n")[1:]
	}
	before := lines("export", "risk-list")
	key, _, _ := strings.Cut(before[0], ",")
	db := b.database(t)
	total := "SELECT SUM(l.customers) FROM list_totals l JOIN current_list c ON c.publication = l.publication"
	all, scored := count(t, db, "%s", total), count(t, db, "%s AND l.band <> ''", total)
	at := c.Now().Add(-time.Hour).Format(time.RFC3339)
	b.must(t, c.Now, "import", "consents", b.write(t, "objections.csv",
		"id,customer,purpose,channel,allowed,at,recorded,deleted\nobjection-1,"+key+",profiling,,false,"+at+","+at+",\n"))
	after := lines("export", "risk-list")
	if len(after) != len(before)-1 || slices.ContainsFunc(after, func(l string) bool { return strings.HasPrefix(l, key+",") }) {
		t.Errorf("%d customers are on the risk list, want %d without %s", len(after), len(before)-1, key)
	}
	if a, s := count(t, db, "%s", total), count(t, db, "%s AND l.band <> ''", total); a != all || s != scored-1 {
		t.Errorf("the totals count %d customers, %d with a score, want %d, %d", a, s, all, scored-1)
	}
	for _, l := range lines("export", "decisions", "--as-of", "2026-06-01") {
		if f := strings.Split(l, ","); f[1] == key && (f[3] != "0" || f[6] != "out" || f[7] != "objects to profiling") {
			t.Errorf("the decisions of an earlier night still tell the score of who objects: %s", l)
		}
	}
}
