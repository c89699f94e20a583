package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

// An auditor reads a database with SQL of its own and reports every rule of
// R1 to R10 that was broken in it, whatever the program says. Every check has a
// planted violation that it must find (TestSimulatedFortnight).
var auditorChecks = map[string]func(books, testing.TB){
	"R1": books.openIssues, "R2": books.listsAddUp, "R3": books.promisesInTime, "R4": books.thanked, "R5": books.trained,
	"R6": books.countsFollowed, "R7": books.heldBack, "R8": func(b books, t testing.TB) { b.onceOnly(t) },
	"R9": func(b books, t testing.TB) { b.oneDoorADay(t) }, "R10": books.nothingFromTheFuture,
}

// plants break each rule once, in a database that breaks none.
var plants = map[string]string{
	"R1": `UPDATE facts SET occurred = 1, recorded = 1, customer = (SELECT customer FROM tasks WHERE started_at > 0 AND ghost = 0 AND family = 'save' LIMIT 1)
		WHERE kind = 'issue' AND import_id > 0 AND ref = (SELECT MIN(ref) FROM facts WHERE kind = 'issue' AND import_id > 0)`,
	"R2": `UPDATE listed SET reason = '' WHERE publication = (SELECT publication FROM current_list) AND customer = (SELECT MIN(customer) FROM listed)`,
	"R3": `UPDATE tasks SET state = 'callback', due_at = 1, body = REPLACE(body, '"Escalated":true', '"Escalated":false') WHERE id = (SELECT MIN(id) FROM tasks WHERE ghost = 0)`,
	"R4": `UPDATE tasks SET body = REPLACE(body, '"Signatory":"Maria Ricci, managing director"', '"Signatory":""') WHERE family = 'thanks'`,
	"R5": `UPDATE users SET skills = '[]', signs = '[]'`,
	"R6": `UPDATE list_totals SET customers = customers + 1 WHERE publication = (SELECT publication FROM current_list)`,
	"R7": `INSERT INTO sealed_arms (household, layer, publication, held, share, from_at, until_at, draw, flagged)
		SELECT household, '*', publication, 1, 0.5, 1, 9000000000000000000, 0, '' FROM tasks WHERE ghost = 0 AND started_at > 0 AND family = 'save' LIMIT 1`,
	"R8": `UPDATE tasks SET work_key = (SELECT MIN(work_key) FROM tasks WHERE work_key <> '') WHERE started_at > 0 AND ghost = 0`,
	"R9": `UPDATE tasks SET household = 1 WHERE family = 'save'`,
	"R10": `UPDATE facts SET recorded = recorded - 100000000000000 WHERE import_id IN
		(SELECT i.id FROM imports i JOIN runs r ON r.finished <= i.published WHERE i.change = 'feed')`,
}

// complaints take down what a check has to say, in place of a test's errors.
type complaints struct {
	testing.TB
	said []string
}

func (c *complaints) Errorf(format string, args ...any) {
	c.said = append(c.said, fmt.Sprintf(format, args...))
}
func (c *complaints) Error(args ...any) { c.said = append(c.said, fmt.Sprint(args...)) }

// audited runs every check on a database, and each again after its rule was
// broken there in a transaction that is rolled back.
func audited(t *testing.T, b books, write *sqlx.DB) {
	t.Helper()
	write.SetMaxOpenConns(1)
	for _, rule := range []string{"R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R10"} {
		c := &complaints{TB: t}
		auditorChecks[rule](b, c)
		t.Logf("%s: %d violations", rule, len(c.said))
		for _, what := range c.said[:min(5, len(c.said))] {
			t.Errorf("%s is broken: %s", rule, what)
		}
		before := len(c.said)
		write.MustExec("BEGIN")
		n, err := write.MustExec(plants[rule]).RowsAffected()
		c.said = nil
		auditorChecks[rule](books{write}, c)
		write.MustExec("ROLLBACK")
		if err != nil || n == 0 || len(c.said) <= before {
			t.Errorf("%s was broken in %d rows (%v), and the auditor found %d of it, %d before", rule, n, err, len(c.said), before)
		}
	}
}

// begun are the proactive contacts by the system: calls begun and messages sent.
type begun struct {
	Kind                                 string
	ID, Customer, Household, At, Created int64
	Family, Treatment, Body              string
	Promised                             int // it kept a promise or a call-back
}

