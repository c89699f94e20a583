package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/access"
	"holdfast/history"
	"holdfast/interventions"
)

// apiTable is the whole of the API, written once more by hand: who reaches what.
var apiTable = map[string]access.Action{
	"POST /api/v1/tasks/next": access.WorkTasks, "GET /api/v1/tasks/held": access.WorkTasks, "GET /api/v1/tasks/commitments": access.WorkTasks,
	"GET /api/v1/tasks/{id}": access.WorkTasks, "POST /api/v1/tasks/{id}/take": access.WorkTasks, "POST /api/v1/tasks/{id}/begin": access.WorkTasks,
	"POST /api/v1/tasks/{id}/heartbeat": access.WorkTasks, "POST /api/v1/tasks/{id}/snooze": access.WorkTasks,
	"POST /api/v1/tasks/{id}/skip": access.WorkTasks, "POST /api/v1/tasks/{id}/handoff": access.WorkTasks,
	"POST /api/v1/tasks/{id}/save": access.WorkTasks, "POST /api/v1/tasks/{id}/correct": access.WorkTasks,
	"POST /api/v1/inbound": access.WorkTasks, "GET /api/v1/customers": access.WorkTasks, "GET /api/v1/customers/{id}": access.SeeRiskList,
	"GET /api/v1/morning": access.SeeMorning, "GET /api/v1/risk": access.SeeRiskList, "GET /api/v1/risk.csv": access.ExportRiskList,
	"GET /api/v1/lists": access.SeeDecisions, "GET /api/v1/lists/{id}": access.SeeDecisions, "GET /api/v1/effects": access.SeeProof,
	"GET /api/v1/nights": access.SeeNights, "GET /api/v1/nights/{id}": access.SeeNights, "POST /api/v1/nights/{id}/resume": access.RunNights,
	"GET /api/v1/jobs": access.SeeNights, "POST /api/v1/jobs/{id}/retry": access.RunNights, "POST /api/v1/jobs/{id}/settle": access.RunNights, "POST /api/v1/jobs/retry": access.RunNights, "POST /api/v1/jobs/try": access.RunNights, "GET /api/v1/audit": access.SeeOperation,
	"POST /api/v1/returned":          access.SendFacts,
	"POST /api/v1/feeds/{feed}/rows": access.SendFacts, "GET /api/v1/imports": access.SeeNights, "GET /api/v1/imports/{id}": access.SeeNights,
	"GET /api/v1/imports/{id}/rejections": access.SeeRejections,
	"GET /api/v1/treatments":              access.AskForWork, "POST /api/v1/requests": access.AskForWork, "POST /api/v1/owners": access.AskForWork,
	"GET /api/v1/customers/{id}/preview": access.AskForWork,
	"POST /api/v1/exclusions":            access.AskForWork, "POST /api/v1/customers/{id}/readmit": access.AskForWork,
	"GET /api/v1/models": access.SeeProof, "GET /api/v1/models/{id}/calibration": access.SeeProof,
	"POST /api/v1/board/pause": access.AskForWork, "POST /api/v1/board/resume": access.AskForWork, "POST /api/v1/board/reassign": access.AskForWork,
	"POST /api/v1/board/absent": access.AskForWork, "POST /api/v1/board/back": access.AskForWork, "POST /api/v1/board/resolve": access.AskForWork,
	"GET /api/v1/desk/day": access.WorkTasks, "GET /api/v1/saves": access.SeeMorning,
	"GET /api/v1/agents": access.SeeAgents, "GET /api/v1/groups": access.SeeProof, "GET /api/v1/policy": access.SeeProof, "POST /api/v1/policy/dry-runs": access.TryPolicies, "GET /api/v1/policy/dry-runs": access.SeeProof, "GET /api/v1/policy/dry-runs/{id}": access.SeeProof,
	"GET /api/v1/roster": access.SeeMorning, "POST /api/v1/roster": access.AskForWork, "POST /api/v1/roster/forget": access.AskForWork,
	"GET /api/v1/promises":  access.SeeProof,
	"GET /api/v1/attrition": access.SeeMorning, "GET /api/v1/attrition/people": access.SeeRiskList, "GET /api/v1/attrition/calls": access.SeeRiskList,
	"POST /api/v1/lists/hold": access.HoldLists, "POST /api/v1/lists/hold/end": access.HoldLists,
	"GET /api/v1/lists/{id}/difference": access.SeeDecisions, "POST /api/v1/lists/{id}/release": access.RunNights,
	"POST /api/v1/lists/{id}/withdraw": access.RunNights, "POST /api/v1/lists/{id}/fallback": access.RunNights,
	"GET /api/v1/board": access.SeeMorning, "GET /api/v1/board/promises": access.SeeMorning, "GET /api/v1/choices": access.WorkTasks,
	"GET /api/v1/desk/state": access.WorkTasks, "POST /api/v1/desk/state": access.WorkTasks,
	"GET /api/v1/recommendations": access.WorkTasks, "POST /api/v1/recommendations": access.WorkTasks,
	"POST /api/v1/recommendations/{id}/answer": access.SeeOthersWork,
	"POST /api/v1/tasks/{id}/ask":              access.WorkTasks, "GET /api/v1/approvals": access.SeeOthersWork, "POST /api/v1/approvals/{id}/answer": access.SeeOthersWork,
	"GET /api/v1/risk/views": access.SeeRiskList, "POST /api/v1/risk/views": access.SaveViews, "POST /api/v1/risk/views/{id}/forget": access.SaveViews,
}

