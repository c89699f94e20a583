package web_test

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"holdfast/interventions"
)

// plainWindow is a window that runs no scripts of pages.
func plainWindow(t *testing.T, base, user string) *window {
	t.Helper()
	w := openWindow(t)
	w.do("switch scripts off", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	w.do("sign "+user+" in", chromedp.Navigate(base+"/"), see("#name"), chromedp.SendKeys(chromedp.CSS("#name"), user),
		chromedp.SendKeys(chromedp.CSS("#password"), password+kb.Enter), see(".me"))
	if evaluate[bool](w, `document.body.hasAttribute("data-ready")`) {
		t.Fatal("the page's script has run")
	}
	return w
}

// see waits until the page that holds this is there.
func see(css string) chromedp.Action[chromedp.Void] { return chromedp.WaitVisible(chromedp.CSS(css)) }

func click(css string) chromedp.Action[chromedp.Void] { return chromedp.Click(chromedp.CSS(css)) }

// TestWithoutScripts an agent works a task, is told what does not fit, and a
// manager leaves a customer alone.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.addTask(1); w.addTask(2); w.risk = manyRisks(3) })
	agent := plainWindow(t, w.server.URL, "ann")
	agent.do("next", click(`form[action="/desk/next"] button`), see(`[data-task="1001"]`))
	agent.do("wrap up", click(`[name=disposition][value=no_answer]`), chromedp.SendKeys(chromedp.CSS("#note"), "rang twice"), click(`button[name=then][value=next]`), see(`[data-task="1002"]`))
	if last, err := w.LastAttempt(t.Context(), 1001); err != nil || last.WrapUp.Disposition != interventions.NoAnswer || last.WrapUp.Note != "rang twice" {
		t.Errorf("saved was %+v, %v", last.WrapUp, err)
	}
	agent.do("a save that lacks a time", click(`[name=disposition][value=callback_agreed]`), chromedp.SendKeys(chromedp.CSS("#note"), "later"), click(`button[name=then][value=desk]`), see("[role=alert]"))
	if note := evaluate[string](agent, `document.getElementById("note").value`); note != "later" {
		t.Errorf("after a refusal the note is %q", note)
	}
	agent.do("another outcome", click(`[name=disposition][value=busy]`), click(`button[name=then][value=desk]`), see(`form[action="/desk/next"]`))
	if got := w.task(1002); got.State != interventions.TaskReady || got.Attempts != 1 {
		t.Errorf("the second task is %s after %d attempts", got.State, got.Attempts)
	}

	manager := plainWindow(t, w.server.URL, "mia")
	manager.do("choose a customer", click(`nav a[href="/risk"]`), click(`[name=customer][value="2"]`), click(`button[value=exclude]`), see(`form[action="/risk/exclude"]`))
	manager.do("leave them alone", chromedp.SendKeys(chromedp.CSS(`[name=reason]`), "a new tariff is being prepared"), click(`form[action="/risk/exclude"] button`), see("[role=status]"))
	if list := w.numbers.excluded; len(list) != 1 || list[0].Customer != 2 || list[0].Reason != "a new tariff is being prepared" {
		t.Errorf("left alone are %+v", list)
	}
}