const begunWork = `SELECT 'task' AS kind, t.id, t.customer, t.household, c.at, t.created_at AS created, t.family, t.treatment, t.body,
		(SELECT COUNT(*) FROM task_changes p WHERE p.task = t.id AND p.to_state = 'callback' AND p.seq < c.seq) AS promised
	FROM task_changes c JOIN tasks t ON t.id = c.task
	WHERE c.to_state = 'in_progress' AND c.from_state <> 'in_progress' AND t.ghost = 0 AND t.family IN ('save', 'offer', 'thanks', 'service')
	UNION ALL SELECT 'message', id, customer, household, sent_at, created_at, family, treatment, body, 0 FROM messages WHERE sent_at > 0 AND ghost = 0`

// issueFact is one opening or closing of a service issue as it was recorded.
type issueFact struct {
	Customer, Ref, Occurred, Recorded int64
	Kind                              string
	Retracted                         int
}

// openAt says which issues of a customer were open at an instant, as known then.
func openAt(facts []issueFact, at int64) (refs []int64) {
	type of struct {
		kind string
		ref  int64
	}
	newest := map[of]issueFact{}
	for _, f := range facts {
		if k := (of{f.Kind, f.Ref}); f.Recorded < at && f.Recorded >= newest[k].Recorded {
			newest[k] = f
		}
	}
	for k, f := range newest {
		closed, ends := newest[of{"issue_closed", k.ref}]
		if k.kind == "issue" && f.Retracted == 0 && f.Occurred < at && !(ends && closed.Retracted == 0 && closed.Occurred < at) {
			refs = append(refs, k.ref)
		}
	}
	return refs
}

// openIssues audits R1: while an issue is open nothing that sells, offers or
// thanks is begun or sent, but for promises, and no offer is granted.
func (b books) openIssues(t testing.TB) {
	t.Helper()
	issues := map[int64][]issueFact{}
	for _, f := range list[issueFact](t, b.db, `SELECT customer, ref, occurred, recorded, kind, retracted FROM facts
		WHERE kind IN ('issue', 'issue_closed') AND (import_id = 0 OR import_id IN (SELECT id FROM imports WHERE version > 0 AND undone = 0)) ORDER BY recorded`) {
		issues[f.Customer] = append(issues[f.Customer], f)
	}
	for _, w := range list[begun](t, b.db, begunWork) {
		if open := openAt(issues[w.Customer], w.At); len(open) > 0 && w.Family != "service" && w.Promised == 0 {
			t.Errorf("%s %d of %s at %v: issues %v of customer %d are open", w.Kind, w.ID, w.Family, time.UnixMicro(w.At).UTC(), open, w.Customer)
		}
	}
	for _, a := range list[struct {
		Customer, At int64
		Body         string
	}](t, b.db, "SELECT t.customer, a.at, a.body FROM task_attempts a JOIN tasks t ON t.id = a.task") {
		granted := decode[struct{ WrapUp struct{ OfferMinor int64 } }](t, a.Body).WrapUp.OfferMinor
		if open := openAt(issues[a.Customer], a.At); granted > 0 && len(open) > 0 {
			t.Errorf("an offer of %d was granted to customer %d while issues %v are open", granted, a.Customer, open)
		}
	}
}

// listsAddUp audits R2 over the lists whose lines are kept: every customer once,
// with a result and a reason, as many as the totals say.
func (b books) listsAddUp(t testing.TB) {
	t.Helper()
	for _, l := range list[struct {
		ID    int64
		Tally string
	}](t, b.db, "SELECT id, tally FROM publications WHERE state = 'released' AND id IN (SELECT publication FROM listed)") {
		var tally struct {
			Customers int            `json:"customers"`
			ByResult  map[string]int `json:"by_result"`
		}
		if err := json.Unmarshal([]byte(l.Tally), &tally); err != nil {
			t.Fatal(err)
		}
		lines := list[struct {
			Lines, Customers, Silent int
		}](t, b.db, `SELECT COUNT(*) AS lines, COUNT(DISTINCT customer) AS customers, COUNT(CASE WHEN result = '' OR reason = '' THEN 1 END) AS silent
			FROM listed WHERE publication = %d`, l.ID)[0]
		sum := 0
		for _, n := range tally.ByResult {
			sum += n
		}
		if lines.Lines != lines.Customers || lines.Lines != tally.Customers || sum != tally.Customers || lines.Silent > 0 {
			t.Errorf("list %d decides %d lines for %d customers, its totals say %d and sum to %d, and %d have no reason",
				l.ID, lines.Lines, lines.Customers, tally.Customers, sum, lines.Silent)
		}
	}
}

