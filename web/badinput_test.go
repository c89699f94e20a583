package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"holdfast/interventions"
)

// cable is the way to a desk. It can be cut so that nothing arrives, or so that
// what is sent arrives and no answer comes back; and what is sent can wait, or
// meet a desk whose disk is full.
type cable struct {
	desk http.Handler
	cut  atomic.Int32
	on   chan struct{} // ends a wait
}

const (
	whole int32 = iota
	cutThere
	cutBack
	waits
	full
)

func (c *cable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch c.cut.Load() {
	case cutThere:
		panic(http.ErrAbortHandler)
	case cutBack:
		c.desk.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	case waits:
		if r.Method == http.MethodPost {
			<-c.on
		}
	case full:
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
	}
	c.desk.ServeHTTP(w, r)
}

// typed are the note and the outcome on the card.
const typed = `document.getElementById("note").value + "|" + (document.querySelector("[name=disposition]:checked")?.value ?? "")`

// says is the text of the page's own box for what went wrong.
const says = `document.querySelector("[role=alert]").textContent`

// inWindow opens a card of ann's in a browser, with a note and an outcome typed.
func inWindow(t *testing.T, base, note, outcome string) *window {
	t.Helper()
	b := openWindow(t)
	b.signIn(base, "ann")
	b.do("open a card and type", press("n"), reach(`[data-task="1001"]`), press("d"), press(outcome), chromedp.SendKeys(chromedp.CSS("#note"), note))
	return b
}

// TestTheDeskSavesSlowlyOrNotAtAll: while a save takes long the card says so and
// sends nothing a second time, and one that the desk cannot take stays on the card
// with what to do.
func TestTheDeskSavesSlowlyOrNotAtAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1); w.addTask(2); w.addTask(3) })
	way := &cable{desk: w.server.Config.Handler, on: make(chan struct{})}
	line := httptest.NewServer(way)
	t.Cleanup(line.Close)
	b := inWindow(t, line.URL, "stays if we ring on Friday", "k")
	way.cut.Store(full)
	b.do("save to a full disk", ctrlEnter(), reach(".lost"))
	if got, said := evaluate[string](b, typed), evaluate[string](b, says); got != "stays if we ring on Friday|saved_no_offer" || !strings.HasPrefix(said, "The desk cannot save right now: tell whoever looks after Holdfast.") {
		t.Errorf("the card has %q and says %q", got, said)
	}
	way.cut.Store(whole)
	b.do("save again", ctrlEnter(), reach(`[data-task="1002"]`), press("d"), press("a"))
	way.cut.Store(waits)
	b.do("save slowly, and press once more", ctrlEnter(), reach(".lost"), ctrlEnter())
	if said := evaluate[string](b, says+` + document.querySelectorAll("[role=status]").length`); said != "It is still being saved. Leave this page open: what you typed stays here, and it counts once.0" {
		t.Errorf("meanwhile the card says %q", said)
	}
	way.cut.Store(whole)
	close(way.on)
	b.do("it is saved", reach(`[data-task="1003"]`))
	if one, two := len(w.saved(1001)), len(w.saved(1002)); one != 1 || two != 1 {
		t.Errorf("%d and %d attempts are saved", one, two)
	}
}

// TestTheConnectionDropsWhileSaving: before what was typed arrives, and before
// the answer does; the card says so and keeps it all, and saving again saves once.
func TestTheConnectionDropsWhileSaving(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cut   int32
		saved int
	}{"on the way there": {cutThere, 0}, "on the way back": {cutBack, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(w *world) { w.addTask(1); w.addTask(2) })
			way := &cable{desk: w.server.Config.Handler}
			line := httptest.NewServer(way)
			t.Cleanup(line.Close)
			b := inWindow(t, line.URL, "stays if we ring on Friday", "k")
			way.cut.Store(c.cut)
			b.do("save into the broken line", ctrlEnter(), reach(".lost"))
			if got, said := evaluate[string](b, typed), evaluate[string](b, says); got != "stays if we ring on Friday|saved_no_offer" || !strings.Contains(said, "no connection to the desk") {
				t.Errorf("the card has %q and says %q", got, said)
			}
			if n := len(w.saved(1001)); n != c.saved {
				t.Errorf("%d attempts arrived, want %d", n, c.saved)
			}
			way.cut.Store(whole)
			b.do("save again", ctrlEnter(), reach(`[data-task="1002"]`))
			list := w.saved(1001)
			if len(list) != 1 || list[0].WrapUp.Note != "stays if we ring on Friday" || list[0].WrapUp.Disposition != interventions.SavedNoOffer {
				t.Errorf("saved are %+v", list)
			}
			if said := evaluate[string](b, `document.querySelector("[role=status]").textContent`); !strings.HasPrefix(said, "Saved for Ann Smith: ") {
				t.Errorf("it says %q", said)
			}
			if left := evaluate[int](b, `Object.keys(sessionStorage).length`); left != 0 {
				t.Errorf("%d drafts are left", left)
			}
		})
	}
}

