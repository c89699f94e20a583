package web_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestTheMenuWorksByKeyboard opens a group, leaves it with Escape, and reaches
// a page in it.
func TestTheMenuWorksByKeyboard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := openWindow(t)
	b.do("set the screen", wideLight.set())
	b.signIn(w.server.URL, "mia")
	if row := evaluate[bool](b, `new Set([...document.querySelectorAll(".top nav > a, .top summary")].map((a) => a.getBoundingClientRect().top)).size == 1`); !row {
		t.Error("the manager's menu wraps at 1280 pixels")
	}
	open := `document.querySelectorAll(".top details[open]").length`
	b.do("open the results", chromedp.Focus(chromedp.CSS(".top details:nth-of-type(2) summary")), press(kb.Enter))
	if n := evaluate[int](b, open); n != 1 {
		t.Errorf("%d groups are open", n)
	}
	b.do("leave", press(kb.Escape))
	if n := evaluate[int](b, open); n != 0 {
		t.Errorf("after Escape %d groups are open", n)
	}
	b.do("open a page in it", press(kb.Enter), press(kb.Tab), press(kb.Enter), reach("h1"), reach("summary.here"))
	if at := evaluate[string](b, `location.pathname`); at != "/attrition" {
		t.Errorf("the page is %s", at)
	}
}
