package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/interventions"
	"holdfast/nightly"
)

// fortnight is fourteen days of a simulated business, lived through the
// program: a night every day, a feed every week, agents and messages in between.
type fortnight struct {
	*business
	clock *clock
	demo  *demo // whose way of calling the agents have

	days    int // worked
	rang    int // customers
	dropped int // tasks in the hands of who fell ill
	revised revisions
}

// anotherThankYou is a second call of the same signatory, whose days it shares.
const anotherThankYou = `    - {name: thank_you_lunch, family: thanks, channel: phone, purpose: thanks, dial_minutes: 1.5, talk_minutes: 9, attempts: 2, reach: 0.7,
       effect: {mean: 0.1, spread: 0.1}, durability: 0.8, milestone_years: [5, 10], daily_quota: 3, expiry_days: 21, ghost_share: 0.4,
       signatory: "Maria Ricci, managing director", script: "I would like to thank you in person.", avoid: [anything that sells]}
`

func TestSimulatedFortnight(t *testing.T) {
	t.Parallel()
	f := &fortnight{business: newBusiness(t, 1000, 3, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), "",
		"daily_quota: 20", "daily_quota: 4", "    - name: thank_you_message\n", anotherThankYou+"    - name: thank_you_message\n",
		"snapshots: 26", "snapshots: 20", "candidates: [logistic, boosted]", "candidates: [logistic]",
		"high_enter: 0.05", "high_enter: 0.04", "high_leave: 0.04", "high_leave: 0.03",
		"medium_enter: 0.03", "medium_enter: 0.03", "medium_leave: 0.025", "medium_leave: 0.02", "00:00-24:00", "09:00-20:00",
		`at: "02:00"`, `at: "02:00"
  checks: {min_rows_share: 0}`)}
	still := f.start.AddDate(-1, 0, 0)
	f.clock = &clock{real: func() time.Time { return still }} // stands still until it is set
	f.demo = &demo{world: f.world, clock: f.clock, told: f.start}
	f.hire(t)
	var last audit
	var explained map[string]string
	second := f.start.AddDate(0, 0, 1).Format(time.DateOnly)
	var released, begun int
	for day := range 14 {
		asOf := f.start.AddDate(0, 0, day)
		if day%3 == 0 {
			f.clock.Set(asOf.Add(time.Hour))
			f.learn(t, asOf, func(args ...string) { f.must(t, f.clock.Now, args...) })
		}
		f.clock.Set(asOf.Add(2 * time.Hour))
		last = f.night(t, asOf)
		released += last.found
		if day%7 == 2 {
			f.dryRun(t, asOf)
		}
		if day == 1 {
			explained = f.replays(t, second)
		}
		f.work(t, asOf)
	}
	f.replayed(t, second, explained)
	b := books{f.database(t)}
	begun = b.oneDoorADay(t)
	b.handled(t)
	audited(t, b, f.writable(t))
	files, doubled := b.deliveries(t, f.path("outbox"))
	t.Logf("14 nights of %d customers: %d tasks and messages released, %d contacts made, %d messages sent, %d doubled, %d calls, %d customers rang, %d tasks dropped by who fell ill",
		last.customers, released, begun, files, doubled, f.demo.calls, f.rang, f.dropped)
	t.Logf("the day was solved again %d times: %d calls went behind, %d came forward, %d were touched meanwhile", f.revised.times, f.revised.moved, f.revised.restored, f.revised.touched)
	if f.revised.moved == 0 || f.revised.restored == 0 || f.revised.touched == 0 {
		t.Error("a fortnight in which no day is solved again shows nothing")
	}
	if f.demo.calls == 0 || f.rang < 28 || f.dropped == 0 || files == 0 || begun < f.demo.calls {
		t.Error("a fortnight without calls or messages shows nothing")
	}
}

// night runs the night of a date, holds what it prints against the file (R2),
// and runs it again, which changes nothing.
func (f *fortnight) night(t *testing.T, asOf time.Time) audit {
	t.Helper()
	date := asOf.Format(time.DateOnly)
	first := f.must(t, f.clock.Now, "nightly", "run", "--as-of", date, "--json")
	a := books{f.database(t)}.night(t, asOf)
	report := decode[nightReport](t, first)
	if report.State != nightly.Completed || report.AsOf != date {
		t.Fatalf("the night of %s: %s of %s", date, report.State, report.AsOf)
	}
	for _, s := range report.Stages {
		switch sum := 0; s.Stage {
		case nightly.StageDecide:
			for reason, n := range s.Counts {
				if reason != "customers" && reason != "minutes" && reason != "already open" && !strings.HasPrefix(reason, "released ") {
					sum += int(n)
				}
			}
			if sum != a.customers || int(s.Counts["customers"]) != a.customers {
				t.Errorf("%s: %v add up to %d of %d customers", date, s.Counts, sum, a.customers)
			}
		case nightly.StagePropose, nightly.StageScore:
			if s.Done != s.Shards {
				t.Errorf("%s: %s is done for %d of %d shards", date, s.Stage, s.Done, s.Shards)
			}
		}
	}
	f.shown(t, date, a)
	before := f.state(t, date)
	if diff := cmp.Diff(first, f.must(t, f.clock.Now, "nightly", "run", "--as-of", date, "--json")); diff != "" {
		t.Errorf("the second run of %s says something else:\n%s", date, diff)
	}
	if diff := cmp.Diff(before, f.state(t, date)); diff != "" {
		t.Errorf("the second run of %s changed something:\n%s", date, diff)
	}
	return a
}

