package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// aRevision is one of a day on which ben fell ill.
func aRevision() interventions.Revision {
	return interventions.Revision{
		Publication: 3, N: 1, At: tuesday.Add(-40 * time.Minute), Cause: interventions.RevisedForAbsence, Who: interventions.System, Why: "ben is absent",
		Waiting: 171, Moved: 23, Shortened: 22,
		Minutes: []interventions.RevisionMinutes{
			{Kind: interventions.LimitMinutes, Left: 1950, Before: 2310, After: 1942},
			{Kind: interventions.LimitSkill, Name: "polish", Left: 190, Before: 300, After: 188},
			{Kind: interventions.LimitLanguage, Name: "de+fr", Left: 400, Before: 200, After: 200},
		},
	}
}

func (n *numbers) Resolve(_ context.Context, by, why string) (interventions.Revision, error) {
	if n.board.Left == 0 {
		return interventions.Revision{}, fault.New(fault.Conflict, "the calling hours of the day are over")
	}
	r := interventions.Revision{Publication: 3, N: len(n.revised) + 1, At: tuesday, Cause: interventions.RevisedByHand, Who: by, Why: why, Waiting: 170, Restored: 1}
	n.revised = append([]interventions.Revision{r}, n.revised...)
	return r, nil
}

func (n *numbers) Revisions(_ context.Context, id interventions.PublicationID, limit int) ([]interventions.Revision, error) {
	if id != 3 {
		return nil, n.broken
	}
	return n.revised[:min(limit, len(n.revised))], n.broken
}

// TestSolvingTheDayAgain: by who may, written down, said on the board and on
// the list's page, by the page and by the API.
func TestSolvingTheDayAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mia := w.as(t, "mia")
	if got := w.as(t, "lyn").post("/board/resolve", url.Values{}); got.status != http.StatusForbidden {
		t.Errorf("an analyst solves the day: %d", got.status)
	}
	if got := mia.post("/board/resolve", url.Values{"reason": {"two came late"}}); got.status != http.StatusOK || !strings.Contains(got.body, "Planned again: 1 call has room again.") {
		t.Errorf("solved: %d\n%s", got.status, got.body)
	}
	if got := mia.get("/decisions/3"); !strings.Contains(got.body, "1 call has room again.") || !strings.Contains(got.body, "by hand: two came late · mia") ||
		!strings.Contains(got.body, "of 171 waiting, 23 calls go behind the others for want of room, 22 end sooner.") {
		t.Errorf("the list's page says: %s", got.body)
	}
	key := w.token(t, "mia", access.ScopeAsk, access.ScopeRead)
	w.call(t, key, "POST", "/api/v1/board/resolve", `{}`).must(t, 200, `"said":"1 call has room again"`, `"cause":"by hand"`)
	w.call(t, key, "GET", "/api/v1/lists/3", "").must(t, 200, `"revisions":[{`, `"why":"ben is absent"`, `"kind":"skill","name":"polish","left":190`)
	w.call(t, key, "GET", "/api/v1/board", "").must(t, 200, `"moved":23`)
	w.board.Left = 0
	w.call(t, key, "POST", "/api/v1/board/resolve", `{}`).must(t, 409, "are over")
	if got := mia.post("/board/resolve", url.Values{"reason": {strings.Repeat("x", 301)}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a long reason: %d", got.status)
	}
	var said []string
	for _, e := range w.audit {
		if e.What == "plan the day again" {
			said = append(said, e.Who+": "+e.Detail)
		}
	}
	if len(said) != 2 || said[0] != "mia: two came late: 1 call has room again" {
		t.Errorf("the audit says %q", said)
	}
}
