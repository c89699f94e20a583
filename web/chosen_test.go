package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestAManagerExcludesForty ticks a page of forty on the risk list, looks at
// what is about to happen, and leaves them alone.
func TestAManagerExcludesForty(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy, many)
	b := w.as(t, "mia")
	page := b.get("/risk").must(t, http.StatusOK, "all on this page", `name="customer"`)
	form := url.Values{"do": {"exclude"}, "back": {"/risk?band=high"}}
	for _, part := range strings.Split(page.body, `type="checkbox" name="customer" value="`)[1:] {
		if id, _, _ := strings.Cut(part, `"`); len(form["customer"]) < 40 {
			form.Add("customer", id)
		}
	}
	if n := len(form["customer"]); n != 40 {
		t.Fatalf("the page offers %d customers to choose", n)
	}
	b.post("/risk/chosen", form).must(t, http.StatusOK, "Leave alone: 40 customers", "of value at risk", `action="/risk/exclude"`)
	if len(w.numbers.excluded) != 0 {
		t.Fatal("looking has excluded somebody")
	}
	form.Set("until", "2026-07-01")
	b.post("/risk/exclude", form).must(t, http.StatusUnprocessableEntity, "needs a reason")
	form.Set("reason", "An offer for all of them is being prepared")
	form.Set("until", "2020-01-01")
	b.post("/risk/exclude", form).must(t, http.StatusUnprocessableEntity, "passed: choose a later")
	if len(w.numbers.excluded) != 0 {
		t.Fatal("a refusal has excluded somebody")
	}
	form.Set("until", w.clock.Now().AddDate(0, 1, 0).Format("2006-01-02"))
	got := b.post("/risk/exclude", form).must(t, http.StatusOK, "40 customers left alone.")
	if got.path != "/risk" || len(w.numbers.excluded) != 40 {
		t.Errorf("%d excluded, and then at %s", len(w.numbers.excluded), got.path)
	}
	last := w.audit[len(w.audit)-1]
	if last.What != "leave alone" || !strings.HasPrefix(last.Detail, "40 customers:") || !strings.Contains(last.Detail, "being prepared") {
		t.Errorf("the audit says %+v", last)
	}

	id := w.numbers.excluded[0].Customer
	file := fmt.Sprintf("/customers/%d", id)
	b.get(file).must(t, http.StatusOK, "Left alone until", "being prepared", "take part again")
	b.post(file+"/readmit", url.Values{}).must(t, http.StatusOK, "from the next night on")
	b.post(file+"/readmit", url.Values{}).must(t, http.StatusConflict, "not being left alone")
	b.post(file+"/exclude", url.Values{"until": {"soon"}, "reason": {"because"}}).must(t, http.StatusUnprocessableEntity, "Choose the day")
}

// TestBulkWorkIsQueued queues all of a page; an empty or a foreign choice is refused.
func TestBulkWorkIsQueued(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	b := w.as(t, "mia")
	form := url.Values{"all": {"1"}, "shown": {"1", "2", "3"}, "do": {"send"}, "back": {"https://elsewhere.example/"}}
	b.post("/risk/chosen", form).must(t, http.StatusOK, "Queue work: 3 customers", `href="/risk"`)
	b.post("/risk/send", form).must(t, http.StatusUnprocessableEntity, "needs a reason")
	form.Set("reason", "prices rise in May")
	b.post("/risk/send", form).must(t, http.StatusUnprocessableEntity, "There is no treatment")
	form.Set("treatment", "retention_call")
	if got := b.post("/risk/send", form).must(t, http.StatusOK, "3 customers queued."); got.path != "/risk" {
		t.Errorf("sent on to %s", got.path)
	}
	if len(w.numbers.requests) != 3 || w.numbers.requests[2].Treatment != "retention_call" {
		t.Errorf("queued %+v", w.numbers.requests)
	}
	b.post("/risk/chosen", url.Values{"do": {"send"}}).must(t, http.StatusUnprocessableEntity, "Nobody was chosen")
	b.post("/risk/chosen", url.Values{"customer": {"x'--"}}).must(t, http.StatusUnprocessableEntity, "no customer of the list")
	many := url.Values{}
	for i := range 501 {
		many.Add("customer", fmt.Sprint(i+1))
	}
	b.post("/risk/chosen", many).must(t, http.StatusUnprocessableEntity, "too many for one step")
}

// TestManyAreGivenToSomebody, known to the desk, for a reason that is kept.
func TestManyAreGivenToSomebody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	b := w.as(t, "mia")
	form := url.Values{"customer": {"1", "2"}, "do": {"assign"}, "owner": {"ben"}, "back": {"/risk?owner=Mia+Lindqvist"}}
	b.post("/risk/chosen", form).must(t, http.StatusOK, "Give to somebody: 2 customers", "<option>ben</option>", "<option>Mia Lindqvist</option>")
	b.post("/risk/assign", form).must(t, http.StatusUnprocessableEntity, "needs a reason")
	form.Set("reason", "Mia is away until June")
	form.Set("owner", "bne")
	b.post("/risk/assign", form).must(t, http.StatusUnprocessableEntity, "is nobody that customers can be given to", "ann, ben")
	form.Set("owner", "ben")
	if got := b.post("/risk/assign", form).must(t, http.StatusOK, "ben looks after 2 customers from now on."); got.path != "/risk" {
		t.Errorf("sent on to %s", got.path)
	}
	if last := w.audit[len(w.audit)-1]; last.What != "assign an owner" || last.Detail != "2 customers: 1 2 ben: Mia is away until June" {
		t.Errorf("the audit says %+v", last)
	}
	b.get("/risk?owner=ben").must(t, http.StatusOK, "1–2 of 2 customers")
}