// shown holds `list show --json` against the file.
func (f *fortnight) shown(t *testing.T, date string, a audit) {
	t.Helper()
	pub := decode[interventions.Publication](t, f.must(t, f.clock.Now, "list", "show", "--json"))
	sum := 0
	for _, reasons := range pub.Tally.ByReason {
		for _, n := range reasons {
			sum += n
		}
	}
	if pub.Tally.Customers != a.customers || sum != a.customers || pub.Tally.ByResult[interventions.ResultTreat] != a.expected {
		t.Errorf("%s: the list shows %d of %d customers, %d to treat, want %d of %d",
			date, sum, pub.Tally.Customers, pub.Tally.ByResult[interventions.ResultTreat], a.expected, a.customers)
	}
	for _, r := range []interventions.Result{interventions.ResultGhost, interventions.ResultHoldout} {
		if n, told := pub.Tally.ByResult[r]; told {
			t.Errorf("%s: the list tells %d %s (R7)", date, n, r)
		}
	}
}

// state is what must not change when a night is run again or dry.
func (f *fortnight) state(t *testing.T, date string) map[string]string {
	t.Helper()
	state := map[string]string{
		"status": f.must(t, f.clock.Now, "nightly", "status", "--as-of", date, "--json"),
		"list":   f.must(t, f.clock.Now, "list", "show", "--json"),
	}
	db := f.database(t)
	real := "(SELECT id FROM publications WHERE state IN ('released', 'withdrawn'))"
	for name, rows := range map[string]string{
		"tasks": "tasks WHERE publication = 0 OR publication IN " + real, "messages": "messages WHERE publication IN " + real,
		"exposures": "sealed_exposures WHERE publication IN " + real, "arms": "sealed_arms WHERE publication IN " + real,
		"work keys": "work_keys", "lists": "publications WHERE id IN " + real, "shown": "listed WHERE publication IN " + real,
		"nights": "runs WHERE dry_run = 0", "jobs to deliver": "jobs WHERE kind = 'deliver'", "facts": "facts",
		"models": "models", "promotions": "promotions", "effects": "effects", "changes": "task_changes",
	} {
		state[name] = fmt.Sprint(count(t, db, "SELECT COUNT(*) FROM %s", rows))
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	return state
}

// dryRun decides the night of tomorrow and changes nothing.
func (f *fortnight) dryRun(t *testing.T, asOf time.Time) {
	t.Helper()
	date := asOf.Format(time.DateOnly)
	before := f.state(t, date)
	report := decode[nightReport](t, f.must(t, f.clock.Now, "nightly", "run", "--as-of", asOf.AddDate(0, 0, 1).Format(time.DateOnly), "--dry-run", "--json"))
	if report.State != nightly.Completed {
		t.Errorf("the dry run is %s", report.State)
	}
	i := slices.IndexFunc(report.Stages, func(s stageReport) bool { return s.Stage == nightly.StagePublish })
	if _, told := report.Stages[i].Counts["would be released"]; !told {
		t.Errorf("the dry run does not say what it would release: %+v", report.Stages)
	}
	if diff := cmp.Diff(before, f.state(t, date)); diff != "" {
		t.Errorf("the dry run changed something:\n%s", diff)
	}
}

// work lives one day: messages leave in the morning, agents call until the
// evening.
func (f *fortnight) work(t *testing.T, asOf time.Time) {
	t.Helper()
	p := &program{
		Surroundings: Surroundings{Stdout: t.Output(), Stderr: t.Output(), Getenv: func(k string) string { return f.env[k] }, Now: f.clock.Now},
		configPath:   f.path("holdfast.yaml"), quiet: true,
	}
	if err := f.world.Advance(asOf); err != nil {
		t.Fatal(err)
	}
	err := p.withApp(t.Context(), writes, func(a *app) error {
		f.demo.app = a
		if err := f.demo.messagesLeave(t.Context(), asOf); err != nil {
			return err
		}
		return f.day(t.Context(), t, a, asOf)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// thanks audits R4: really long tenure, a milestone once for each household,
// from somebody with a name and a quota, and nothing sold. Quota bounds a
// night's pieces of a treatment, calls those that one signatory makes in person,
// by name; ghosts are among both.
func (b books) thanks(t testing.TB, quota, calls map[string]int) {
	t.Helper()
	type once struct {
		household int64
		milestone int
	}
	type nightly struct {
		list      int64
		treatment string
	}
	begun, made := map[once]int{}, map[nightly]int{}
	tenure := map[int64]int{}
	for _, l := range list[struct {
		Customer int64
		Tenure   int `db:"tenure_days"`
	}](t, b.db, "SELECT customer, MAX(tenure_days) AS tenure_days FROM listed GROUP BY customer") {
		tenure[l.Customer] = l.Tenure
	}
	all := b.pieces(t, "family = 'thanks' AND publication IN (SELECT id FROM publications WHERE state = 'released')")
	for _, p := range all {
		made[nightly{p.Publication, p.Treatment}]++
		if p.Began > 0 {
			begun[once{p.Household, p.Milestone}]++
		}
		if days, known := tenure[p.Customer]; known && (p.Milestone < 5 || days < 365*p.Milestone) {
			t.Errorf("R4: customer %d with %d days is thanked for %d years", p.Customer, days, p.Milestone)
		}
	}
	for o, n := range begun {
		if n > 1 {
			t.Errorf("R4: household %d was thanked %d times for %d years", o.household, n, o.milestone)
		}
	}
	for n, pieces := range made {
		if pieces > quota[n.treatment] {
			t.Errorf("R4: %d pieces of %s in a night with a quota of %d", pieces, n.treatment, quota[n.treatment])
		}
	}
	b.signed(t, calls)
	for _, body := range append(list[string](t, b.db, "SELECT body FROM tasks WHERE family = 'thanks'"),
		list[string](t, b.db, "SELECT body FROM messages WHERE family = 'thanks'")...) {
		w := decode[struct {
			Channel, Signatory, Body string
			OfferMinor               int64
		}](t, body)
		if w.OfferMinor != 0 || (w.Channel == "phone" && w.Signatory == "") {
			t.Errorf("R4: a thank-you with an offer of %d, signed %q", w.OfferMinor, w.Signatory)
		}
	}
	if len(all) == 0 || len(begun) == 0 {
		t.Error("nobody was thanked: R4 was not tried")
	}
}

// signed audits the share of R4 that is a senior manager's day.
func (b books) signed(t testing.TB, calls map[string]int) {
	t.Helper()
	type night struct {
		list int64
		who  string
	}
	signs := map[night]int{}
	for _, c := range list[struct {
		Publication int64
		Body        string
	}](t, b.db, "SELECT publication, body FROM tasks WHERE family = 'thanks' AND publication IN (SELECT id FROM publications WHERE state = 'released')") {
		signs[night{c.Publication, decode[struct{ Signatory string }](t, c.Body).Signatory}]++
	}
	for n, made := range signs {
		if made > calls[n.who] {
			t.Errorf("R4: %q has %d thank-you calls of one night, at most %d are theirs", n.who, made, calls[n.who])
		}
	}
}

// oneDoorADay audits R9 and returns how many contacts there were: a household
// that was contacted on a day is not contacted again that day, but for promises
// and service.
func (b books) oneDoorADay(t testing.TB) int {
	t.Helper()
	contacts := list[struct {
		Household, At int64
		Exempt        int
	}](t, b.db, `SELECT t.household, a.at, CASE WHEN t.family IN ('service', 'inbound', 'data') OR EXISTS (SELECT 1 FROM task_changes c
				WHERE c.task = t.id AND (c.to_state = 'callback' OR c.from_state = 'callback') AND c.at < a.at) THEN 1 ELSE 0 END AS exempt
			FROM task_attempts a JOIN tasks t ON t.id = a.task
		UNION ALL SELECT household, sent_at, 0 FROM messages WHERE sent_at > 0
		ORDER BY 1, 2`)
	for i, c := range contacts[1:] {
		before := contacts[i]
		if c.Household == before.Household && c.Exempt == 0 && sameDay(before.At, c.At) {
			t.Errorf("R9: household %d was contacted at %v and at %v", c.Household, time.UnixMicro(before.At).UTC(), time.UnixMicro(c.At).UTC())
		}
	}
	return len(contacts)
}

// sameDay says whether two instants of a working day, 8:00 to 19:00 UTC, lie on
// one day; they then do so anywhere in Europe.
func sameDay(a, b int64) bool {
	return time.UnixMicro(a).UTC().YearDay() == time.UnixMicro(b).UTC().YearDay()
}

// ghosts audits R7: the held out pass where others are contacted, and are not
// stopped for being held out.
func (b books) ghosts(t testing.TB) {
	t.Helper()
	for _, table := range []string{"tasks", "messages"} {
		passed := count(t, b.db, "SELECT COUNT(*) FROM %s WHERE ghost = 1 AND passed_at > 0", table)
		stopped := count(t, b.db, `SELECT COUNT(*) FROM %s WHERE ghost = 1 AND body LIKE '%%"Reason":"holdout"%%'`, table)
		if passed == 0 || stopped != 0 {
			t.Errorf("R7: %d ghosts among the %s passed, %d were stopped for being held out", passed, table, stopped)
		}
	}
}
