package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/access"
	"holdfast/history"
	"holdfast/interventions"
)

func TestAProgramAsksForWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	key := w.token(t, "mia", access.ScopeAsk, access.ScopeRead)
	post := func(path, body string, pairs ...string) answer {
		return w.call(t, key, "POST", "/api/v1"+path, body, pairs...)
	}
	w.call(t, key, "GET", "/api/v1/treatments", "").must(t, 200, "retention_call", "a month free")
	post("/requests", `{"customers": [3, 2, 3], "treatment": "retention_call", "reason": "prices rise"}`).must(t, 200, `"queued":2`)
	for body, want := range map[string]string{
		`{"customers": [1, 2], "treatment": "retention_call", "reason": " "}`:                         "needs a reason",
		`{"customers": [1], "treatment": "flowers"}`:                                                  "There is no treatment",
		`{"customers": [], "treatment": "retention_call"}`:                                            "length",
		`{"customers": [0], "treatment": "retention_call"}`:                                           "is no customer",
		`{"customers": [1, 2], "treatment": "retention_call", "override": true, "reason": "because"}`: "one customer",
		`{"customers": ["1"], "treatment": "retention_call"}`:                                         "expected",
		`{"customers": [1], "treatment": "retention_call", "arm": "treated"}`:                         "unexpected property",
	} {
		post("/requests", body).must(t, 422, want)
	}
	post("/requests", `{"customers": [1, 99999], "treatment": "retention_call", "reason": "prices rise"}`).must(t, 404)
	post("/requests", `{"customers": [1], "treatment": "retention_call", "override": true, "reason": "they have asked the board"}`).must(t, 403, "director")
	if len(w.requests) != 2 {
		t.Errorf("%d requests after the refusals, want 2", len(w.requests))
	}
	file := body[struct {
		Requests []struct{ Treatment, By string }
	}](t, w.call(t, key, "GET", "/api/v1/customers/2", "").must(t, 200))
	if len(file.Requests) != 1 || file.Requests[0].By != "mia" {
		t.Errorf("the file says %+v", file.Requests)
	}
	if last := w.audit[len(w.audit)-2]; last.What != "ask for work" || last.Who != "mia" {
		t.Errorf("the audit says %+v", last)
	}
	w.call(t, w.token(t, "adm", access.ScopeAsk), "POST", "/api/v1/requests",
		`{"customers": [4], "treatment": "retention_call", "override": true, "reason": "they have asked the board"}`).must(t, 200)
	if r := w.requests[len(w.requests)-1]; !r.Override || r.Customer != 4 {
		t.Errorf("the override is %+v", r)
	}
}

func TestAProgramLeavesCustomersAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	key := w.token(t, "mia", access.ScopeAsk, access.ScopeRead)
	post := func(path, body string) answer { return w.call(t, key, "POST", "/api/v1"+path, body) }
	until := w.clock.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	post("/exclusions", fmt.Sprintf(`{"customers": [1, 2], "until": %q, "reason": "moving house"}`, until)).must(t, 200, `"left_alone":2`)
	for body, want := range map[string]string{
		`{"customers": [1], "until": "tomorrow", "reason": "moving house"}`:   "date",
		`{"customers": [1], "until": "2020-01-01", "reason": "moving house"}`: "passed",
		`{"customers": [1], "until": "2046-01-01", "reason": "moving house"}`: "a year at most",
		`{"customers": [1], "until": "` + until + `", "reason": ""}`:          "needs a reason",
	} {
		post("/exclusions", body).must(t, 422, want)
	}
	if len(w.excluded) != 2 {
		t.Errorf("%d are left alone, want 2", len(w.excluded))
	}
	w.call(t, key, "GET", "/api/v1/customers/1", "").must(t, 200, `"left_alone":{"by":"mia"`, "moving house")
	post("/customers/1/readmit", "").must(t, 204)
	post("/customers/1/readmit", "").must(t, 409, "not being left alone")
	w.call(t, key, "GET", "/api/v1/customers/1", "").must(t, 200).without(t, "left_alone")
}

