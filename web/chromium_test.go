package web_test

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"holdfast/internal/holdfasttest"
)

// chromium is the one browser of all tests of this package, started by the
// first that needs it and ended after the last.
var chromium struct {
	once sync.Once
	ctx  context.Context //nolint:containedctx // the browser's life is the test program's
	end  func()
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if chromium.end != nil {
		chromium.end()
	}
	os.Exit(code)
}

// window is a browser window of one test, with cookies of its own.
type window struct {
	t   testing.TB
	ctx context.Context //nolint:containedctx // what chromedp works with
}

func openWindow(t testing.TB) *window {
	t.Helper()
	program := holdfasttest.Chromium(t)
	chromium.once.Do(func() {
		options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true))
		alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, end := chromedp.NewContext(alloc)
		chromium.ctx, chromium.end = ctx, func() { end(); stop() }
		chromium.err = chromedp.Do(ctx)
	})
	if chromium.err != nil {
		t.Fatalf("start the browser: %v", chromium.err)
	}
	ctx, end := chromedp.NewContext(chromium.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(end)
	if err := chromedp.Do(ctx); err != nil { // the first call must not have a deadline
		t.Fatalf("open a window: %v", err)
	}
	return &window{t, ctx}
}

// patience is how long a step may take before its test fails.
const patience = 20 * time.Second

// do carries out actions in turn; a step that fails says which page it was on.
func (w *window) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		body, _ := chromedp.Run(w.ctx, chromedp.Evaluate[string](`location.href + " " + document.activeElement.outerHTML.slice(0, 200) + "\n" + document.body.innerText`))
		w.t.Fatalf("%s: %v, on the page %s", what, err, body)
	}
}

// press types keys.
func press(keys string) chromedp.Action[chromedp.Void] { return chromedp.KeyEvent(keys) }

// ctrlEnter is save and next.
func ctrlEnter() chromedp.Action[chromedp.Void] {
	return chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl))
}

// reach waits until the page that holds this is there and takes keys.
func reach(css string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS("body[data-ready] " + css))
}

// signIn opens the desk as that user, by keyboard.
func (w *window) signIn(base, user string) {
	w.t.Helper()
	w.do("sign "+user+" in", chromedp.Navigate(base+"/"), reach("#name"), press(user+kb.Tab+password+kb.Enter), reach(".me"))
}

// evaluate runs a script in the page and returns what it gives.
func evaluate[T any](w *window, script string) T {
	w.t.Helper()
	v, err := chromedp.Run(w.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		w.t.Fatalf("run a script in the page: %v", err)
	}
	return v
}

// screen is what a page is looked at with.
type screen struct {
	name, scheme  string
	width, height int64
}

var (
	wideLight  = screen{"wide", "light", 1280, 900}
	wideDark   = screen{"dark", "dark", 1280, 900}
	narrow     = screen{"narrow", "light", 360, 740}
	narrowDark = screen{"narrow-dark", "dark", 360, 740}
)

func (s screen) set() chromedp.Action[chromedp.Void] {
	return chromedp.Steps(chromedp.EmulateViewport(s.width, s.height), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: s.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	}))
}
