package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"holdfast/access"
	"holdfast/interventions"
)

// thanks is a day of the managing director: more than are shown at once, one
// who can be called later only, and one who was thanked yesterday.
func thanks(w *world) {
	for n := 1; n <= 8; n++ {
		w.addThanks(n)
	}
	w.addThanks(3, func(t *interventions.Task) { t.NotBefore = tuesday.Add(3 * time.Hour) })
	w.contacts[1] = contactsOf()
	done := tuesday.AddDate(0, 0, -1)
	w.addThanks(9, func(t *interventions.Task) { t.State, t.DoneAt, t.Attempts = interventions.TaskDone, done, 1 })
	w.attempts[1009] = []interventions.Attempt{{Task: 1009, N: 1, At: done, By: "sen", WrapUp: interventions.WrapUp{
		Disposition: interventions.Thanked, Note: "Was pleased, and asked to be remembered to Ann at the counter.",
	}}}
}

// TestASeniorManagerThanks: today's few, three facts, nothing of risk and
// nothing to sell, one postponed, one thanked, and what they said.
func TestASeniorManagerThanks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, thanks, func(w *world) { w.addTask(10) })
	b := w.as(t, "sen")
	page := b.get("/").must(t, http.StatusOK, "6 customers to thank today, as the managing director", "2 customers more can wait",
		"With us since March 2016: 10 years.", "Has dual fuel, since March 2019.", "2 purchases in the last year", "May be called from 13:00", "remembered to Ann")
	page.without(t, "At stake", "at risk", "No purchase for", "failed payment", "a month free", "£", "Priya")
	if n := strings.Count(page.body, ">Postpone</button>"); page.path != "/thanks" || n != 6 {
		t.Errorf("%s offers %d to postpone", page.path, n)
	}
	b.post("/tasks/1001/postpone", url.Values{"until": {"2026-03-11T09:00"}}).must(t, http.StatusOK, "Postponed: Ann Smith, until 11 Mar 2026.")
	if got := w.task(1001); got.State != interventions.TaskSnoozed || !got.NotBefore.Equal(time.Date(2026, 3, 11, 9, 0, 0, 0, time.UTC)) {
		t.Errorf("postponed: %s until %v", got.State, got.NotBefore)
	}
	b.post("/tasks/1002/postpone", url.Values{"until": {"whenever"}}).must(t, http.StatusUnprocessableEntity, "Choose until when.")
	b.post("/tasks/1002/postpone", url.Values{"until": {"2027-03-11T09:00"}}).must(t, http.StatusUnprocessableEntity, "within the next 30 days")
	b.post("/tasks/1010/postpone", url.Values{"until": {"2026-03-11T09:00"}}).must(t, http.StatusUnprocessableEntity, "Only a thank-you")

	if got := w.task(1002); got.State != interventions.TaskReady {
		t.Errorf("a refusal left the task %s with %s", got.State, got.Owner)
	}

	card := b.post("/tasks/1004/take", nil).must(t, http.StatusOK, "Worth mentioning", "What they said", "Postpone <kbd>z</kbd>", "anything that sells", "Thanked")
	card.without(t, "At stake", "No purchase for", "You may offer", "with an offer", "Undecided", "Was not leaving")
	b.post("/tasks/1004/save", form(t, card, "disposition", "saved_no_offer")).must(t, http.StatusUnprocessableEntity, "does not fit a thank-you")
	said := b.post("/tasks/1004/save", form(t, card, "disposition", "thanked", "note", "Knew the founder"))
	if said.must(t, http.StatusOK, "Thanked. The task is finished.", "Knew the founder"); said.path != "/thanks" {
		t.Errorf("saving leads to %s", said.path)
	}
	w.as(t, "ann").post("/tasks/1005/take", nil).must(t, http.StatusForbidden, "Only the managing director makes this call.")
	w.as(t, "ben").get("/thanks").must(t, http.StatusOK, "No thank-you calls are yours").without(t, "Ann Smith", "remembered")
}

// TestASignatoryIsNamedOnce: two treatments of one signatory, or a name given
// twice, are one name on the page.
func TestASignatoryIsNamedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, thanks, func(w *world) {
		w.users["sen"] = func() access.User {
			u := w.users["sen"]
			u.Signs = []string{"the managing director", "the chair", "the managing director"}
			return u
		}()
	})
	w.as(t, "sen").get("/thanks").must(t, http.StatusOK, "to thank today, as the chair and the managing director. There is")
}

// TestASeniorManagerThanksInABrowser does it as they would.
func TestASeniorManagerThanksInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, thanks)
	b := openWindow(t)
	b.signIn(w.server.URL, "sen")
	b.do("call the first", reach(".thankyous"), chromedp.Click(chromedp.CSS(".thankyous .main")), reach("[data-task]"))
	b.do("write what they said", press("d"), press("t"), chromedp.SendKeys(chromedp.CSS("#note"), "Likes the new van"), ctrlEnter(), reach("[role=status]"))
	if got := w.task(1001); got.State != interventions.TaskDone || w.attempts[1001][0].WrapUp.Note != "Likes the new van" {
		t.Errorf("the thank-you is %s: %+v", got.State, w.attempts[1001])
	}
	b.do("postpone the next", chromedp.Click(chromedp.CSS(`.thankyous [action="/tasks/1002/postpone"] button`)), chromedp.WaitNotPresent(chromedp.CSS(`[action="/tasks/1002/postpone"]`)))
	if got := w.task(1002); got.State != interventions.TaskSnoozed {
		t.Errorf("the second is %s", got.State)
	}
}
