package web_test

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// tooWide names the innermost elements beyond the right edge that do not
// scroll by themselves, what is too small to be hit (WCAG 2.5.8), and the menu's
// entries that are not seen when their groups are open.
const tooWide = `(() => {
  const wide = document.documentElement.clientWidth, out = [];
  if (document.documentElement.scrollWidth > wide) {
    out.push(document.documentElement.scrollWidth + " in " + wide);
    for (const el of document.querySelectorAll("main *")) {
      if (el.getBoundingClientRect().right > wide + 1 && !el.closest(".scroll, svg")) out.push(el.tagName + "." + el.className);
    }
  }
  for (const el of document.querySelectorAll("main :is(select, textarea, button, .button, input:not([type=hidden], [type=checkbox], [type=radio]))")) {
    const at = el.getBoundingClientRect();
    if (el.checkVisibility() && Math.min(at.width, at.height) < 24) out.push(el.tagName + " " + el.name + " is " + at.width + " by " + at.height);
  }
  for (const group of document.querySelectorAll(".top details")) {
    group.open = true; // the others close
    for (const a of group.querySelectorAll("a")) {
      const at = a.getBoundingClientRect();
      if (!at.width || at.left < 0 || at.right > wide) out.push("the menu does not show " + a.textContent);
    }
  }
  return out.slice(0, 8).join("; ");
})()`

// TestNoPageScrollsSideways at the width of a small telephone.
func TestNoPageScrollsSideways(t *testing.T) {
	t.Parallel()
	w := openWindow(t)
	w.do("set the screen", narrow.set())
	g := newGallery(t)
	for _, name := range g.names {
		w.do("open "+name, chromedp.Navigate(g.url+name), reach("main"))
		if found := evaluate[string](w, tooWide); found != "" {
			t.Errorf("%s at 360 pixels: %s", name, found)
		}
	}
}