// promisesInTime audits R3: no call is made and none promised outside the
// customer's calling window (9:00 to 20:00 in this business); a promise past its
// time is escalated; its owner takes no new work before it.
func (b books) promisesInTime(t testing.TB) {
	t.Helper()
	last := list[int64](t, b.db, "SELECT MAX(at) FROM task_changes")[0]
	for _, k := range list[struct {
		ID    int64
		DueAt int64 `db:"due_at"`
		Body  string
	}](t, b.db, "SELECT id, due_at, body FROM tasks WHERE state = 'callback' AND due_at > 0 AND due_at < %d", last) {
		if !decode[struct{ Escalated bool }](t, k.Body).Escalated {
			t.Errorf("the promise of task %d fell due at %v and nobody was told", k.ID, time.UnixMicro(k.DueAt).UTC())
		}
	}
	outside := func(at int64, zone string) bool {
		z, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		hour := time.UnixMicro(at).In(z).Hour()
		return hour < 9 || hour >= 20
	}
	for _, w := range list[begun](t, b.db, begunWork+" ORDER BY 2") {
		if w.Kind == "task" && outside(w.At, decode[struct{ Zone string }](t, w.Body).Zone) {
			t.Errorf("task %d was begun at %v, outside the customer's calling window", w.ID, time.UnixMicro(w.At).UTC())
		}
	}
	for _, p := range list[struct {
		ID, Task int64
		DueAt    int64 `db:"due_at"`
		Body     string
		Work     string
	}](t, b.db, "SELECT p.id, p.task, p.due_at, p.body, t.body AS work FROM promises p JOIN tasks t ON t.id = p.task") {
		v := decode[struct {
			Kind, MadeBy      string
			KeptAt, VoidedAt  time.Time
			Owner             string
			Zone              string
			BrokenAt, Unknown time.Time
		}](t, p.Body)
		if v.Kind == "callback" && outside(p.DueAt, decode[struct{ Zone string }](t, p.Work).Zone) {
			t.Errorf("call-back %d is promised for %v, outside the customer's calling window", p.ID, time.UnixMicro(p.DueAt).UTC())
		}
		end := last + 1
		for _, at := range []time.Time{v.KeptAt, v.VoidedAt} {
			if !at.IsZero() {
				end = min(end, at.UnixMicro())
			}
		}
		n := count(t, b.db, `SELECT COUNT(*) FROM task_changes c JOIN tasks w ON w.id = c.task WHERE c.who = '%s' AND c.to_state = 'leased' AND c.from_state = 'ready'
			AND c.at >= %d AND c.at < %d AND w.due_at = 0 AND 'callback' = (SELECT h.to_state FROM task_changes h WHERE h.task = %d AND h.at <= c.at ORDER BY h.seq DESC LIMIT 1)`,
			v.MadeBy, p.DueAt, end, p.Task)
		if n > 0 {
			t.Errorf("%s took %d new tasks while the promise %d of theirs was due", v.MadeBy, n, p.ID)
		}
	}
}

// thanked audits R4 with the quotas of the fortnight.
func (b books) thanked(t testing.TB) {
	t.Helper()
	b.thanks(t, map[string]int{"thank_you_call": 4, "thank_you_lunch": 3, "thank_you_message": 150}, map[string]int{"Maria Ricci, managing director": 4})
}

// trained audits R5: who takes a task has its skills, may sign for its
// signatory, and grants no more than their ceiling.
func (b books) trained(t testing.TB) {
	t.Helper()
	type person struct {
		Name, Skills, Signs string
		Ceiling             int64 `db:"ceiling_minor"`
	}
	people := map[string]person{}
	for _, u := range list[person](t, b.db, "SELECT name, skills, signs, ceiling_minor FROM users") {
		people[u.Name] = u
	}
	for _, l := range list[struct {
		Task      int64
		Who, Body string
	}](t, b.db, "SELECT c.task, c.who, t.body FROM task_changes c JOIN tasks t ON t.id = c.task WHERE c.to_state = 'leased'") {
		who, known := people[l.Who]
		task := decode[struct {
			Skills    []string
			Signatory string
		}](t, l.Body)
		skills := decode[[]string](t, orElse(who.Skills, "[]"))
		missing := slices.DeleteFunc(slices.Clone(task.Skills), func(s string) bool { return slices.Contains(skills, s) })
		if !known || len(missing) > 0 || (task.Signatory != "" && !strings.Contains(who.Signs, task.Signatory)) {
			t.Errorf("task %d went to %q, who lacks %v or may not sign for %q", l.Task, l.Who, missing, task.Signatory)
		}
	}
	for _, a := range list[struct {
		Task      int64
		Who, Body string
	}](t, b.db, "SELECT task, who, body FROM task_attempts") {
		if granted := decode[struct{ WrapUp struct{ OfferMinor int64 } }](t, a.Body).WrapUp.OfferMinor; granted > people[a.Who].Ceiling {
			t.Errorf("%s granted %d in task %d and may grant %d", a.Who, granted, a.Task, people[a.Who].Ceiling)
		}
	}
}

