package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"holdfast/access"
	"holdfast/interventions"
)

var fenceField = regexp.MustCompile(`name="fence" value="(\d+)"`)

// form is a wrap-up with the fence of the page it is sent from.
func form(t testing.TB, page answer, pairs ...string) url.Values {
	t.Helper()
	m := fenceField.FindStringSubmatch(page.body)
	if m == nil {
		t.Fatalf("%s has no form to save:\n%s", page.path, page.body)
	}
	v := url.Values{"fence": {m[1]}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func (a answer) must(t testing.TB, status int, texts ...string) answer {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: %d, want %d\n%s", a.path, a.status, status, a.body)
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("%s does not say %q:\n%s", a.path, text, a.body)
		}
	}
	return a
}

func (a answer) without(t testing.TB, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			t.Errorf("%s says %q:\n%s", a.path, text, a.body)
		}
	}
}

func TestAnAgentWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	b := w.as(t, "ann")
	first := b.post("/desk/next", nil).must(t, 200, "Ann Smith 11", "Call-back", `data-draft="1011/1"`) // R3: the due promise first
	if again := b.post("/desk/next", nil); again.path != first.path {
		t.Errorf("Next again opened %s beside %s", again.path, first.path)
	}
	second := b.post(first.path+"/save", form(t, first, "disposition", "no_answer", "note", "rang twice", "then", "next", "truth rhythm", "no"))
	second.must(t, 200, "Saved for Ann Smith 11", "comes back from", "Ann Smith", `data-saved="1011"`)
	if second.path != "/tasks/1001" {
		t.Fatalf("the second task is %s", second.path)
	}
	last := w.attempts[1011][0].WrapUp
	if last.Note != "rang twice" || last.Disposition != interventions.NoAnswer || last.ReasonTruth["rhythm"] || len(last.ReasonTruth) != 1 {
		t.Errorf("what was saved is %+v", last)
	}
	due := "2026-03-11T14:30"
	third := b.post(second.path+"/save", form(t, second, "disposition", "callback_agreed", "due", due, "then", "next"))
	third.must(t, 200, "to be called back on Wed 11 Mar, 14:30")
	if p := w.tasks[1001]; p.State != interventions.TaskCallback || !p.DueAt.Equal(time.Date(2026, 3, 11, 14, 30, 0, 0, time.UTC)) || p.Owner != "ann" {
		t.Errorf("the promise is %+v", p)
	}
	b.post(third.path+"/save", form(t, third, "disposition", "saved_with_offer", "granted", "a month free")).must(t, 200, "Stays, with an offer. The task is finished.")
	if got := w.attempts[1002][0].WrapUp; got.OfferMinor != 1500 || got.OfferName != "a month free" {
		t.Errorf("granted %+v", got)
	}
	b.get("/desk").must(t, 200, "Coming up", "Correct <bdi>", "/tasks/1002?correct=1")
	fix := b.get("/tasks/1002?correct=1").must(t, 200, "Correct what came of it", `value="saved_with_offer"`, `data-draft="1002/1/correct"`) // what was typed for another attempt is not put here
	b.post("/tasks/1002/correct", form(t, fix, "disposition", "undecided", "note", "wants to think")).must(t, 200, "Corrected for", "comes back from")
	if list := w.attempts[1002]; len(list) != 1 || list[0].WrapUp.Disposition != interventions.Undecided {
		t.Errorf("the attempts are %+v", list)
	}
}

// TestPromisesAreInTheCustomersZone (R3): what is typed is the time where they are.
func TestPromisesAreInTheCustomersZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		w.zones[1] = "Asia/Tokyo"
		w.addTask(1, func(t *interventions.Task) { t.Zone = "Asia/Tokyo" })
	})
	w.clock.Set(time.Date(2026, 3, 10, 2, 0, 0, 0, time.UTC)) // eleven in Tokyo
	w.tasks[1001] = func() interventions.Task { t := w.tasks[1001]; t.NotBefore = tuesday.AddDate(0, 0, -1); return t }()
	b := w.as(t, "ann")
	page := b.post("/desk/next", nil).must(t, 200, "11:00 where they are")
	b.post(page.path+"/save", form(t, page, "disposition", "callback_agreed", "due", "2026-03-11T22:30")).must(t, 422, "outside the hours", "22:30")
	b.post(page.path+"/save", form(t, page, "disposition", "callback_agreed", "due", "2026-03-11T15:30")).must(t, 200, "Wed 11 Mar, 15:30 where they are")
	if due := w.tasks[1001].DueAt; !due.Equal(time.Date(2026, 3, 11, 6, 30, 0, 0, time.UTC)) {
		t.Errorf("due %v", due)
	}
}

func TestWhatDoesNotFitIsSaidAndKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	b := w.as(t, "ann")
	page := b.post("/tasks/1001/take", nil)
	for _, c := range []struct {
		pairs []string
		want  string
	}{
		{nil, "Choose what came of it."},
		{[]string{"disposition", "abducted"}, "There is no disposition"},
		{[]string{"disposition", "declined_leaving"}, "Choose why they are leaving."},
		{[]string{"disposition", "declined_leaving", "leave_reason", "boredom"}, "There is no leave reason &#34;boredom&#34;: choose one of price, competitor,"},
		{[]string{"disposition", "callback_agreed"}, "A call-back needs a time that is still to come."},
		{[]string{"disposition", "callback_agreed", "due", "soon"}, "is not a date and time"},
		{[]string{"disposition", "saved_with_offer"}, "Say which offer was granted."},
		{[]string{"disposition", "other_channel"}, "Say over which other channel"},
		{[]string{"disposition", "no_answer", "promise", "a leaflet"}, "A promise needs a time"},
	} {
		v := form(t, page, append(c.pairs, "note", `typed & <kept> "exactly"`)...)
		b.post(page.path+"/save", v).must(t, 422, c.want, "typed &amp; &lt;kept&gt; &#34;exactly&#34;")
	}
	if w.tasks[1001].State != interventions.TaskLeased {
		t.Errorf("the task is %s", w.tasks[1001].State)
	}
	b.post(page.path+"/snooze", form(t, page, "snooze_reason", "customer_away", "until", "2026-05-30T10:00")).must(t, 422, "within the next 30 days")
	b.post(page.path+"/skip", form(t, page, "skip_reason", "bored")).must(t, 422, "There is no reason to skip")
	b.post(page.path+"/skip", form(t, page)).must(t, 422, "Choose why it is skipped.")
	b.post(page.path+"/handoff", form(t, page, "handoff_note", "odd one")).must(t, 422, "Say which skill")
	b.post(page.path+"/handoff", form(t, page, "skill", "brain surgery", "handoff_note", "odd one")).must(t, 422, "Nobody has the skill", "odd one")
	b.post(page.path+"/handoff", form(t, page, "skill", "billing", "handoff_note", "odd one")).must(t, 200, "Handed off: Ann Smith.")
	if got := w.tasks[1001]; got.Skills[0] != "billing" || len(got.Notes) != 1 || got.Notes[0].Text != "odd one" {
		t.Errorf("handed off as %+v", got)
	}
}

// TestTwoAgentsSaveTheSameTask: the second is told kindly and loses no word.
func TestTwoAgentsSaveTheSameTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1) })
	ann, ben := w.as(t, "ann"), w.as(t, "ben")
	w.users["ben"] = func() access.User { u := w.users["ben"]; u.CeilingMinor = 2000; return u }()
	stale := ann.post("/desk/next", nil)
	w.clock.Advance(20 * time.Minute) // the lease is lost
	fresh := ben.post("/tasks/1001/take", nil).must(t, 200, "What came of it?")
	ann.post(stale.path+"/save", form(t, stale, "disposition", "saved_no_offer", "note", "she stays, truly")).
		must(t, http.StatusConflict, "The task went to ben", "she stays, truly", "It was not saved.")
	ben.post(fresh.path+"/save", form(t, fresh, "disposition", "busy")).must(t, 200, "Saved for")
	ann.post(stale.path+"/save", form(t, stale, "disposition", "busy", "note", "again")).must(t, http.StatusConflict, "again")
	if n := len(w.attempts[1001]); n != 1 {
		t.Errorf("%d attempts", n)
	}
}

func TestASessionThatEndedWhileTyping(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1) })
	b := w.as(t, "ann")
	page := b.post("/desk/next", nil)
	w.clock.Advance(3 * time.Hour)
	note := `nothing <b>typed</b> is "lost"`
	asked := b.post(page.path+"/save", form(t, page, "disposition", "undecided", "note", note)).
		must(t, http.StatusUnauthorized, "Your session has ended", "nothing &lt;b&gt;typed")
	hidden := regexp.MustCompile(`name="draft" value="([^"]*)"`).FindStringSubmatch(asked.body)
	if hidden == nil {
		t.Fatal("the draft is not carried")
	}
	draft := strings.NewReplacer("&amp;", "&", "&#43;", "+").Replace(hidden[1])
	back := b.post("/sign-in", url.Values{"name": {"ann"}, "password": {password}, "to": {"/tasks/1001"}, "draft": {draft}})
	back.must(t, 200, "nothing &lt;b&gt;typed&lt;/b&gt; is &#34;lost&#34;")
	if back.path != "/tasks/1001" || !regexp.MustCompile(`value="undecided"[^>]* checked`).MatchString(back.body) {
		t.Errorf("went on to %s:\n%s", back.path, back.body)
	}
}

