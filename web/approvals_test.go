package web_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// approving is what agents ask for above their authority, in a map.
type approving struct {
	sync.Mutex
	asked map[int64]interventions.Approval
}

func newApproving() *approving { return &approving{asked: map[int64]interventions.Approval{}} }

func (k *approving) which(keep func(interventions.Approval) bool) []interventions.Approval {
	k.Lock()
	defer k.Unlock()
	list := slices.DeleteFunc(slices.Collect(maps.Values(k.asked)), func(a interventions.Approval) bool { return !keep(a) })
	slices.SortFunc(list, func(a, b interventions.Approval) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return list
}

func (k *approving) Approvals(_ context.Context, task interventions.TaskID) ([]interventions.Approval, error) {
	return k.which(func(a interventions.Approval) bool { return a.Task == task }), nil
}

func (k *approving) Approval(_ context.Context, id int64) (interventions.Approval, error) {
	list := k.which(func(a interventions.Approval) bool { return a.ID == id })
	if len(list) == 0 {
		return interventions.Approval{}, fault.New(fault.NotFound, "there is no such request")
	}
	return list[0], nil
}

func (k *approving) ApprovalsAsked(_ context.Context, agent string, since time.Time, _ int) ([]interventions.Approval, error) {
	return k.which(func(a interventions.Approval) bool { return a.By == agent && !a.At.Before(since) }), nil
}

func (k *approving) ApprovalsOpen(_ context.Context, since time.Time, _ int) ([]interventions.Approval, error) {
	return k.which(func(a interventions.Approval) bool { return a.Open() && !a.At.Before(since) }), nil
}

func (k *approving) ApprovalsAnswered(_ context.Context, since time.Time, _ int) ([]interventions.Approval, error) {
	return k.which(func(a interventions.Approval) bool { return !a.Open() && !a.AnsweredAt.Before(since) }), nil
}

func (k *approving) SaveApproval(_ context.Context, a interventions.Approval) error {
	k.Lock()
	defer k.Unlock()
	if _, there := k.asked[a.ID]; !there {
		k.asked[a.ID] = a
	}
	return nil
}

func (k *approving) AnswerApproval(_ context.Context, a interventions.Approval) error {
	k.Lock()
	defer k.Unlock()
	if !k.asked[a.ID].Open() {
		return fault.New(fault.Conflict, "somebody has answered this already")
	}
	k.asked[a.ID] = a
	return nil
}

// askedFor is three customers' cards with ann: one asked for, one approved, one
// declined.
func askedFor(w *world) {
	for n := 1; n <= 3; n++ {
		w.addTask(n, func(t *interventions.Task) {
			t.State, t.Owner, t.Fence, t.LeaseUntil = interventions.TaskLeased, "ann", 1, tuesday.Add(interventions.LeaseFor)
		})
		a := interventions.Approval{
			ID: int64(n), Task: interventions.TaskID(1000 + n), Treatment: "offer_message", Offer: "three months free", CostMinor: 4000,
			By: "ann", At: tuesday.Add(-time.Duration(n) * time.Minute), Why: "Would stay for it; <b>has a quote</b> from elsewhere.",
		}
		if n > 1 {
			a.AnsweredAt, a.AnsweredBy, a.Granted, a.Answer = tuesday, "mia", n == 2, "Worth it: seven years with us."
		}
		w.asked[a.ID] = a
	}
}

// TestAnAgentAsksALead: at the card, once; the lead sees it, may not approve
// above their own authority; a manager does, and the agent grants it.
func TestAnAgentAsksALead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1) })
	ann, lee, mia := w.as(t, "ann"), w.as(t, "lee"), w.as(t, "mia")
	card := ann.post("/desk/next", nil).must(t, http.StatusOK, "three months free (£40)", "Ask a lead")
	save := form(t, card, "disposition", "saved_with_offer", "granted", "three months free")
	ann.post(card.path+"/save", save).must(t, http.StatusForbidden, "may not be granted to this customer now")
	ask := form(t, card, "treatment", "offer_message", "why", "x")
	ann.post(card.path+"/ask", ask).must(t, http.StatusUnprocessableEntity, "Say why in a few words", `>x</textarea>`)
	ask.Set("why", "Would stay <script>for</script> it")
	for range 2 {
		ann.post(card.path+"/ask", ask).must(t, http.StatusOK, "Nobody has answered yet").without(t, "<script>for", "Ask a lead")
	}
	if len(w.asked) != 1 {
		t.Fatalf("%d requests are kept", len(w.asked))
	}
	ann.get("/desk").must(t, http.StatusOK, "Offers you asked for", "no answer yet")
	ann.get("/approvals").must(t, http.StatusForbidden)
	for _, path := range []string{"/board", "/desk", "/morning"} {
		lee.get(path).must(t, http.StatusOK, "1 request for an offer</a> waits")
	}
	ann.get("/desk").without(t, "for an offer</a> waits")
	answer := "/approvals/" + fmt.Sprint(w.which(func(interventions.Approval) bool { return true })[0].ID) + "/answer"
	lee.get("/approvals").must(t, http.StatusOK, "three months free", "above what you may grant (£20)", "&lt;script&gt;").without(t, ">Approve<")
	lee.post(answer, url.Values{"do": {"approve"}, "answer": {"go on"}}).must(t, http.StatusForbidden, "leave it to somebody with more authority", `value="go on"`)
	mia.post(answer, url.Values{"do": {"approve"}, "answer": {""}}).must(t, http.StatusUnprocessableEntity, "Say why in a few words")
	ann.get(card.path+"/live").must(t, http.StatusOK, "Nobody has answered yet")
	for range 2 {
		mia.post(answer, url.Values{"do": {"approve"}, "answer": {"Seven years with us."}}).must(t, http.StatusOK, "Approved: three months free for ann.")
	}
	lee.post(answer, url.Values{"do": {"decline"}, "answer": {"after all not"}}).must(t, http.StatusConflict, "has answered this already: Seven years")
	ann.get(card.path+"/live").must(t, http.StatusOK, "mia approved", `form="wrap" name="granted"`)
	ann.get("/desk").must(t, http.StatusOK, "approved</span> by mia")
	save["granted"] = []string{"three months free", "a month free"}
	ann.post(card.path+"/save", save).must(t, http.StatusUnprocessableEntity, "Tick one offer", "checked> Granted to the customer")
	save["granted"] = []string{"three months free"}
	ann.post(card.path+"/save", save).must(t, http.StatusOK, "Stays, with an offer")
	if up := w.attempts[1001][0].WrapUp; up.OfferName != "three months free" || up.OfferMinor != 4000 {
		t.Errorf("saved %+v", up)
	}
	var did []string
	for _, e := range w.audit {
		if strings.Contains(e.What, "offer") {
			did = append(did, e.Who+" "+e.What+" "+e.Subject)
		}
	}
	if got := strings.Join(did, "; "); got != "ann ask for an offer C0001; ann ask for an offer C0001; mia approve an offer C0001" {
		t.Errorf("the audit says %s", got)
	}
}

