package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"holdfast/internal/holdfasttest"
)

// tooWide names the innermost elements beyond the right edge that do not
// scroll by themselves, and the menu's entry of this page where it is not seen.
const tooWide = `(() => {
  const wide = document.documentElement.clientWidth, out = [];
  if (document.documentElement.scrollWidth > wide) {
    out.push(document.documentElement.scrollWidth + " in " + wide);
    for (const el of document.querySelectorAll("main *")) {
      if (el.getBoundingClientRect().right > wide + 1 && !el.closest(".scroll, svg")) out.push(el.tagName + "." + el.className);
    }
  }
  const here = document.querySelector(".top nav [aria-current]");
  if (here) {
    const a = here.getBoundingClientRect(), b = here.parentElement.getBoundingClientRect();
    if (a.left < b.left - 1 || a.right > b.right + 1) out.push("the menu does not show " + here.textContent);
  }
  return out.slice(0, 8).join("; ");
})()`

// TestNoPageScrollsSideways at the width of a small telephone.
func TestNoPageScrollsSideways(t *testing.T) {
	t.Parallel()
	chromium := holdfasttest.Chromium(t)
	w := newWorld(t, busy)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true))
	alloc, stop := chromedp.NewExecAllocator(t.Context(), options...)
	defer stop()
	ctx, end := chromedp.NewContext(alloc)
	defer end()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	ready := func(css string) chromedp.Action[chromedp.Void] {
		return chromedp.WaitVisible(chromedp.CSS("body[data-ready] " + css))
	}
	visit := func(path string, actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		actions = append([]chromedp.Action[chromedp.Void]{chromedp.Navigate(w.server.URL + path)}, actions...)
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if found, err := chromedp.Run(ctx, chromedp.Evaluate[string](tooWide)); err != nil || found != "" {
			t.Errorf("%s at 360 pixels: %s, %v", path, found, err)
		}
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(360, 740)); err != nil {
		t.Fatal(err)
	}
	for _, user := range []string{"ann", "mia", "oli", "aud"} {
		visit("/sign-in", ready("#name"))
		if err := chromedp.Do(ctx, chromedp.KeyEvent(user+kb.Tab+password+kb.Enter), ready(".me")); err != nil {
			t.Fatalf("sign %s in: %v", user, err)
		}
		for _, s := range states {
			if s.user == user && s.form == nil && !strings.Contains(s.name, "-empty") && !strings.Contains(s.name, "-error") {
				visit(s.path, ready("main"))
			}
		}
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelector(".me").submit(), true`)); err != nil {
			t.Fatal(err)
		}
		if err := chromedp.Do(ctx, ready("#name")); err != nil {
			t.Fatal(err)
		}
	}
}
