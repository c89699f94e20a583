package web_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"holdfast/interventions"
)

// down presses the arrow so often.
func down(n int) string { return strings.Repeat(kb.ArrowDown, n) }

// TestTwentyTasksByKeyboardAlone works a queue in a real browser without the
// pointer: most outcomes by their letters, an offer, promises, all that lays a
// task aside; and then a customer rings.
func TestTwentyTasksByKeyboardAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		for n := 1; n <= 20; n++ {
			w.addTask(n)
		}
		u := w.users["ann"]
		u.Skills = nil // the data tasks that follow are for others
		w.users["ann"] = u
	})
	b := openWindow(t)
	b.signIn(w.server.URL, "ann")
	b.do("first task", press("n"), reach(`[data-task]`))
	worked := 0
	for _, c := range []struct {
		keys    []string
		aside   bool // ends by itself, without saving
		state   interventions.TaskState
		outcome interventions.Disposition
	}{
		{[]string{"d", "a"}, false, interventions.TaskReady, interventions.NoAnswer},
		{[]string{"d", "b"}, false, interventions.TaskReady, interventions.Busy},
		{[]string{"d", "c", kb.Tab, "rang twice"}, false, interventions.TaskReady, interventions.VoicemailLeft},
		{[]string{"d", "e"}, false, interventions.TaskDone, interventions.NumberInvalid},
		{[]string{"d", "g"}, false, interventions.TaskReady, interventions.ThirdParty},
		{[]string{"c", down(2)}, false, interventions.TaskCallback, interventions.CallbackAgreed},
		{[]string{"d", "i"}, false, interventions.TaskReady, interventions.BadTime},
		{[]string{"r", " ", kb.Escape, "d", "k"}, false, interventions.TaskDone, interventions.SavedNoOffer},
		{[]string{"d", "l", kb.Escape, "o"}, false, interventions.TaskDone, interventions.SavedWithOffer},
		{[]string{"p", "send the tariff sheet", kb.Tab, down(3), kb.Escape, "d", "k"}, false, interventions.TaskCallback, interventions.SavedNoOffer},
		{[]string{"d", "n"}, false, interventions.TaskDone, interventions.NoRiskFound},
		{[]string{"d", "o"}, false, interventions.TaskReady, interventions.Undecided},
		{[]string{"d", "p", kb.Tab, down(1)}, false, interventions.TaskDone, interventions.DeclinedLeave},
		{[]string{"d", "u"}, false, interventions.TaskDone, interventions.DoNotCall},
		{[]string{"d", "w"}, false, interventions.TaskDone, interventions.Complaint},
		{[]string{"z", down(1), kb.Tab, down(2), kb.Tab, kb.Tab, kb.Enter}, true, interventions.TaskSnoozed, ""},
		{[]string{"s", down(1), kb.Tab, kb.Enter}, true, interventions.TaskReady, ""},
		{[]string{"h", down(1), kb.Tab, "asks about a refund", kb.Tab, kb.Enter}, true, interventions.TaskReady, ""},
		{[]string{"d", "z"}, false, interventions.TaskDone, interventions.Dispute},
		{[]string{"d", "s"}, false, interventions.TaskDone, interventions.IssueEscalated},
	} {
		id := interventions.TaskID(1001 + worked)
		b.do(fmt.Sprintf("task %d", id), reach(fmt.Sprintf(`[data-task="%d"]`, id)))
		for _, keys := range c.keys {
			b.do("press "+keys, press(keys))
		}
		if !c.aside {
			b.do("save", ctrlEnter())
		}
		b.do(fmt.Sprintf("after %q", c.keys), chromedp.WaitNotPresent(chromedp.CSS(fmt.Sprintf(`[data-task="%d"]`, id))))
		worked++
		got := w.task(id)
		last, _ := w.LastAttempt(t.Context(), id)
		if got.State != c.state || last.WrapUp.Disposition != c.outcome {
			t.Errorf("%q left task %d %s with %q, want %s with %q", c.keys, id, got.State, last.WrapUp.Disposition, c.state, c.outcome)
		}
	}
	b.do("service work comes at once", reach(".eyebrow"))
	if n := len(w.list(func(t *interventions.Task) bool { return t.Family == interventions.FamilyService })); n != 1 {
		t.Errorf("the problem that was escalated makes %d tasks", n)
	}
	if up := w.attempts[1009][0].WrapUp; up.OfferMinor != 1500 {
		t.Errorf("the offer granted by o is %+v", up)
	}
	if up := w.attempts[1003][0].WrapUp; up.Note != "rang twice" {
		t.Errorf("the note is %+v", up)
	}
	if up := w.attempts[1008][0].WrapUp; len(up.ReasonTruth) != 1 || !up.ReasonTruth["rhythm"] {
		t.Errorf("the reasons marked with r are %+v", up)
	}

	b.do("find who rings", reach("main"), press("/"), reach("#q"), press("C0021"+kb.Enter), reach(`[name="channel"]`))
	b.do("open their card", press(kb.Enter), reach("[data-task]"))
	b.do("wrap it up", press("d"), press("k"), ctrlEnter(), reach("[role=status]"))
	if n := len(w.list(func(t *interventions.Task) bool {
		return t.Family == interventions.FamilyInbound && t.State == interventions.TaskDone
	})); n != 1 {
		t.Errorf("%d customers who rang were served", n)
	}
}