// TestAProgramAsksALead: the same by the API; who sees some segments only is
// told of no other customer's request.
func TestAProgramAsksALead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(2) })
	ann, mia := w.token(t, "ann", access.ScopeTasks), w.token(t, "mia", access.ScopeAsk)
	got := w.call(t, ann, "POST", "/api/v1/tasks/next", "").must(t, 200, `"name":"three months free"`, `"may_grant":false`)
	tag := got.header.Get("Etag")
	const path = "/api/v1/tasks/1002/ask"
	w.call(t, ann, "POST", path, `{"treatment": "offer_message", "why": "would stay"}`).must(t, 422, "If-Match")
	w.call(t, ann, "POST", path, `{"treatment": "offer_message", "why": "would stay"}`, "If-Match", `"9"`).must(t, 412)
	w.call(t, ann, "POST", path, `{"treatment": "shoes", "why": "would stay"}`, "If-Match", tag).must(t, 422, "choose one of the list")
	ask := w.call(t, ann, "POST", path, `{"treatment": "offer_message", "why": "would stay"}`, "If-Match", tag).must(t, 200, `"cost_minor":4000`)
	ask.without(t, "granted")
	id := body[struct{ ID int64 }](t, ask).ID
	w.call(t, mia, "GET", "/api/v1/approvals", "").must(t, 200, `"why":"would stay"`, `"customer":"José`)
	w.call(t, w.token(t, "tia", access.ScopeAsk), "GET", "/api/v1/approvals", "").must(t, 200).without(t, "José")
	answer := fmt.Sprintf("/api/v1/approvals/%d/answer", id)
	w.call(t, mia, "POST", answer, `{"granted": true, "answer": "no"}`).must(t, 422)
	w.call(t, mia, "POST", "/api/v1/approvals/99/answer", `{"granted": true, "answer": "worth it"}`).must(t, 404)
	w.call(t, mia, "POST", answer, `{"granted": true, "answer": "worth it"}`).must(t, 200, `"granted":true`, `"answered_by":"mia"`)
	w.call(t, mia, "POST", answer, `{"granted": false, "answer": "not worth it"}`).must(t, 409)
	w.call(t, ann, "POST", "/api/v1/tasks/1002/save", `{"disposition": "saved_with_offer", "offer": "shoes"}`, "If-Match", tag).must(t, 403)
	w.call(t, ann, "POST", "/api/v1/tasks/1002/save", `{"disposition": "saved_with_offer", "offer": "three months free"}`, "If-Match", tag).must(t, 200)
	if up := w.attempts[1002][0].WrapUp; up.OfferMinor != 4000 {
		t.Errorf("saved %+v", up)
	}
}

