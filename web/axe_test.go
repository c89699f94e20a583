package web_test

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"holdfast/internal/holdfasttest"
)

// judge opens what is folded away (the menu, which then lies over the page, on
// the morning page alone) and asks axe-core for what breaks WCAG 2.2 AA:
// https://www.w3.org/TR/WCAG22/, with the rules that axe-core tags so.
const judge = `(async () => {
  const menus = location.pathname.endsWith("/morning");
  for (const d of document.querySelectorAll("details")) d.open = menus || d.name !== "menu";
  dispatchEvent(new Event("resize")); // the screen was changed just now
  const found = await axe.run(document, {
    resultTypes: ["violations"],
    runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"] },
  });
  return found.violations.map((v) => v.id + ": " + v.help + ": " +
    v.nodes.slice(0, 4).map((n) => n.target.join(" ") + " (" + n.any.concat(n.all).map((c) => c.message).join(", ") + ")").join(" | "));
})()`

// TestPagesAreAccessible holds every state of every page to WCAG 2.2 AA, light
// on a wide screen and dark at 360 pixels.
func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile(holdfasttest.NPM(t, holdfasttest.NeedAxe, "axe-core/axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	g := newGallery(t)
	for half := range 2 { // two windows share the pages
		t.Run("", func(t *testing.T) {
			t.Parallel()
			w := openWindow(t)
			for i := half; i < len(g.names); i += 2 {
				w.do("open "+g.names[i], wideLight.set(), chromedp.Navigate(g.url+g.names[i]), reach("main"))
				evaluate[any](w, string(script)+"; null")
				for _, s := range []screen{wideLight, narrowDark} {
					w.do("set the screen", s.set())
					for _, found := range evaluate[[]string](w, judge) {
						t.Errorf("%s, %s: %s", g.names[i], s.name, found)
					}
				}
			}
		})
	}
}