// TestOpenIssueTakesTheOfferAway (R1): when the card is opened, and when an
// issue is opened meanwhile; and what was granted before is refused.
func TestOpenIssueTakesTheOfferAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1) })
	b := w.as(t, "ann")
	page := b.post("/desk/next", nil).must(t, 200, "You may offer", "a month free")
	w.issues[1] = []interventions.OpenIssue{{Ref: 5, Category: "billing", Severity: 4, Opened: tuesday}}
	b.get(page.path).must(t, 200, "A service issue was opened meanwhile.", "Billing").without(t, "You may offer", `name="granted"`)
	b.post(page.path+"/save", form(t, page, "disposition", "saved_with_offer", "granted", "a month free")).must(t, 403, "a month free", "may not be granted to this customer now")
	w.tasks[1001] = func() interventions.Task {
		t := w.tasks[1001]
		t.State, t.LeaseUntil = interventions.TaskReady, time.Time{}
		return t
	}()
	b.post("/desk/next", nil).must(t, 200, "Nothing is waiting for you right now.")
}

// TestOnlyWhatTheAgentMay (R5): neither Next nor the address of a task gives
// an agent what they are not trained or authorised for.
// TestATelephoneSystemOpensTheCard: its link finds who rings, and one press of
// Enter opens the card.
func TestATelephoneSystemOpensTheCard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	b := w.as(t, "ann")
	b.get("/inbound?phone=02079460003").must(t, http.StatusOK, "found by phone", `class="main" autofocus>They ring`)
	b.get("/inbound?phone=%2B4400000").must(t, http.StatusOK, "No customer is found by")
	if n := len(w.list(func(t *interventions.Task) bool { return t.Family == interventions.FamilyInbound })); n != 0 {
		t.Errorf("looking made %d tasks", n)
	}
	w.browser(t).get("/inbound?phone=02079460003").must(t, http.StatusUnauthorized, `value="/inbound?phone=02079460003"`)
}

func TestOnlyWhatTheAgentMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		w.addTask(1, func(t *interventions.Task) { t.Skills, t.OfferMinor = []string{"fraud"}, 0 })
		w.addTask(2)                                                                                         // its offer is above ben's ceiling
		w.addTask(3, func(t *interventions.Task) { t.Signatory, t.OfferMinor = "the managing director", 0 }) // R4
	})
	b := w.as(t, "ben")
	b.post("/desk/next", nil).must(t, 200, "Nothing is waiting")
	for _, id := range []string{"1001", "1002", "1003"} {
		b.get("/tasks/"+id).must(t, 403).without(t, "7946")
		b.post("/tasks/"+id+"/take", nil).must(t, 403)
	}
	w.as(t, "mia").post("/tasks/1003/take", nil).must(t, 200, "What came of it?")
}

// TestThanksSellNothing (R4).
func TestThanksSellNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		w.addTask(1, func(t *interventions.Task) {
			t.Treatment, t.Family, t.Purpose = "tenure_thanks_call", interventions.FamilyThanks, interventions.PurposeThanks
			t.Signatory, t.OfferMinor, t.Card.Offer, t.Milestone = "the managing director", 0, nil, 10
		})
	})
	page := w.as(t, "mia").post("/tasks/1001/take", nil)
	page.must(t, 200, "Tenure thanks call", "7 years with us").without(t, "You may offer", "No purchase for 74 days", `name="granted"`)
}

func TestInboundIsTheSameForEveryArm(t *testing.T) {
	t.Parallel()
	var pages [2]string
	for i, ghost := range []bool{true, false} {
		w := newWorld(t, func(w *world) {
			if ghost {
				w.addTask(5, func(t *interventions.Task) { t.Ghost, t.State = true, interventions.TaskGhost })
			}
		})
		b := w.as(t, "ann")
		found := b.get("/inbound?q=2079460005").must(t, 200, "found by phone")
		page := b.post("/inbound", url.Values{"customer": {"5"}, "channel": {"phone"}}).must(t, 200, "The customer contacts us", "20 7946 0005")
		saved := b.post(page.path+"/save", form(t, page, "disposition", "no_risk_found")).must(t, 200, "Was not leaving")
		pages[i] = found.body + page.body + saved.body
		if ghost && w.tasks[1005].State != interventions.TaskDone {
			t.Errorf("the open work is %s after the customer rang", w.tasks[1005].State)
		}
	}
	if pages[0] != pages[1] {
		t.Error("inbound looks different for a customer held back")
	}
	b := newWorld(t).as(t, "ann")
	b.post("/inbound", url.Values{"customer": {"5"}, "channel": {"pigeon"}}).must(t, 422, "Channel is")
	b.post("/inbound", url.Values{"customer": {"900"}, "channel": {"phone"}}).must(t, 404)
	b.post("/inbound", url.Values{}).must(t, 422)
}

// TestSomebodyElsesTask: a card says in whose hands it is, and when it is free
// because whoever had it went away.
func TestSomebodyElsesTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1) })
	card := w.as(t, "ann").post("/desk/next", nil).must(t, http.StatusOK)
	lee := w.as(t, "lee")
	lee.get(card.path).must(t, http.StatusOK, "<h2>In hand</h2>", "ann is working on this customer until").without(t, "Open this task", "Leased")
	left := w.tasks[1001]
	left.LeaseUntil = tuesday.Add(-time.Minute)
	w.tasks[1001] = left
	lee.get(card.path).must(t, http.StatusOK, "<h2>Free again</h2>", "away from it for too long", "Open this task").without(t, "Leased")
}
