package web_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// alarm hears what hostile text would do in a window: open a dialog, go against
// the content policy, or throw in a script.
type alarm struct {
	mu   sync.Mutex
	rang []string
}

// guard sets an alarm in the window, before its first page.
func (w *window) guard() *alarm {
	w.t.Helper()
	a := &alarm{}
	err := chromedp.Listen(w.ctx, func(event any) {
		var said string
		switch e := event.(type) {
		case *page.EventJavascriptDialogOpening:
			said = "a dialog says " + e.Message
		case *audits.EventIssueAdded:
			if e.Issue.Code != audits.InspectorIssueCodeContentSecurityPolicyIssue {
				return
			}
			said = fmt.Sprintf("the content policy stopped %+v", *e.Issue.Details.ContentSecurityPolicyIssueDetails)
		case *runtime.EventExceptionThrown:
			said = "a script threw " + e.ExceptionDetails.Text
		default:
			return
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.rang = append(a.rang, said)
	})
	if err != nil {
		w.t.Fatalf("listen to the window: %v", err)
	}
	w.do("hear of the content policy", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, audits.Enable, cdp.Empty{})
		return err
	}))
	return a
}

// heard is what happened since the last look.
func (a *alarm) heard() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	said := strings.Join(a.rang, "; ")
	a.rang = nil
	return said
}

// foreign lists what no page of ours has: scripts and frames of others,
// handlers, styles and addresses in the text, and what they would leave behind.
const foreign = `[...document.querySelectorAll("script:not([src^='/static/']), iframe, object, embed, base, img, form:not([action^='/']):not([method=dialog]), a[href^='javascript' i], [style]"),
  ...[...document.querySelectorAll("*")].filter((el) => el.getAttributeNames().some((name) => name.startsWith("on")))].map((el) => el.outerHTML)
  .concat("pwned" in window ? ["a script ran"] : []).join("; ")`

// harmless fails the test when the page has anything foreign, or the alarm rang.
func (w *window) harmless(a *alarm, where string) {
	w.t.Helper()
	if found := evaluate[string](w, foreign); found != "" {
		w.t.Errorf("%s has %s", where, found)
	}
	if said := a.heard(); said != "" {
		w.t.Errorf("%s: %s", where, said)
	}
}

// TestTheAlarmRings: what is put into a page past the templates is found, and
// stopped by the content policy.
func TestTheAlarmRings(t *testing.T) {
	t.Parallel()
	b := openWindow(t)
	a := b.guard()
	b.do("open a page", chromedp.Navigate(newWorld(t).server.URL), reach("#name"))
	b.harmless(a, "the page itself")
	for what, markup := range map[string]string{"a handler": `<p onclick="pwned = 1">x</p>`, "an image": `<img src="https://bad.example/x.png">`, "a style": `<p style="color:red">x</p>`} {
		evaluate[any](b, fmt.Sprintf(`document.getElementById("main").innerHTML = %q; document.querySelector("#main p")?.click(); null`, markup))
		if found := evaluate[string](b, foreign); found == "" {
			t.Errorf("%s is not found", what)
		}
		if said := a.heard(); !strings.Contains(said, "the content policy stopped") {
			t.Errorf("%s was let pass: %s", what, said)
		}
	}
}
