package web_test

import (
	"context"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/nightly"
)

var update = flag.Bool("update", false, "write testdata/golden anew")

// hashes stand in names of static files and change with them.
var hashes = regexp.MustCompile(`(/static/[a-z]+)\.[0-9a-f]{12}\.`)

// none takes everything away that nights made.
func none(w *world) {
	w.morning, w.risk, w.publications, w.effects, w.models = nil, nil, nil, nil, nil
	w.board.Rows, w.board.People, w.board.Skips, w.board.Revision, w.revised = nil, nil, nil, nil, nil
	w.runs, w.jobs, w.imports, w.arrivals, w.arms = nil, nil, nil, nil, nil
	w.attrition, w.moved, w.rosters = measurement.Attrition{}, nil, nil
	w.policyNow.Versions, w.rehearsals, w.grouped = nil, nil, measurement.GroupReport{}
	w.agentReport, w.handled, w.marks = measurement.AgentReport{}, nil, nil
}

func unwatched(w *world) { w.watch = nil }

func broken(w *world) {
	w.broken = fault.New(fault.Unavailable, "the database does not answer: try again in a minute")
	w.work.gone, w.people.gone = w.broken, w.broken
}

// operated has an audit of what an operator does, and of what concerns customers.
func operated(w *world) {
	for i, e := range []access.Entry{
		{Who: "oli", What: "sign in"},
		{Who: "mia", What: "read a customer's file", Subject: "K-1001"},
		{Who: "aud", What: "read arms"},
		{Who: "ann", What: "search customers", Detail: "3 customers found"},
		{Who: "oli", What: "resume a night", Subject: "night-3"},
		{Who: "mia", What: "ask for work, overriding arms", Subject: "K-1001", Detail: "retention_call: the director knows them"},
		{Who: "oli", What: "withdraw a list", Subject: "2026-03-10", Detail: "prices of last week"},
		{Who: "system", What: "change a user", Subject: "ben", Detail: "at the command line: role, skills"},
	} {
		e.At = tuesday.Add(time.Duration(i) * time.Minute)
		if err := w.people.Audit(context.Background(), e); err != nil {
			panic(err)
		}
	}
}

// refusedImport is one of which too many rows could not be used.
func refusedImport(w *world) {
	for i := range w.imports {
		if m := &w.imports[i]; m.ID == 42 {
			m.Refused, m.Published, m.Added, m.Corrected = true, time.Time{}, 0, 0
			m.Note = "feed payments: 2 of 20 rows cannot be used, more than 1 %; nothing was imported. Most often (1): line 7, column \"amount\": \"12,50\" is not a number"
		}
	}
}

// rerun is a night that was run again from a stage, seven hours later.
func rerun(w *world) {
	r := &w.runs[0]
	r.Again, r.Finished = r.Started.Add(7*time.Hour), r.Finished.Add(7*time.Hour)
}

func held(w *world) {
	run := nightRun("night-4", 0, nightly.HeldBack)
	run.Reason = "feed payments brought 210 rows, usually 48,000: look at the file, then resume"
	w.runs = append([]nightly.Run{run}, w.runs[1:]...)
}

func issue(w *world) {
	busy(w)
	w.issues[1] = []interventions.OpenIssue{{Ref: 77, Category: "delivery", Severity: 4, Opened: tuesday.AddDate(0, 0, -2)}}
}

// meanwhile opens the issue while ann has the card.
func meanwhile(w *world) {
	issue(w)
	t := w.tasks[1001]
	t.State, t.Owner, t.Fence, t.LeaseUntil = interventions.TaskLeased, "ann", 1, tuesday.Add(interventions.LeaseFor)
	w.tasks[1001] = t
}

func many(w *world) { w.risk = manyRisks(130) }

// state is one state of one page.
type state struct {
	name  string
	world func(*world)
	user  string
	path  string
	form  url.Values // posted when it is not nil
}

// answer brings a world into that state and asks for the page.
func (s state) answer(t testing.TB) answer {
	t.Helper()
	return s.answerIn(t, "en")
}

// answerIn asks for the page in a language.
func (s state) answerIn(t testing.TB, language string) answer {
	t.Helper()
	_, got := s.worldIn(t, language)
	return got
}