// saved are the attempts of a task.
func (w *world) saved(id interventions.TaskID) []interventions.Attempt {
	w.work.mu.Lock()
	defer w.work.mu.Unlock()
	return append([]interventions.Attempt(nil), w.attempts[id]...)
}

// TestASessionEndsWhileTypingInABrowser: signed in again, all that was typed is
// back on the card, and is saved once.
func TestASessionEndsWhileTypingInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1); w.addTask(2) })
	b := inWindow(t, w.server.URL, `says "<b>no</b>" & hangs up`, "o")
	b.do("promise something", chromedp.SendKeys(chromedp.CSS("#promise"), "the tariff sheet"), chromedp.SetValue(chromedp.CSS("#preset"), "2026-03-11T15:00"), press(kb.Escape))
	w.clock.Advance(3 * time.Hour)
	b.do("save", ctrlEnter(), reach("#password"))
	if text := evaluate[string](b, `document.getElementById("main").innerText`); !strings.Contains(text, "Your session has ended") || !strings.Contains(text, `says "<b>no</b>" & hangs up`) {
		t.Errorf("the page says %q", text)
	}
	b.do("sign in again", chromedp.SendKeys(chromedp.CSS("#name"), "ann"), chromedp.SendKeys(chromedp.CSS("#password"), password+kb.Enter), reach("#note"))
	back := evaluate[string](b, typed+` + "|" + document.getElementById("promise").value + "|" + document.getElementById("preset").value`)
	if want := `says "<b>no</b>" & hangs up|undecided|the tariff sheet|2026-03-11T15:00`; back != want {
		t.Errorf("back is %q, want %q", back, want)
	}
	b.do("save", ctrlEnter(), reach(`[data-task="1002"]`))
	list := w.saved(1001)
	if len(list) != 1 || list[0].WrapUp.Note != `says "<b>no</b>" & hangs up` || list[0].WrapUp.PromiseWhat != "the tariff sheet" {
		t.Errorf("saved are %+v", list)
	}
}

// TestTwoAgentsAndAStalePageInBrowsers: who comes second is told who has the
// task, and keeps every word; so does who saves from a page that is stale.
func TestTwoAgentsAndAStalePageInBrowsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) {
		w.addTask(1, func(t *interventions.Task) { t.OfferMinor, t.Card.Offer = 0, nil })
		w.addTask(2)
	})
	ann := inWindow(t, w.server.URL, "she stays, truly", "k")
	w.clock.Advance(20 * time.Minute) // the lease is lost
	ben := openWindow(t)
	ben.signIn(w.server.URL, "ben")
	ben.do("take it", press("n"), reach(`[data-task="1001"]`))
	refused := func(who *window, what, want string) {
		t.Helper()
		who.do(what, ctrlEnter(), reach(".kept"))
		if said := evaluate[string](who, says); !strings.Contains(said, want) {
			t.Errorf("%s: it says %q", what, said)
		}
		if kept := evaluate[string](who, `document.querySelector(".kept").innerText`); !strings.Contains(kept, "she stays, truly") || !strings.Contains(kept, "It was not saved.") {
			t.Errorf("%s: kept is %q", what, kept)
		}
	}
	refused(ann, "save what went to ben", "The task went to ben")
	ben.do("save", press("d"), press("b"), ctrlEnter(), reach("[role=status]"))
	if list := w.saved(1001); len(list) != 1 || list[0].By != "ben" {
		t.Errorf("saved are %+v", list)
	}

	// The same agent in two windows of theirs: the second is stale.
	w.clock.Advance(26 * time.Hour)
	b := openWindow(t)
	b.signIn(w.server.URL, "ann")
	b.do("open a card", press("n"), reach("[data-task]"))
	id := evaluate[interventions.TaskID](b, `Number(document.querySelector("[data-task]").dataset.task)`)
	b.do("type", press("d"), press("k"), chromedp.SendKeys(chromedp.CSS("#note"), "she stays, truly"))
	other := w.as(t, "ann")
	page := other.get(fmt.Sprintf("/tasks/%d", id))
	other.post(page.path+"/save", form(t, page, "disposition", "busy")).must(t, 200, "Saved for")
	refused(b, "save from the stale page", "nobody is working on it")
	if list := w.saved(id); list[len(list)-1].WrapUp.Disposition != interventions.Busy {
		t.Errorf("saved are %+v", list)
	}
}

