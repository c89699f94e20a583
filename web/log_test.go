package web_test

import (
	"bytes"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"holdfast/internal/fault"
	"holdfast/web"
)

// TestLogsHoldNoSecretsAndNobody: every page and every address of the API, while
// all is well and while the database is away, with everything written down that
// can be: no password, token, cookie, name, number or note is in the log.
func TestLogsHoldNoSecretsAndNobody(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := newWorld(t, busy, func(w *world) {
		w.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	b, secret := w.as(t, "adm"), w.token(t, "adm")
	for _, broken := range []error{nil, fault.New(fault.Unavailable, "the database went away")} {
		w.broken = broken
		if broken == nil {
			crawl(b)
		}
		for _, r := range web.Routes() {
			if method, path := filled(r.Pattern); method == "GET" && !strings.HasSuffix(path, ".csv") { // exports are cut off
				b.get(path)
			}
		}
		for pattern := range apiTable {
			method, path, body := filledAPI(pattern)
			if pattern == "GET /api/v1/risk.csv" && broken != nil {
				continue // it is cut off
			}
			w.call(t, secret, method, path, body, "Idempotency-Key", "key of a call "+pattern)
		}
		b.post("/tasks/1001/save", url.Values{"note": {"she is at 07700 900123, ask for Priya Natarajan"}, "disposition": {"nonsense"}})
		b.get("/inbound?q=Natarajan")
		b.get("/risk?text=Natarajan")
		w.browser(t).post("/sign-in", url.Values{"name": {"ann"}, "password": {"a wrong password"}})
	}
	text := log.String()
	if !strings.Contains(text, "the database went away") {
		t.Fatalf("the log holds no failures: %q", text)
	}
	at, err := url.Parse(w.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	banned := []string{
		secret, password, passwordHash(), "a wrong password", "Natarajan", "Smith", "O’Connor", "07700", "ask for", "last bill", "key of a call",
	}
	for _, c := range b.http.Jar.Cookies(at) {
		banned = append(banned, c.Value)
	}
	for _, word := range banned {
		if word != "" && strings.Contains(text, word) {
			i := strings.Index(text, word)
			t.Errorf("the log holds %q: …%s…", word, text[max(0, i-120):min(len(text), i+60)])
		}
	}
}