// filledAPI gives an address with something in its holes, and a body.
func filledAPI(pattern string) (method, path, body string) {
	method, path, _ = strings.Cut(pattern, " ")
	for what, id := range map[string]string{
		"/tasks/{id}": "/tasks/1001", "/customers/{id}": "/customers/1", "/lists/{id}": "/lists/2", "/nights/{id}": "/nights/night-3",
		"/jobs/{id}": "/jobs/11", "/imports/{id}": "/imports/42", "{feed}": "orders", "/models/{id}": "/models/m1", "/recommendations/{id}": "/recommendations/7", "/approvals/{id}": "/approvals/701",
		"/risk/views/{id}": "/risk/views/1", "/dry-runs/{id}": "/dry-runs/31",
	} {
		path = strings.Replace(path, what, id, 1)
	}
	if strings.HasSuffix(path, "/preview") {
		path += "?treatment=retention_call"
	}
	if method == http.MethodPost {
		body = "{}"
	}
	return method, path, body
}

func body[T any](t testing.TB, a answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%s: %v\n%s", a.path, err, a.body)
	}
	return v
}

// task is what a program reads of a task.
type task struct {
	ID    int64  `json:"id"`
	State string `json:"state"`
	Card  struct {
		Name string `json:"name"`
	} `json:"card"`
}

