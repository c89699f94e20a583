package web_test

import (
	"net/http"
	"strings"
	"testing"

	"holdfast/access"
)

// TestAProgramSteersTheDay: pausing, resuming and giving promises on, as the
// board does, and nothing of it without a reason or twice.
func TestAProgramSteersTheDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.token(t, "mia", access.ScopeAsk, access.ScopeRead)
	post := func(path, body string) answer { return w.call(t, key, "POST", "/api/v1/board/"+path, body) }
	post("pause", `{"treatment": "retention_call", "reason": ""}`).must(t, 422, "reason")
	post("pause", `{"treatment": "flowers", "reason": "the offer is wrong"}`).must(t, 422, "flowers")
	post("pause", `{"treatment": "retention_call", "reason": "the offer is wrong"}`).must(t, 204)
	post("pause", `{"treatment": "retention_call", "reason": "the offer is wrong"}`).must(t, 409)
	w.call(t, key, "GET", "/api/v1/board", "").must(t, 200, `"pauses":[{"treatment":"retention_call","by":"mia"`, `"agents":["ann","ben"]`)
	w.call(t, w.token(t, "lyn", access.ScopeRead), "GET", "/api/v1/board", "").must(t, 200, "the offer is wrong").without(t, `"agents"`)
	post("resume", `{"treatment": "retention_call"}`).must(t, 204)
	post("resume", `{"treatment": "retention_call"}`).must(t, 409)
	post("reassign", `{"from": "ann", "to": "ann"}`).must(t, 422, "two different people")
	post("reassign", `{"from": "ann", "to": "ben"}`).must(t, 200, `"given":3`, `"stay":1`)
	var said []string
	for _, e := range w.audit {
		said = append(said, e.What)
	}
	if got := strings.Join(said, ", "); got != "pause a treatment, resume a treatment, reassign promises" {
		t.Errorf("the audit says %s", got)
	}
}

func TestAProgramSteersLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.token(t, "oli", access.ScopeOperate, access.ScopeRead)
	const reason = `{"reason": "wrong prices"}`
	for _, c := range []struct {
		path, body string
		status     int
		says       string
	}{
		{"3/withdraw", `{"reason": " "}`, 422, "needs a reason"},
		{"99/withdraw", reason, 404, ""},
		{"3/release", reason, 409, "eleased already"},
		{"3/withdraw", reason, 200, "is recalled"},
		{"3/release", reason, 200, "the night goes on"},
		{"2/fallback", reason, 200, "worked again"},
	} {
		w.call(t, key, "POST", "/api/v1/lists/"+c.path, c.body).must(t, c.status, c.says)
	}
	if e := w.audit[len(w.audit)-1]; e.What != "fall back to a list" || e.Detail != "wrong prices" || e.Who != "oli" {
		t.Errorf("the audit says %+v", e)
	}
	w.call(t, key, "GET", "/api/v1/lists/3/difference", "").must(t, 200, `"before":{`, `"why":[`, `"surprising":[{`)
	w.call(t, w.token(t, "mia", access.ScopeOperate, access.ScopeRead, access.ScopeAsk), "POST", "/api/v1/lists/3/withdraw", reason).must(t, 403)
}

// TestAProgramReadsTheAttrition: the numbers of the page, and the people in
// them a page at a time, of one's own segments only.
func TestAProgramReadsTheAttrition(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key, tia, lyn := w.token(t, "mia", access.ScopeRead), w.token(t, "tia", access.ScopeRead), w.token(t, "lyn", access.ScopeRead)
	type flow struct {
		What          string
		Opening, Lost int
	}
	type attrition struct {
		Year   flow
		Months []flow
		Groups []struct{ By string }
	}
	all := body[attrition](t, w.call(t, key, "GET", "/api/v1/attrition", "").must(t, 200, `"cohorts":[{`, `"reasons":[{`))
	got := w.call(t, tia, "GET", "/api/v1/attrition", "").must(t, 200)
	got.without(t, "private")
	trade := body[attrition](t, got)
	if all.Year.Lost <= trade.Year.Lost || trade.Year.Lost == 0 || len(all.Months) != 13 || len(all.Groups) < 2 {
		t.Errorf("all %+v, trade %+v", all, trade)
	}
	const people = "/api/v1/attrition/people?kind=lost&from=2025-03-01&to=2026-03-01"
	w.call(t, key, "GET", people+"&reason=price", "").must(t, 200, `"customers":[`)
	w.call(t, lyn, "GET", people, "").must(t, 200).without(t, `"name"`)
	w.call(t, tia, "GET", people+"&segment=private", "").must(t, 403, "not one of yours")
	for query, says := range map[string]string{
		"?kind=dead&from=2025-03-01&to=2026-03-01": "enum", "?kind=lost&from=soon&to=2026-03-01": "date", "?kind=lost": "required",
		"?kind=lost&from=2025-03-01&to=2026-03-01&cursor=x": "not a cursor",
	} {
		if got := w.call(t, key, "GET", "/api/v1/attrition/people"+query, ""); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d, want 422 with %s\n%s", query, got.status, says, got.body)
		}
	}
}