// TestADeclinedOfferIsNotOfferedAgain: the card does not show a form that would
// be refused until the next attempt, and what a lead asked for themselves is
// not what waits for them.
func TestADeclinedOfferIsNotOfferedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1) })
	lee, mia := w.as(t, "lee"), w.as(t, "mia")
	card := lee.post("/desk/next", nil).must(t, http.StatusOK, "Ask a lead")
	lee.post(card.path+"/ask", form(t, card, "treatment", "offer_message", "why", "would stay")).must(t, http.StatusOK, "Nobody has answered yet")
	lee.get("/desk").must(t, http.StatusOK, "no answer yet").without(t, "for an offer</a> waits")
	lee.get("/approvals").must(t, http.StatusOK, "Somebody else has to answer")
	id := w.which(func(interventions.Approval) bool { return true })[0].ID
	mia.post(fmt.Sprintf("/approvals/%d/answer", id), url.Values{"do": {"decline"}, "answer": {"not worth it"}}).must(t, http.StatusOK, "Declined")
	lee.get(card.path).must(t, http.StatusOK, "mia declined", "not worth it").without(t, "Ask a lead")
	got := w.call(t, w.token(t, "lee", access.ScopeTasks), "GET", "/api/v1/tasks/1001", "")
	got.must(t, http.StatusOK, `"name":"three months free"`, `"may_grant":false`, `"answer":"not worth it"`)
}

// What nobody answered in time is not waited for any more.
func TestATaskEndsBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1) })
	ann := w.as(t, "ann")
	card := ann.post("/desk/next", nil).must(t, http.StatusOK, "Ask a lead")
	ann.post(card.path+"/ask", form(t, card, "treatment", "offer_message", "why", "would stay")).must(t, http.StatusOK, "Nobody has answered yet")
	ann.post(card.path+"/save", form(t, card, "disposition", "saved_no_offer")).must(t, http.StatusOK, "Stays, without an offer")
	ann.get("/desk").must(t, http.StatusOK, "not answered before the task ended").without(t, "no answer yet")
	for _, path := range []string{card.path, card.path + "/live", card.path + "?correct=1"} {
		ann.get(path).must(t, http.StatusOK, "Nobody answered before the task ended.").without(t, "Nobody has answered yet")
	}
}