// worldIn is the world that the page was asked of, too.
func (s state) worldIn(t testing.TB, language string) (*world, answer) {
	t.Helper()
	w := newWorld(t, func(w *world) { w.config.Language = language })
	defer w.end() // hundreds of worlds at once are gigabytes
	b := w.browser(t)
	if s.user != "" {
		b = w.as(t, s.user)
	}
	if s.world != nil {
		s.world(w)
	}
	if s.form != nil {
		return w, b.post(s.path, s.form)
	}
	return w, b.get(s.path)
}

var states = []state{
	{"sign-in", nil, "", "/sign-in", nil},
	{"sign-in-refused", nil, "", "/sign-in", url.Values{"name": {"ann"}, "password": {"wrong"}}},
	{"desk-empty", nil, "ann", "/desk", nil},
	{"desk-error", broken, "ann", "/desk", nil},
	{"desk-busy", busy, "ann", "/desk", nil},
	{"desk-nothing", nil, "ann", "/desk/next", url.Values{}},
	{"task", busy, "ann", "/desk/next", url.Values{}},
	{"task-household", atHome, "ann", "/tasks/1001/take", url.Values{}},
	{"task-blocked", issue, "ann", "/tasks/1001/take", url.Values{}},
	{"task-issue", meanwhile, "ann", "/tasks/1001", nil},
	{"task-long-name", busy, "ann", "/tasks/1002/take", url.Values{}},
	{"task-right-to-left", busy, "ann", "/tasks/1003/take", url.Values{}},
	{"task-hostile", busy, "ann", "/tasks/1004/take", url.Values{}},
	{"task-not-mine", busy, "ann", "/tasks/1005", nil},
	{"task-unknown", busy, "ann", "/tasks/99", nil},
	{"task-thanks", thanks, "sen", "/tasks/1002/take", url.Values{}},
	{"thanks", thanks, "sen", "/thanks", nil},
	{"thanks-empty", nil, "sen", "/thanks", nil},
	{"thanks-error", broken, "sen", "/thanks", nil},
	{"thanks-one", func(w *world) { w.addThanks(1) }, "sen", "/thanks", nil},
	{"thanks-not-mine", thanks, "ann", "/thanks", nil},
	{"recommendations", boxed, "ann", "/recommendations", nil},
	{"recommendations-answer", boxed, "mia", "/recommendations", nil},
	{"recommendations-empty", nil, "ann", "/recommendations", nil},
	{"task-approved", askedFor, "ann", "/tasks/1002", nil},
	{"task-declined", askedFor, "ann", "/tasks/1003", nil},
	{"desk-asked", askedFor, "ann", "/desk", nil},
	{"approvals", askedFor, "mia", "/approvals", nil},
	{"approvals-above", askedFor, "lee", "/approvals", nil},
	{"approvals-empty", nil, "mia", "/approvals", nil},
	{"inbound", nil, "ann", "/inbound", nil},
	{"inbound-found", nil, "ann", "/inbound?q=smith", nil},
	{"inbound-phone", nil, "ann", "/inbound?q=020+7946+0003", nil},
	{"inbound-card", busy, "ann", "/inbound", url.Values{"customer": {"5"}, "channel": {"phone"}}},
	{"inbound-nobody", nil, "ann", "/inbound?q=%3Cscript%3E1%3C%2Fscript%3E", nil},
	{"help", nil, "ann", "/help", nil},
	{"forbidden", nil, "ann", "/risk", nil},
	{"morning", nil, "mia", "/morning", nil},
	{"board-due", overdue, "mia", "/board/promises", nil},
	{"board-due-masked", overdue, "lyn", "/board/promises", nil},
	{"board-due-none", nil, "mia", "/board/promises", nil},
	{"morning-empty", none, "mia", "/morning", nil},
	{"morning-error", broken, "mia", "/morning", nil},
	{"risk", nil, "mia", "/risk", nil},
	{"board", nil, "mia", "/board", nil},
	{"board-empty", none, "mia", "/board", nil},
	{"board-error", broken, "mia", "/board", nil},
	{"roster", nil, "mia", "/roster", nil},
	{"roster-empty", none, "mia", "/roster", nil},
	{"roster-error", broken, "mia", "/roster", nil},
	{"roster-day", nil, "mia", "/roster/day?agent=ann&day=2026-03-11", nil},
	{"roster-day-new", nil, "mia", "/roster/day?agent=ben&day=2026-03-15", nil},
	{"risk-empty", none, "mia", "/risk", nil},
	{"risk-error", broken, "mia", "/risk", nil},
	{"risk-filtered-out", nil, "mia", "/risk?text=nobody&band=high&min_value=500", nil},
	{"risk-one", nil, "mia", "/risk?text=C0003", nil},
	{"risk-many", many, "mia", "/risk?after=49&above=50&sort=value", nil},
	{"risk-chosen-leave", many, "mia", "/risk/chosen", url.Values{"do": {"exclude"}, "customer": {"2", "3", "5", "200"}}},
	{"risk-chosen-queue", many, "mia", "/risk/chosen", url.Values{"do": {"send"}, "customer": {"2", "3", "5"}}},
	{"risk-chosen-give", many, "mia", "/risk/chosen", url.Values{"do": {"assign"}, "customer": {"2", "3", "5"}}},
	{"risk-chosen-all", func(w *world) { w.risk = manyRisks(1200) }, "mia", "/risk/chosen", url.Values{"do": {"exclude"}, "found": {"1"}, "back": {"/risk?owner=Mia+Lindqvist"}}},
	{"risk-owner", many, "mia", "/risk?owner=Mia+Lindqvist&reason=price", nil},
	{"risk-bad-filter", nil, "mia", "/risk?min_value=lots", nil},
	{"attrition", nil, "mia", "/attrition", nil},
	{"attrition-empty", none, "mia", "/attrition", nil},
	{"attrition-error", broken, "mia", "/attrition", nil},
	{"attrition-segment", nil, "tia", "/attrition", nil},
	{"attrition-people", nil, "mia", "/attrition/people?kind=lost&from=2025-03-01&to=2026-03-01&reason=price", nil},
	{"attrition-calls", nil, "mia", "/attrition/calls?reason=price", nil},
	{"attrition-calls-none", none, "mia", "/attrition/calls", nil},
	{"attrition-nobody", nil, "mia", "/attrition/people?kind=back&from=2025-03-01&to=2026-03-01&owner=", nil},
	{"executive", nil, "mia", "/executive", nil},
	{"executive-empty", none, "mia", "/executive", nil},
	{"executive-error", broken, "mia", "/executive", nil},
	{"executive-segment", nil, "tia", "/executive", nil},
	{"difference", nil, "oli", "/decisions/3/difference", nil},
	{"list-operator", nil, "oli", "/decisions/2", nil},
	{"list-held-by-hand", handHeld, "mia", "/decisions", nil},
	{"nights-held-by-hand", handHeld, "oli", "/nights", nil},
	{"nights-late", late, "oli", "/nights", nil},
	{"morning-late", late, "mia", "/morning", nil},
	{"board-late", late, "mia", "/board", nil},
	{"customer", busy, "mia", "/customers/1", nil},
	{"customer-agent", atHome, "ann", "/customers/1", nil},
	{"customer-agent-alone", nil, "ann", "/customers/2", nil},
	{"customer-household", atHome, "tia", "/customers/5", nil},
	{"preview", busy, "mia", "/customers/1/preview", nil},
	{"preview-language", busy, "mia", "/customers/1/preview?treatment=retention_call&language=de", nil},
	{"preview-unknown", busy, "mia", "/customers/1/preview?treatment=hypnosis", nil},
	{"customer-unknown", busy, "mia", "/customers/999", nil},
	{"decisions", nil, "mia", "/decisions", nil},
	{"decisions-error", broken, "mia", "/decisions", nil},
	{"decisions-empty", none, "mia", "/decisions", nil},
	{"proof", nil, "mia", "/proof", nil},
	{"proof-empty", none, "mia", "/proof", nil},
	{"proof-error", broken, "mia", "/proof", nil},
	{"proof-skewed", skewed, "mia", "/proof", nil},
	{"day", nil, "ann", "/desk/day", nil},
	{"day-empty", none, "ann", "/desk/day?ago=3", nil},
	{"day-error", broken, "ann", "/desk/day", nil},
	{"agents", nil, "mia", "/agents", nil},
	{"agents-empty", none, "mia", "/agents", nil},
	{"agents-error", broken, "mia", "/agents", nil},
	{"agents-segment", nil, "tia", "/agents", nil},
	{"groups", nil, "mia", "/groups", nil},
	{"groups-empty", none, "mia", "/groups", nil},
	{"groups-error", broken, "mia", "/groups", nil},
	{"groups-segment", nil, "tia", "/groups", nil},
	{"policy", nil, "mia", "/policy", nil},
	{"policy-changed", changed, "lyn", "/policy", nil},
	{"policy-empty", none, "mia", "/policy", nil},
	{"policy-error", broken, "mia", "/policy", nil},
	{"policy-segment", nil, "tia", "/policy", nil},
	{"policy-refused", nil, "mia", "/policy/dry-runs", url.Values{"policy": {"- <script>alert(1)</script>"}}},
	{"dry-run", nil, "mia", "/policy/dry-runs/31", nil},
	{"dry-run-waits", rehearsing, "mia", "/policy/dry-runs/32", nil},
	{"dry-run-problem", nil, "mia", "/policy/dry-runs/30", nil},
	{"model", nil, "mia", "/model", nil},
	{"model-one", nil, "mia", "/model/aa", nil},
	{"model-one-champion", nil, "lyn", "/model/7f3a9c11d0e2", nil},
	{"model-one-agreed", twoRelease, "mia", "/model/aa", nil},
	{"model-one-unknown", nil, "mia", "/model/none", nil},
	{"model-waits", twoRelease, "mia", "/model", nil},
	{"model-unwatched", unwatched, "mia", "/model", nil},
	{"model-error", broken, "mia", "/model", nil},
	{"model-empty", none, "mia", "/model", nil},
	{"nights", nil, "oli", "/nights", nil},
	{"nights-again", rerun, "oli", "/nights", nil},
	{"night-again", rerun, "oli", "/nights/night-3", nil},
	{"nights-error", broken, "oli", "/nights", nil},
	{"nights-empty", none, "oli", "/nights", nil},
	{"night", nil, "oli", "/nights/night-3", nil},
	{"night-held", held, "oli", "/nights/night-4", nil},
	{"night-passed-over", passedOver, "oli", "/nights/night-3", nil},
	{"night-failing", failingNight, "oli", "/nights/night-3", nil},
	{"nights-failing", failingNight, "oli", "/nights", nil},
	{"jobs", nil, "oli", "/jobs", nil},
	{"jobs-error", broken, "oli", "/jobs", nil},
	{"jobs-empty", none, "oli", "/jobs", nil},
	{"imports", nil, "oli", "/imports", nil},
	{"imports-error", broken, "oli", "/imports", nil},
	{"imports-missing", feedLate, "oli", "/imports", nil},
	{"imports-empty", none, "oli", "/imports", nil},
	{"import", nil, "oli", "/imports/42", nil},
	{"import-clean", nil, "oli", "/imports/41", nil},
	{"import-refused", refusedImport, "oli", "/imports/42", nil},
	{"imports-refused", refusedImport, "oli", "/imports", nil},
	{"audit", nil, "aud", "/audit", nil},
	{"audit-error", broken, "aud", "/audit", nil},
	{"audit-operator", operated, "oli", "/audit", nil},
	{"arms", nil, "aud", "/arms", nil},
	{"arms-empty", none, "aud", "/arms", nil},
}

func TestPagesAreAsSeen(t *testing.T) {
	t.Parallel()
	for _, s := range states {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			text := hashes.ReplaceAllString(s.answer(t).body, "$1.")
			path := filepath.Join("testdata", "golden", s.name+".html")
			if *update {
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v: run go test ./web -update, then read what changed", err)
			}
			if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(text, "\n")); d != "" {
				t.Errorf("%s has changed: %s", s.path, d)
			}
		})
	}
}