// countsFollowed audits R6: the totals that pages show are sums of the lines
// they lead to, and every estimate has an interval.
func (b books) countsFollowed(t testing.TB) {
	t.Helper()
	for _, x := range list[struct {
		Publication                int64
		Partition                  int
		Band, Segment              string
		Customers, AtRisk, Counted int64
		Sum                        int64
	}](t, b.db, `SELECT s.publication, s.partition, s.band, s.segment, s.customers, s.at_risk AS atrisk,
			(SELECT COUNT(*) FROM listed l WHERE l.publication = s.publication AND l.partition = s.partition AND l.band = s.band AND l.segment = s.segment) AS counted,
			(SELECT COALESCE(SUM(l.at_risk), 0) FROM listed l WHERE l.publication = s.publication AND l.partition = s.partition AND l.band = s.band AND l.segment = s.segment) AS sum
		FROM list_totals s WHERE s.publication IN (SELECT publication FROM listed)`) {
		if x.Customers != x.Counted || x.AtRisk != x.Sum {
			t.Errorf("list %d, partition %d, band %q, segment %q: %d customers with %d at risk are shown, %d with %d are there",
				x.Publication, x.Partition, x.Band, x.Segment, x.Customers, x.AtRisk, x.Counted, x.Sum)
		}
	}
	for _, body := range list[string](t, b.db, "SELECT body FROM effects") {
		for _, e := range decode[[]struct {
			Treatment    string                                `json:"treatment"`
			Known        bool                                  `json:"known"`
			Difference   struct{ Estimate, Low, High float64 } `json:"difference"`
			ProvenSaves  struct{ Estimate, Low, High float64 } `json:"proven_saves"`
			MinimumBelow float64                               `json:"minimum_detectable_effect"`
		}](t, body) {
			if e.Known && (e.Difference.Low >= e.Difference.High || e.Difference.Estimate < e.Difference.Low || e.Difference.Estimate > e.Difference.High) {
				t.Errorf("the effect of %s is %v without an interval", e.Treatment, e.Difference)
			}
		}
	}
}

// heldBack audits R7: nobody held out of everything or of a treatment got it
// while held, but at a director's word; ghosts pass as their twins do.
func (b books) heldBack(t testing.TB) {
	t.Helper()
	type arm struct {
		Household int64
		Layer     string
		From      int64 `db:"from_at"`
		Until     int64 `db:"until_at"`
	}
	held := map[int64][]arm{}
	for _, a := range list[arm](t, b.db, `SELECT household, layer, from_at, until_at FROM sealed_arms
		WHERE held = 1 AND publication IN (SELECT id FROM publications WHERE state IN ('released', 'withdrawn'))`) {
		held[a.Household] = append(held[a.Household], a)
	}
	for _, w := range list[begun](t, b.db, begunWork) {
		for _, a := range held[w.Household] {
			if w.Family != "service" && w.Promised == 0 && a.From <= w.Created && w.Created < a.Until && (a.Layer == "*" || a.Layer == w.Treatment) &&
				!decode[struct{ Override bool }](t, w.Body).Override {
				t.Errorf("%s %d of %s reached household %d, which is held out of %q", w.Kind, w.ID, w.Treatment, w.Household, a.Layer)
			}
		}
	}
	if n := count(t, b.db, "SELECT COUNT(*) FROM sealed_exposures WHERE arm <> 'treat' AND contacted > 0"); n > 0 {
		t.Errorf("%d of those left alone were contacted", n)
	}
	b.ghosts(t)
}

// nothingFromTheFuture audits R10: what an import brought after a night does not
// look as if that night could have seen it, and no night saw an import that was
// published after it had begun to score.
func (b books) nothingFromTheFuture(t testing.TB) {
	t.Helper()
	for _, table := range []string{"facts", "events_single"} {
		if n := count(t, b.db, `SELECT COUNT(*) FROM %s f JOIN imports i ON i.id = f.import_id JOIN runs r ON r.dry_run = 0 AND r.state = 'completed'
			AND r.finished <= i.published WHERE i.change = 'feed' AND i.backfill = 0 AND i.version > 0 AND f.recorded < r.as_of`, table); n > 0 {
			t.Errorf("%d %s are recorded before a night that could not see them", n, table)
		}
	}
	if n := count(t, b.db, `SELECT COUNT(*) FROM runs r JOIN imports i ON i.version > 0 AND i.version <= r.version AND i.published > r.finished WHERE r.dry_run = 0`); n > 0 {
		t.Errorf("%d imports published after a night are in the history it read", n)
	}
	if n := count(t, b.db, "SELECT COUNT(*) FROM sealed_exposures e WHERE e.contacted > 0 AND e.contacted < e.at"); n > 0 {
		t.Errorf("%d customers were contacted before they were decided on", n)
	}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