// TestWhatDoesNotFitInABrowser: an outcome that does not fit, one that lacks
// what belongs to it, and a call-back in the night are each refused in a
// sentence, on the card as it was typed; and then it is put right.
func TestWhatDoesNotFitInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1); w.addTask(2) })
	b := inWindow(t, w.server.URL, "prefers the evening", "p")
	refused := func(what, want, outcome string) {
		t.Helper()
		evaluate[any](b, `document.querySelector(".say.bad")?.remove(); null`) // what was said before
		b.do(what, ctrlEnter(), reach(".say.bad"))
		if said, got := evaluate[string](b, says), evaluate[string](b, typed); !strings.Contains(said, want) || got != "prefers the evening|"+outcome {
			t.Errorf("%s: it says %q and keeps %q", what, said, got)
		}
	}
	refused("leaving without a reason", "Choose why they are leaving.", "declined_leaving")
	evaluate[any](b, `document.querySelector("[name=disposition]:checked").value = "thanked"; null`) // as on an older page
	refused("a thank-you", "fits a thank-you only", "")
	b.do("a call-back in the night", press("c"), chromedp.SetValue(chromedp.CSS("[name=due]"), "2026-03-11T03:00"))
	refused("at three in the morning", "outside the hours this customer may be called", "callback_agreed")
	if due := evaluate[string](b, `document.querySelector("[name=due]").value`); due != "2026-03-11T03:00" {
		t.Errorf("the time typed is %q", due)
	}
	if n := len(w.saved(1001)); n != 0 {
		t.Fatalf("%d attempts of what was refused", n)
	}
	b.do("put it right", chromedp.SetValue(chromedp.CSS("[name=due]"), "2026-03-11T18:30"), ctrlEnter(), reach(`[data-task="1002"]`))
	if got := w.task(1001); got.State != interventions.TaskCallback || len(w.saved(1001)) != 1 {
		t.Errorf("the task is %s", got.State)
	}
}

// TestAWrapUpSentTwiceCountsOnce: the same from the same card is what was saved;
// another one is refused and kept.
func TestAWrapUpSentTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1) })
	ann := w.as(t, "ann")
	page := ann.post("/tasks/1001/take", nil)
	up := form(t, page, "disposition", "saved_with_offer", "granted", "a month free", "note", "took it", "truth rhythm", "no", "promise", "the form", "due", "2026-03-11T15:00", "then", "desk")
	first := ann.post("/tasks/1001/save", up).must(t, http.StatusOK, "Saved for Ann Smith: promised by Wed 11 Mar, 15:00")
	again := ann.post("/tasks/1001/save", up).must(t, http.StatusOK, "Saved for Ann Smith: promised by Wed 11 Mar, 15:00")
	if first.body != again.body {
		t.Error("the second answer is another one")
	}
	up.Set("note", "took it, gladly")
	ann.post("/tasks/1001/save", up).must(t, http.StatusConflict, "took it, gladly", "It was not saved.")
	up.Set("note", "took it")
	w.as(t, "mia").post("/tasks/1001/save", up).must(t, http.StatusConflict)
	if n := len(w.saved(1001)); n != 1 || len(w.promises) != 1 {
		t.Errorf("%d attempts, %d promises", n, len(w.promises))
	}
}

// TestWhoSeesToItReadsWhatIsWrong: a database that takes nothing is explained to
// whoever runs Holdfast, and everybody else reads what to do.
func TestWhoSeesToItReadsWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, oli := w.as(t, "ann"), w.as(t, "oli")
	annToken, oliToken := w.token(t, "ann"), w.token(t, "oli")
	broken(w)
	const words, insides = "Try again in a minute; if it stays so, tell whoever looks after it.", "The database does not answer"
	ann.get("/desk").must(t, http.StatusServiceUnavailable, "Holdfast cannot read or write its data right now.", words).without(t, insides)
	oli.get("/nights").must(t, http.StatusServiceUnavailable, insides).without(t, words)
	w.call(t, annToken, "GET", "/api/v1/desk/day", "").must(t, http.StatusServiceUnavailable, words).without(t, insides)
	w.call(t, oliToken, "GET", "/api/v1/nights", "").must(t, http.StatusServiceUnavailable, insides).without(t, words)
}