func TestAProgramWorksATask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1) })
	key := w.token(t, "ann", access.ScopeTasks)
	got := w.call(t, key, "POST", "/api/v1/tasks/next", "").must(t, 200)
	first := body[task](t, got)
	if first.ID != 1001 || first.State != "leased" || first.Card.Name == "" || got.header.Get("Etag") == "" {
		t.Fatalf("%+v, ETag %q", first, got.header.Get("Etag"))
	}
	if again := body[task](t, w.call(t, key, "POST", "/api/v1/tasks/next", "")); again.ID != first.ID {
		t.Errorf("next again leased %d", again.ID)
	}
	tag := got.header.Get("Etag")
	w.call(t, key, "POST", "/api/v1/tasks/1001/begin", "").must(t, 422, "If-Match")
	w.call(t, key, "POST", "/api/v1/tasks/1001/begin", "", "If-Match", `"99"`).must(t, 412, "has changed since you read it")
	got = w.call(t, key, "POST", "/api/v1/tasks/1001/begin", "", "If-Match", tag).must(t, 200, "in_progress")
	tag = got.header.Get("Etag")
	save := func(body, key2 string) answer {
		return w.call(t, key, "POST", "/api/v1/tasks/1001/save", body, "If-Match", tag, "Idempotency-Key", key2)
	}
	save(`{"disposition":"delighted"}`, "a").must(t, 422, "delighted")
	save(`{"disposition":"no_answer","shoe":43}`, "b").must(t, 422, "shoe")
	save(`{"disposition":`, "c").must(t, 400)
	done := save(`{"disposition":"no_answer","note":"rang twice"}`, "d").must(t, 200, "ready")
	if n := len(w.attempts[1001]); n != 1 {
		t.Fatalf("%d attempts", n)
	}
	again := save(`{"disposition":"no_answer","note":"rang twice"}`, "d").must(t, 200)
	if again.body != done.body || again.header.Get("Idempotent-Replayed") != "true" || len(w.attempts[1001]) != 1 {
		t.Errorf("repeated: %d attempts, %s", len(w.attempts[1001]), again.body)
	}
	save(`{"disposition":"busy"}`, "d").must(t, 422, "with another request")
	save(`{"disposition":"busy"}`, "e").must(t, 409, "nobody is working on it")
	w.call(t, key, "POST", "/api/v1/tasks/next", "").must(t, 204)
}

func TestRowsAreSentOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.token(t, "oli", access.ScopeFacts)
	const rows = `{"rows":[{"order":"1","customer":"a"},{"order":"2","customer":"b"}]}`
	for range 3 {
		w.call(t, key, "POST", "/api/v1/feeds/orders/rows", rows, "Idempotency-Key", "k").must(t, 200, `"added":2`)
	}
	if d := cmp.Diff([][]map[string]string{{{"order": "1", "customer": "a"}, {"order": "2", "customer": "b"}}}, w.sent); d != "" {
		t.Error(d)
	}
	w.call(t, key, "POST", "/api/v1/feeds/none/rows", rows).must(t, 404, "There is no feed")
	w.call(t, key, "POST", "/api/v1/feeds/orders/rows", `{"rows":[]}`).must(t, 422)
	w.call(t, key, "POST", "/api/v1/feeds/orders/rows", `{"rows":[{"order":1}]}`).must(t, 422, "expected string")
	w.call(t, key, "POST", "/api/v1/feeds/orders/rows", strings.Repeat(" ", 300<<10)).must(t, 413)
}

func TestACursorBelongsToItsList(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy, func(w *world) {
		for len(w.risk) < 120 {
			r := w.risk[0]
			r.Customer = history.CustomerID(len(w.risk) + 1)
			w.risk = append(w.risk, r)
		}
	})
	key := w.token(t, "mia", access.ScopeRead)
	type page struct {
		Total     int
		Next      string
		Customers []struct{ Customer int64 }
	}
	seen := map[int64]bool{}
	at, pages := "", 0
	for {
		p := body[page](t, w.call(t, key, "GET", "/api/v1/risk?sort=risk&cursor="+at, "").must(t, 200))
		if w.choices {
			t.Error("what the page's filters choose from is read for the API")
		}
		for _, c := range p.Customers {
			seen[c.Customer] = true
		}
		pages++
		if at = p.Next; at == "" {
			break
		}
		w.call(t, key, "GET", "/api/v1/risk?sort=value&cursor="+at, "").must(t, 422, "belongs to another list")
	}
	if len(seen) != 120 || pages < 2 {
		t.Errorf("%d customers on %d pages", len(seen), pages)
	}
	w.call(t, key, "GET", "/api/v1/risk?cursor=x", "").must(t, 422, "not a cursor")
	w.call(t, key, "GET", "/api/v1/risk?band=purple", "").must(t, 422)
}

func TestATokenHasItsShareOfAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key, other := w.token(t, "oli"), w.token(t, "oli")
	var last answer
	for range 601 {
		last = w.call(t, key, "GET", "/api/v1/jobs", "")
	}
	last.must(t, 429, "Retry-After")
	if last.header.Get("Retry-After") != "60" || last.header.Get("RateLimit") != `"minute";r=0;t=60` {
		t.Errorf("headers %v", last.header)
	}
	w.call(t, other, "GET", "/api/v1/jobs", "").must(t, 200)
	w.clock.Advance(time.Minute)
	w.call(t, key, "GET", "/api/v1/jobs", "").must(t, 200)
}

// TestTheAPITellsNoArm compares the answers of two businesses, in the second
// of which those held back were simply below the line (R7).
func TestTheAPITellsNoArm(t *testing.T) {
	t.Parallel()
	with, without := newWorld(t, withGhosts), newWorld(t, withoutGhosts)
	compared := 0
	for _, owner := range []string{"ann", "mia", "oli", "adm", "aud"} {
		a, b := with.token(t, owner), without.token(t, owner)
		for pattern := range apiTable {
			method, path, _ := filledAPI(pattern)
			if method != http.MethodGet {
				continue
			}
			for _, n := range []string{"1", "5", "8", "9"} {
				at := strings.NewReplacer("/tasks/1001", "/tasks/100"+n, "/customers/1", "/customers/"+n).Replace(path)
				x, y := with.call(t, a, method, at, ""), without.call(t, b, method, at, "")
				if x.status != y.status || (!strings.Contains(at, "audit") && x.body != y.body) {
					t.Errorf("%s as %s tells: %d %s\n%d %s", at, owner, x.status, x.body, y.status, y.body)
				}
				compared++
			}
		}
	}
	if compared < 300 {
		t.Errorf("only %d answers were compared", compared)
	}
}

func TestTheAPIDescribesItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	doc := body[struct {
		OpenAPI string `json:"openapi"`
		Tags    []struct {
			Name string `json:"name"`
		} `json:"tags"`
		Paths map[string]map[string]struct {
			OperationID string           `json:"operationId"`
			Summary     string           `json:"summary"`
			Description string           `json:"description"`
			Tags        []string         `json:"tags"`
			Security    []map[string]any `json:"security"`
			Responses   map[string]any   `json:"responses"`
		} `json:"paths"`
	}](t, w.call(t, "", "GET", "/api/v1/openapi.json", "").must(t, 200))
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("version %s", doc.OpenAPI)
	}
	groups := map[string]bool{}
	for _, tag := range doc.Tags {
		groups[tag.Name] = true
	}
	described := map[string]access.Action{}
	ids := map[string]bool{}
	for path, ops := range doc.Paths {
		for method, op := range ops {
			pattern := strings.ToUpper(method) + " /api/v1" + path
			described[pattern] = apiTable[pattern]
			if op.Summary == "" || op.Description == "" || len(op.Tags) != 1 || !groups[op.Tags[0]] ||
				op.OperationID == "" || ids[op.OperationID] || len(op.Security) != 1 || op.Responses["401"] == nil {
				t.Errorf("%s is described as %+v", pattern, op)
			}
			ids[op.OperationID] = true
		}
	}
	if d := cmp.Diff(apiTable, described); d != "" {
		t.Error(d)
	}
	w.call(t, w.token(t, "adm"), "GET", "/api/v1/arms", "").must(t, 404, "There is no GET /api/v1/arms here")
}

func TestTheThankYouCardSellsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		w.addTask(1, func(t *interventions.Task) { t.Purpose, t.OfferMinor = interventions.PurposeThanks, 0 })
	})
	got := w.call(t, w.token(t, "ann", access.ScopeTasks), "POST", "/api/v1/tasks/next", "").must(t, 200)
	card := body[struct{ Card interventions.Card }](t, got).Card
	if card.Risk != 0 || card.Band != "" || card.Reasons != nil || card.Offer != nil {
		t.Errorf("the card says %+v", card)
	}
}
