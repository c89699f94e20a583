package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"holdfast/access"
	"holdfast/interventions"
)

// TestOnlyTheirOwnCustomers: a manager of one segment meets nobody of another,
// on the list, in the export, in a file or by asking, by page and by token.
func TestOnlyTheirOwnCustomers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	b, secret := w.as(t, "tia"), w.token(t, "tia", access.ScopeRead, access.ScopeExport)
	const ours, others = "C0005", "C0006" // segmentOf: odd ones are trade
	for what, got := range map[string]answer{
		"list": b.get("/risk"), "export": b.get("/risk.csv"), "API list": w.call(t, secret, "GET", "/api/v1/risk", ""),
		"API export": w.call(t, secret, "GET", "/api/v1/risk.csv", ""),
	} {
		if got.status != http.StatusOK || !strings.Contains(got.body, ours) && !strings.Contains(got.body, "/customers/5") ||
			strings.Contains(got.body, others) || strings.Contains(got.body, "/customers/6\"") || strings.Contains(got.body, "private") {
			t.Errorf("%s: %d\n%s", what, got.status, got.body)
		}
	}
	b.get("/customers/5").must(t, http.StatusOK)
	for what, got := range map[string]answer{
		"file": b.get("/customers/6"), "asking": b.post("/customers/6/ask", url.Values{"treatment": {"retention_call"}}),
		"API file": w.call(t, secret, "GET", "/api/v1/customers/6", ""),
	} {
		if got.status != http.StatusNotFound || !strings.Contains(got.body, "no such customer among yours") {
			t.Errorf("%s: %d\n%s", what, got.status, got.body)
		}
	}
	for what, got := range map[string]answer{
		"list": b.get("/risk?segment=private"), "export": b.get("/risk.csv?segment=private"),
		"API list": w.call(t, secret, "GET", "/api/v1/risk?segment=private", ""), "API export": w.call(t, secret, "GET", "/api/v1/risk.csv?segment=private", ""),
	} {
		if got.status != http.StatusForbidden || !strings.Contains(got.body, "not one of yours") {
			t.Errorf("%s of another segment: %d\n%s", what, got.status, got.body)
		}
	}
	if len(w.requests) != 0 {
		t.Errorf("work was asked for others' customers: %+v", w.requests)
	}
}

// TestPersonalDataIsMasked: whatever an analyst opens, nobody's name, number or
// note is in it; a manager finds them in the same places.
func TestPersonalDataIsMasked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	personal := []string{"Smith", "O’Connor", "Priya", "Natarajan", "Asks why the last bill is higher", "07700"}
	seen := map[string]bool{}
	for path, page := range crawl(w.as(t, "mia")) {
		for _, p := range personal {
			if strings.HasPrefix(path, "/risk") || strings.HasPrefix(path, "/customers/") {
				seen[p] = seen[p] || strings.Contains(page, p)
			}
		}
	}
	for _, p := range personal[:5] {
		if !seen[p] {
			t.Errorf("a manager does not see %q: the test looks in the wrong place", p)
		}
	}
	lyn := w.as(t, "lyn")
	pages := crawl(lyn)
	secret := w.token(t, "lyn", access.ScopeRead, access.ScopeExport)
	for _, path := range []string{"/risk", "/risk.csv", "/customers/1", "/customers/7", "/customers/10", "/morning", "/effects"} {
		got := w.call(t, secret, "GET", "/api/v1"+path, "")
		got.must(t, http.StatusOK)
		pages["/api/v1"+path] = got.body
	}
	if len(pages) < 40 {
		t.Errorf("only %d pages were looked at", len(pages))
	}
	for path, page := range pages {
		for _, p := range personal {
			if strings.Contains(page, p) {
				t.Errorf("%s shows an analyst %q", path, p)
			}
		}
	}
	for _, got := range []answer{lyn.get("/risk?text=smith"), w.call(t, secret, "GET", "/api/v1/risk?text=smith", ""), lyn.get("/risk.csv?text=smith")} {
		if got.status != http.StatusForbidden || !strings.Contains(got.body, "cannot search for people") {
			t.Errorf("an analyst searches for people: %d", got.status)
		}
	}
}

// TestTheWrongTeamReadsNoTask: a task that needs a skill is opened by who has it,
// by who has the task, and by who looks after the team's work.
func TestTheWrongTeamReadsNoTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	w.addTask(9, func(x *interventions.Task) { x.Skills, x.State = []string{"data"}, interventions.TaskReady })
	for who, want := range map[string]int{"ann": 200, "ben": 403, "sen": 403, "lee": 200, "mia": 200, "lyn": 403, "oli": 403} {
		if got := w.as(t, who).get("/tasks/1009"); got.status != want {
			t.Errorf("%s: %d, want %d", who, got.status, want)
		}
		if want == 200 || who == "ben" || who == "sen" {
			if got := w.call(t, w.token(t, who, access.ScopeTasks), "GET", "/api/v1/tasks/1009", ""); got.status != want {
				t.Errorf("%s by token: %d, want %d", who, got.status, want)
			}
		}
	}
}

// TestTheDeskListsTheirOwnSegments: what waits for whoever comes is listed for
// who may open it; what the desk gave them they keep, whoever it is.
func TestTheDeskListsTheirOwnSegments(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		for _, n := range []int{5, 6} { // of trade and private households
			w.addPromise(n, interventions.Promise{Kind: interventions.DueCallback, What: "call back", DueAt: tuesday.Add(time.Hour), MadeBy: "ann"}, "Europe/London")
		}
		for _, n := range []int{7, 8} {
			w.addThanks(n)
		}
		u := w.users["tia"]
		u.Signs, u.CeilingMinor = []string{"the managing director"}, 5000
		w.users["tia"] = u
	})
	tia, secret := w.as(t, "tia"), w.token(t, "tia", access.ScopeTasks)
	tia.get("/desk").must(t, http.StatusOK, "/tasks/1005").without(t, "/tasks/1006")
	tia.get("/thanks").must(t, http.StatusOK, "/tasks/1007").without(t, "/tasks/1008")
	w.call(t, secret, "GET", "/api/v1/tasks/commitments", "").must(t, http.StatusOK, "1005").without(t, "1006")
	mine := w.task(1006)
	mine.Owner = "tia"
	w.tasks[1006] = mine
	tia.get("/desk").must(t, http.StatusOK, "/tasks/1005", "/tasks/1006")
	tia.get("/tasks/1006").must(t, http.StatusOK)
}
