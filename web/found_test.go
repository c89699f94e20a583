package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// formOf reads the hidden fields of a preview.
func formOf(page answer) url.Values {
	form := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="(back|once|customers)" value="([^"]*)">`).FindAllStringSubmatch(page.body, -1) {
		form.Set(m[1], strings.ReplaceAll(m[2], "&amp;", "&"))
	}
	return form
}

// TestAllThatTheFiltersFind are chosen at once, whatever the page: the preview
// counts whom and what stands against them, and its form is for them alone.
func TestAllThatTheFiltersFind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.risk = manyRisks(1200) })
	b := w.as(t, "mia")
	b.get("/risk?owner=Mia+Lindqvist").must(t, http.StatusOK, "all 800 that the filters find")
	ask := url.Values{"found": {"1"}, "do": {"send"}, "back": {"/risk?owner=Mia+Lindqvist&after=49&above=50"}}
	preview := b.post("/risk/chosen", ask).must(t, http.StatusOK, "Queue work: 800 customers", "750 customers further are chosen, too",
		`work for them</th><td class="num">480<`, `not on this list</th><td class="num">160<`, `a service issue is open</th><td class="num">160<`)
	if n := strings.Count(preview.body, `<a href="/customers/`); n != 50 {
		t.Errorf("the preview names %d", n)
	}
	form := formOf(preview)
	form.Set("treatment", "retention_call")
	b.post("/risk/send", form).must(t, http.StatusUnprocessableEntity, "needs a reason")
	form.Set("reason", "prices rise in May")
	w.risk = manyRisks(2400) // a night brought others up: they were not looked at
	b.post("/risk/send", form).must(t, http.StatusOK, "800 customers queued.")
	if len(w.requests) != 800 {
		t.Fatalf("%d were queued", len(w.requests))
	}
	for _, r := range w.requests {
		if r.Customer > 1200 || r.Customer%3 == 0 {
			t.Fatalf("%d was queued, whom the filter did not find", r.Customer)
		}
	}
	if entries := w.audit[len(w.audit)-8:]; entries[0].What != "ask for work" || !strings.HasPrefix(entries[7].Detail, "100 customers:") {
		t.Errorf("the audit begins %+v and ends %+v", entries[0], entries[7])
	}
	form = formOf(b.post("/risk/chosen", url.Values{"found": {"1"}, "do": {"assign"}, "back": {"/risk?segment=trade"}}).must(t, http.StatusOK))
	form.Set("owner", "ben")
	form.Set("reason", "Mia is away until June")
	b.post("/risk/assign", form).must(t, http.StatusOK, "ben looks after 1,200 customers from now on.")
}

// TestAPartThatWasDoneIsSaid, and sending the same form again does the rest.
func TestAPartThatWasDoneIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.risk = manyRisks(900) })
	b := w.as(t, "mia")
	form := formOf(b.post("/risk/chosen", url.Values{"found": {"1"}, "do": {"exclude"}, "back": {"/risk"}}).must(t, http.StatusOK, "Leave alone: 900 customers"))
	form.Set("reason", "An offer for all of them is being prepared")
	form.Set("until", w.clock.Now().AddDate(0, 1, 0).Format("2006-01-02"))
	w.fullAt = 450
	b.post("/risk/exclude", form).must(t, http.StatusServiceUnavailable, "400 of the 900 customers are done, the other 500 are not").without(t, "nothing was changed")
	if len(w.numbers.excluded) != 400 {
		t.Errorf("%d are left alone", len(w.numbers.excluded))
	}
	w.fullAt = 0
	b.post("/risk/exclude", form).must(t, http.StatusOK, "900 customers left alone.")
	if len(w.numbers.excluded) != 900 {
		t.Errorf("%d exclusions of 900 customers", len(w.numbers.excluded))
	}
	w.fullAt = 1
	form.Set("reason", "Nobody is to be asked before June")
	got := b.post("/risk/exclude", form)
	got.must(t, http.StatusServiceUnavailable, "Holdfast cannot read or write its data right now").without(t, "are done")
}

// TestTooManyAreFound, nobody, or those of somebody else's segments.
func TestTooManyAreFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.risk = manyRisks(5001) })
	b := w.as(t, "mia")
	b.get("/risk").must(t, http.StatusOK, "narrow them to 5,000 customers").without(t, `name="found"`)
	ask := url.Values{"found": {"1"}, "do": {"exclude"}, "back": {"/risk"}}
	b.post("/risk/chosen", ask).must(t, http.StatusUnprocessableEntity, "find more than 5,000 customers, too many for one step", "narrow them by band")
	w.risk = w.risk[:5000]
	b.get("/risk").must(t, http.StatusOK, "all 5,000 of the list")
	form := formOf(b.post("/risk/chosen", ask).must(t, http.StatusOK, "Leave alone: 5,000 customers"))
	form.Set("customers", form.Get("customers")+" 5001")
	b.post("/risk/exclude", form).must(t, http.StatusUnprocessableEntity, "5,001 customers are too many for one step: choose at most 5,000")
	ask.Set("back", "/risk?text=nobody")
	b.post("/risk/chosen", ask).must(t, http.StatusUnprocessableEntity, "find nobody any more")
	ask.Set("back", "/risk?band=odd")
	b.post("/risk/chosen", ask).must(t, http.StatusUnprocessableEntity, "no band")

	w.risk = manyRisks(120)
	ask.Set("back", "/risk")
	var theirs int
	for _, r := range w.risk {
		if r.Segment == "trade" {
			theirs++
		}
	}
	w.as(t, "tia").post("/risk/chosen", ask).must(t, http.StatusOK, fmt.Sprintf("Leave alone: %d customers", theirs))
	w.as(t, "ann").post("/risk/chosen", ask).must(t, http.StatusForbidden)
}
