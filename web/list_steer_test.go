package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/web"
)

func (n *numbers) Difference(context.Context, interventions.PublicationID) (web.ListDifference, error) {
	today := tuesday.Truncate(24 * time.Hour)
	return web.ListDifference{
		Now:    web.ListVolume{AsOf: today, State: "released", Contacts: 491, Minutes: 2760, CostMinor: 41_200},
		Before: web.ListVolume{AsOf: today.AddDate(0, 0, -1), State: "released", Contacts: 455, Minutes: 2690, CostMinor: 39_900},
		Moves: []web.ListMoves{
			{Text: "New on the list", Customers: 61, Why: []web.ListReason{{Was: "not on this list", Count: 40}, {Was: "cool_off", Count: 21}}},
			{Text: "Not on it any more", Customers: 25, Why: []web.ListReason{{Now: "open_work", Count: 25}}},
			{Text: "Treated otherwise", Customers: 3, Why: []web.ListReason{{From: "offer_message", To: "retention_call", Count: 3}}},
		},
		Surprising: []web.ListSurprise{
			{Customer: 1, Key: "K-1001", Segment: "trade", From: "retention_call", Now: "open_work", WorthMinor: -21_350},
			{Customer: 2, Key: "K-1002", Segment: "private", To: "retention_call", Was: "not on this list", WorthMinor: 9_040},
			{Customer: 3, Key: "K-1003", From: "offer_message", To: "retention_call", WorthMinor: 1_207},
		},
	}, n.broken
}

func (n *numbers) setState(id interventions.PublicationID, state interventions.PublicationState) {
	for i := range n.publications {
		if n.publications[i].ID == id {
			n.publications[i].State = state
		}
	}
}

func (n *numbers) Release(_ context.Context, p interventions.Publication, _ string, _ time.Time) (string, error) {
	if p.State == interventions.PublicationReleased {
		return "", fault.New(fault.Conflict, "it is released already")
	}
	n.setState(p.ID, interventions.PublicationReleased)
	return "Released as it is; the night goes on.", nil
}

func (n *numbers) Withdraw(_ context.Context, p interventions.Publication, _ string, _ time.Time) error {
	n.setState(p.ID, interventions.PublicationWithdrawn)
	return n.broken
}

func (n *numbers) FallBack(context.Context, interventions.Publication, time.Time) (string, error) {
	return "It is worked again.", n.broken
}

// TestSteeringLists: an operator, with a reason that is kept, and nobody else.
func TestSteeringLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	oli := w.as(t, "oli")
	reason := url.Values{"reason": {"wrong prices"}}
	for _, c := range []struct {
		who, path string
		form      url.Values
		status    int
		says      string
	}{
		{"mia", "/decisions/3/withdraw", reason, http.StatusForbidden, "may not"},
		{"oli", "/decisions/3/withdraw", url.Values{}, http.StatusUnprocessableEntity, "needs a reason"},
		{"oli", "/decisions/99/withdraw", reason, http.StatusNotFound, "no such list"},
		{"oli", "/decisions/3/release", reason, http.StatusConflict, "released already"},
		{"oli", "/decisions/3/withdraw", reason, http.StatusOK, "is recalled"},
		{"oli", "/decisions/3/release", reason, http.StatusOK, "the night goes on"},
		{"oli", "/decisions/2/fallback", reason, http.StatusOK, "worked again"},
		{"oli", "/nights/night-3/resume", url.Values{"from": {"score"}}, http.StatusConflict, ""},
	} {
		b := oli
		if c.who != "oli" {
			b = w.as(t, c.who)
		}
		if got := b.post(c.path, c.form); got.status != c.status || !strings.Contains(got.body, c.says) {
			t.Errorf("%s by %s: %d, want %d and %q\n%s", c.path, c.who, got.status, c.status, c.says, got.body)
		}
	}
	var kept int
	for _, e := range w.audit {
		if e.Detail == "wrong prices" && e.Subject == "10 Mar 2026" {
			kept++
		}
	}
	if kept != 2 {
		t.Errorf("the audit has the reason %d times for that night, want 2: %+v", kept, w.audit)
	}
	if got := oli.get("/decisions/3"); !strings.Contains(got.body, "/decisions/3/withdraw") || strings.Contains(got.body, "/decisions/3/fallback") {
		t.Errorf("the newest list offers the wrong things")
	}
	if got := w.as(t, "mia").get("/decisions/3"); strings.Contains(got.body, "/withdraw") || !strings.Contains(got.body, "/difference") {
		t.Errorf("a manager is offered the wrong things")
	}
}

// TestWhoseChangeIsSurprising: those of the segments that one sees, by number
// where one may open the risk list, and the API says the same.
func TestWhoseChangeIsSurprising(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for who, c := range map[string]struct {
		keys []string
		file bool
	}{
		"mia": {[]string{"K-1001", "K-1002", "K-1003"}, true},
		"tia": {[]string{"K-1001"}, true},
		"oli": {[]string{"•••"}, false},
	} {
		got := w.as(t, who).get("/decisions/3/difference").must(t, http.StatusOK, "before: the last contact is too recent", "Offer message → Retention call")
		for _, key := range []string{"K-1001", "K-1002", "K-1003", "•••"} {
			if said := strings.Contains(got.body, ">"+key+"<"); said != slices.Contains(c.keys, key) {
				t.Errorf("the difference for %s says %s: %v\n%s", who, key, said, got.body)
			}
		}
		if file := strings.Contains(got.body, `href="/customers/1"`); file != c.file {
			t.Errorf("the difference for %s leads to files: %v", who, file)
		}
	}
}
