package web_test

import (
	"context"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// unseen names the tables behind pictures that cannot be read.
const unseen = `(() => {
  const tables = [...document.querySelectorAll(".picturebox details table, details.picturebox table")];
  if (!tables.length) return ["no table is behind a picture"];
  return tables.filter((t) => !t.checkVisibility() || !t.getBoundingClientRect().height)
    .map((t) => "a table is folded: " + t.textContent.slice(0, 40));
})()`

// medium shows the page as on a screen or on paper.
func medium(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: name})
		return err
	})
}

// TestTablesBehindPicturesArePrinted: what is folded away on the screen is open
// on paper, since nobody can click there.
func TestTablesBehindPicturesArePrinted(t *testing.T) {
	t.Parallel()
	w := openWindow(t)
	names := []string{"model", "attrition", "risk", "proof"}
	some := slices.DeleteFunc(slices.Clone(states), func(s state) bool { return !slices.Contains(names, s.name) })
	g := newGalleryIn(t, "en", some)
	for _, name := range g.names {
		w.do("open "+name, medium("screen"), chromedp.Navigate(g.url+name), reach("main"))
		if found := evaluate[[]string](w, unseen); len(found) == 0 {
			t.Errorf("%s: on the screen nothing is folded away", name)
		}
		w.do("print "+name, medium("print"))
		for _, found := range evaluate[[]string](w, unseen) {
			t.Errorf("%s, printed: %s", name, found)
		}
		if evaluate[bool](w, `!!document.querySelector("main form button")?.checkVisibility()`) {
			t.Errorf("%s, printed: a button is seen", name)
		}
	}
}
