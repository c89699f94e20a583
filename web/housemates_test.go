package web_test

import (
	"html"
	"net/url"
	"strings"
	"testing"

	"holdfast/web"
)

// TestACardSaysWhoDecidesTogether: up to four names on the card of a call of ours
// and of who rings, links to their files, and how many more; of other segments
// only how many.
func TestACardSaysWhoDecidesTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t, atHome)
	ann := w.as(t, "ann")
	ann.post("/tasks/1001/take", url.Values{}).must(t, 200, "Decides together with", `<a href="/customers/5"><bdi>`+html.EscapeString(customer(5).Name), `<a href="/customers/6"><bdi>`+html.EscapeString(customer(6).Name), "(left)").
		without(t, "more</span>")
	ann.get("/tasks/1002").without(t, "Decides together with")

	w.household[5] = nil
	for n := range 20 {
		w.household[5] = append(w.household[5], web.Member{Customer: customer(20 + n), Segment: segmentOf(20 + n)})
	}
	rings := ann.post("/inbound", url.Values{"customer": {"5"}, "channel": {"phone"}}).must(t, 200, `href="/customers/23"`, "and at least 16 more")
	rings.without(t, `href="/customers/24"`)

	w.household[7] = w.household[5][:2] // 20 is of another segment than tia's, 21 of hers
	w.household[9] = w.household[5][:1]
	tia := w.as(t, "tia")
	if page := tia.get("/tasks/1007").must(t, 200, `href="/customers/21"`, "and 1 more"); strings.Contains(page.body, "C0020") || strings.Contains(page.body, `href="/customers/20"`) {
		t.Error("a card names who is of another segment")
	}
	tia.get("/tasks/1009").must(t, 200, "1 of other segments").without(t, `href="/customers/20"`)
}
