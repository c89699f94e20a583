package web_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// hostile runs where it is taken for markup, script, an address or SQL; formula
// where a spreadsheet takes it for one.
const (
	hostile = `"><script>pwned = 1; alert(1)</script><img src=x onerror="pwned = 2">'); DROP TABLE users; -- javascript:alert(3)`
	formula = `=HYPERLINK("http://bad.example")`
)

// shown is all that can be read of a page, with what stands in its fields.
const shown = `document.body.textContent + [...document.querySelectorAll("input, textarea")].map((el) => el.value).join(" ")`

// visitor walks pages that have hostile text, and finds each harmless.
type visitor struct {
	*window
	*alarm
	base string
}

func (w *world) visitor(t *testing.T, user string) visitor {
	t.Helper()
	b := openWindow(t)
	v := visitor{b, b.guard(), w.server.URL}
	b.signIn(v.base, user)
	return v
}

// sees comes to a page that shows a text as it was written.
func (v visitor) sees(where, text string, actions ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	v.do(where, actions...)
	v.harmless(v.alarm, where)
	if got := evaluate[string](v.window, shown); !strings.Contains(got, text) {
		v.t.Errorf("%s does not show %s, but %s", where, text, got)
	}
}

func (v visitor) open(path string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(chromedp.Navigate(v.base+path), reach("main"))
}

// send fills in a form's field and sends it from there.
func (v visitor) send(form, field, text string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(v.ctx, chromedp.Evaluate[any](fmt.Sprintf(`{ const f = document.querySelector(%q); f.closest("details")?.setAttribute("open", "");
			f.querySelector(%q).value = %q; document.body.dataset.old = ""; f.requestSubmit(); null }`, form, field, text)))
		if err != nil {
			return err
		}
		return chromedp.Do(ctx, reach("main"), chromedp.WaitNotPresent(chromedp.CSS("body[data-old]")))
	})
}

// TestHostileTextRunsNowhere: typed in a browser into notes, promises, filters,
// views, reasons and recommendations, beside customers of such names, it is
// shown as it is wherever it comes up; no dialog opens, no element is made of
// it, and the content policy has nothing to stop.
func TestHostileTextRunsNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	value := func(css, text string) chromedp.Action[chromedp.Void] {
		return chromedp.SetValue(chromedp.CSS(css), text)
	}

	ann := w.visitor(t, "ann")
	ann.sees("the card of a hostile name", `<script>alert("x")</script>`, ann.open("/tasks/1004"), chromedp.Click(chromedp.CSS("form[action$='/take'] button")), reach("#note"))
	ann.sees("a refusal", hostile, value("#note", hostile), value("#promise", hostile), press("d"), press("k"), ctrlEnter(), reach(".say.bad"))
	ann.do("save it", value("#preset", "2026-03-11T15:00"), ctrlEnter(), reach("[role=status]"))
	ann.sees("its correction", hostile, ann.open("/tasks/1004?correct=1"))
	ann.sees("the desk", hostile, ann.open("/desk"))
	ann.sees("a search", hostile, ann.open("/inbound"), value("#q", hostile), press("\r"), reach(".none"))
	ann.sees("the box", hostile, ann.open("/recommendations"), ann.send("form.card", "#words", hostile))

	mia := w.visitor(t, "mia")
	mia.sees("the file", hostile, mia.open("/customers/4"))
	mia.sees("why they are left alone", hostile, value("[name=until]", "2026-03-20"), mia.send("form[action$='/exclude']", "[name=reason]", hostile))
	mia.sees("a filter", hostile, mia.open("/risk"), mia.send("form.filters", "[name=text]", hostile))
	mia.sees("a saved view", hostile[:50], mia.send("form[action='/risk/views']", "[name=name]", hostile[:50]))
	mia.sees("a bad filter", "lots"+hostile, mia.open("/risk"), mia.send("form.filters", "[name=min_value]", "lots"+hostile))
	mia.sees("the board", hostile, mia.open("/board"), value("form[action='/board/pause'] [name=treatment]", "retention_call"), mia.send("form[action='/board/pause']", "[name=reason]", hostile))
	mia.sees("an answer", hostile, mia.open("/recommendations"), value("[name=verdict]", "done"), mia.send("form[action$='/answer']", "[name=answer]", hostile))
	mia.sees("the policy", hostile, mia.open("/policy"), mia.send("form[action='/policy/dry-runs']", "[name=policy]", hostile))
	mia.sees("a reason that is a formula", formula, mia.open("/customers/5"), value("[name=until]", "2026-03-20"), mia.send("form[action$='/exclude']", "[name=reason]", formula))
	mia.guarded("/risk.csv", formula)

	aud := w.visitor(t, "aud")
	aud.sees("the audit", hostile, aud.open("/audit"))
	aud.guarded("/audit.csv", formula)

	door := openWindow(t)
	nobody := visitor{door, door.guard(), w.server.URL}
	nobody.sees("the door", hostile, nobody.open("/"), value("#password", "x"), nobody.send("form", "#name", hostile))
	if len(w.users) < 5 || w.tasks == nil {
		t.Error("a table was dropped")
	}
}

// guarded fetches a table as the browser would save it: no cell of it is a
// formula, and the text is there all the same.
func (v visitor) guarded(path, text string) {
	v.t.Helper()
	body := evaluate[string](v.window, fmt.Sprintf(`fetch(%q).then((got) => got.headers.get("Content-Disposition").startsWith("attachment") ? got.text() : "")`, path))
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		v.t.Fatal(err)
	}
	found := false
	for _, row := range rows {
		for _, cell := range row {
			if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r") {
				v.t.Errorf("a spreadsheet would run %q of %s", cell, path)
			}
			found = found || strings.Contains(cell, text)
		}
	}
	if !found {
		v.t.Errorf("%s lacks %s", path, text)
	}
}