// TestAManagerExcludesFortyInABrowser ticks a page of forty by pointer and keys.
func TestAManagerExcludesFortyInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy, func(w *world) { w.risk = manyRisks(40) })
	b := openWindow(t)
	b.signIn(w.server.URL, "mia")
	click := func(css string) chromedp.Action[chromedp.Void] { return chromedp.Click(chromedp.CSS(css)) }
	b.do("choose all of the page", click(`nav a[href="/risk"]`), reach("table"), click(`[name=all]`), click(`button[value=exclude]`), reach(`form[action="/risk/exclude"]`))
	if h1 := evaluate[string](b, `document.querySelector("h1").textContent`); h1 != "Leave alone: 40 customers" {
		t.Errorf("the preview is headed %q", h1)
	}
	if n := len(w.numbers.excluded); n != 0 {
		t.Errorf("%d were excluded by looking", n)
	}
	b.do("say why", chromedp.SendKeys(chromedp.CSS(`form[action="/risk/exclude"] [name=reason]`), "a new tariff is being prepared for them"), press(kb.Enter), reach("[role=status]"))
	if n := len(w.numbers.excluded); n != 40 {
		t.Errorf("%d are left alone", n)
	}
}

// TestAnOperatorWithdrawsAListInABrowser says why, and what nobody had begun is
// recalled.
func TestAnOperatorWithdrawsAListInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := openWindow(t)
	b.signIn(w.server.URL, "oli")
	click := func(css string) chromedp.Action[chromedp.Void] { return chromedp.Click(chromedp.CSS(css)) }
	b.do("open the newest list", click(`nav a[href="/decisions"]`), reach("summary"), click(`details:has(form[action$="/withdraw"]) > summary`))
	b.do("withdraw it", chromedp.SendKeys(chromedp.CSS(`form[action$="/withdraw"] [name=reason]`), "prices were imported twice"), press(kb.Enter), reach("[role=status]"))
	if said := evaluate[string](b, `document.querySelector("[role=status]").textContent`); !strings.HasPrefix(said, "Withdrawn: what nobody had begun is recalled.") {
		t.Errorf("it says %q", said)
	}
	if last := w.audit[len(w.audit)-1]; last.What != "withdraw a list" || last.Detail != "prices were imported twice" {
		t.Errorf("the audit says %+v", last)
	}
}

// TestTheCardTurnsAmberWhileOpen: a service issue opened meanwhile takes the
// offer away under the agent's eyes (R1), and what they typed stays, also when
// the connection is lost and the session ends.
func TestTheCardTurnsAmberWhileOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1) })
	b := openWindow(t)
	b.signIn(w.server.URL, "ann")
	b.do("open a card", press("n"), reach(".offer"), reach(`[data-key="a"]`), chromedp.SendKeys(chromedp.CSS("#note"), "asks about the meter"))
	w.work.mu.Lock()
	w.issues[1] = []interventions.OpenIssue{{Ref: 77, Category: "delivery", Severity: 4, Opened: tuesday}}
	w.work.mu.Unlock()
	look := chromedp.Func(func(context.Context, *chromedp.Target) error {
		evaluate[any](b, `dispatchEvent(new Event("focus"))`)
		return nil
	})
	b.do("look again", look, reach(".sheet.amber #live .say.warn"), chromedp.WaitNotPresent(chromedp.CSS(".offer")), chromedp.WaitNotPresent(chromedp.CSS(".grant")), chromedp.WaitNotPresent(chromedp.CSS(`[data-key="a"]`)))

	before := evaluate[string](b, `document.cookie = "x=1"; document.getElementById("note").value`)
	w.people.mu.Lock()
	u := w.users["ann"]
	u.Epoch++ // as when all their sessions are ended
	w.users["ann"] = u
	w.people.mu.Unlock()
	b.do("the session ends", look, reach(".lost"))
	b.do("save all the same", press(kb.Escape), press("d"), press("a"), ctrlEnter(), reach("#password"))
	b.do("sign in again", chromedp.SendKeys(chromedp.CSS("#name"), "ann"), chromedp.SendKeys(chromedp.CSS("#password"), password+kb.Enter), reach("#note"))
	if after := evaluate[string](b, `document.getElementById("note").value + document.querySelector("[name=disposition]:checked").value`); before != "asks about the meter" || after != before+"no_answer" {
		t.Errorf("typed %q, then %q", before, after)
	}
	w.server.CloseClientConnections()
	w.server.Listener.Close() //nolint:errcheck // the connection is lost
	b.do("the connection is lost", look, reach(".lost"))
	if after := evaluate[string](b, `document.getElementById("note").value`); after != before {
		t.Errorf("without a connection the note is %q", after)
	}
}