// TestAKeyedRequestKeepsItsID: what is asked with an idempotency key has the
// same id when the answer to it was lost, and another with another key, token
// or wish.
func TestAKeyedRequestKeepsItsID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	key, other := w.token(t, "mia", access.ScopeAsk), w.token(t, "mia", access.ScopeAsk)
	ask := func(secret, idempotency, treatment string) (id int64) {
		t.Helper()
		clear(w.answers) // the server died before it kept its answer
		w.clock.Advance(time.Second)
		w.call(t, secret, "POST", "/api/v1/requests", `{"customers": [1], "treatment": "`+treatment+`"}`, "Idempotency-Key", idempotency).must(t, 200)
		return w.requests[len(w.requests)-1].ID
	}
	first := ask(key, "a", "retention_call")
	if again := ask(key, "a", "retention_call"); again != first {
		t.Errorf("again it is %d, not %d", again, first)
	}
	for what, id := range map[string]int64{
		"key": ask(key, "b", "retention_call"), "token": ask(other, "a", "retention_call"), "treatment": ask(key, "a", "service_recovery"),
	} {
		if id == first || id <= 0 {
			t.Errorf("another %s has the id %d too", what, id)
		}
	}
}

// TestARingingCustomerIsOpenedOnce: opened again by the same agent it is the
// same task, by another agent or way another one.
func TestARingingCustomerIsOpenedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	open := func(who, channel string) int64 {
		t.Helper()
		return body[task](t, w.call(t, w.token(t, who, access.ScopeTasks), "POST", "/api/v1/inbound", `{"customer": 3, "channel": "`+channel+`"}`).must(t, 200)).ID
	}
	first := open("ann", "phone")
	w.clock.Advance(time.Minute)
	if again := open("ann", "phone"); again != first {
		t.Errorf("opened again it is task %d, not %d", again, first)
	}
	w.as(t, "ann").post("/inbound", url.Values{"customer": {"3"}, "channel": {"phone"}}).must(t, 200)
	if by, mail := open("ben", "phone"), open("ann", "email"); by == first || mail == first || by == mail {
		t.Errorf("others have tasks %d and %d", by, mail)
	}
	n := len(w.list(func(x *interventions.Task) bool { return x.Family == interventions.FamilyInbound && x.Customer == 3 }))
	if n != 3 {
		t.Errorf("%d tasks were made, want 3", n)
	}
}

// TestNothingIsDoneToOthersCustomers: who sees one segment chooses, asks for and
// leaves alone nobody of another, by page and by token.
func TestNothingIsDoneToOthersCustomers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	b, secret := w.as(t, "tia"), w.token(t, "tia", access.ScopeAsk)
	until := w.clock.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	form := url.Values{"customer": {"5", "6"}, "treatment": {"retention_call"}, "until": {until}, "reason": {"moving house"}} // 5 is theirs
	b.post("/risk/chosen", form).must(t, http.StatusOK, "1 customer", "1 no longer on the list").without(t, "/customers/6\"", "C0006")
	both := `"customers": [5, 6]`
	w.excluded = append(w.excluded, interventions.Exclusion{ID: 1, Customer: 6, By: "mia", At: tuesday.Add(-time.Hour), Until: tuesday.AddDate(0, 1, 0)})
	for what, got := range map[string]answer{
		"send": b.post("/risk/send", form), "exclude": b.post("/risk/exclude", form), "exclude one": b.post("/customers/6/exclude", form),
		"assign":      b.post("/risk/assign", url.Values{"customer": {"5", "6"}, "owner": {"ann"}, "reason": {"moving house"}}),
		"API assign":  w.call(t, secret, "POST", "/api/v1/owners", `{`+both+`, "owner": "ann", "reason": "moving house"}`),
		"readmit":     b.post("/customers/6/readmit", nil),
		"API ask":     w.call(t, secret, "POST", "/api/v1/requests", `{`+both+`, "treatment": "retention_call", "reason": "moving house"}`),
		"API exclude": w.call(t, secret, "POST", "/api/v1/exclusions", `{`+both+`, "until": "`+until+`", "reason": "moving house"}`),
		"API readmit": w.call(t, secret, "POST", "/api/v1/customers/6/readmit", ""),
	} {
		if got.status != http.StatusNotFound {
			t.Errorf("%s: %d\n%s", what, got.status, got.body)
		}
	}
	if len(w.requests) != 0 || len(w.excluded) != 1 || !w.excluded[0].Holds(w.clock.Now()) {
		t.Errorf("asked %+v, left alone %+v", w.requests, w.excluded)
	}
	w.call(t, secret, "POST", "/api/v1/requests", `{"customers": [5], "treatment": "retention_call"}`).must(t, 200)
	if d := cmp.Diff([]history.CustomerID{5}, []history.CustomerID{w.requests[0].Customer}); d != "" {
		t.Error(d)
	}
}
