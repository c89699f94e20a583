package channels

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

const secret = "c2VjcmV0IG9mIHRoZSB0ZXN0cw=="

// now is when the tests take place.
var now = time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC)

func letter() interventions.Message {
	return interventions.Message{
		ID: 5, IdempotencyKey: "00c0ffee", Key: "7/offer/episode-9", Customer: 7, Household: 7, Treatment: "offer_message",
		Family: interventions.FamilyOffer, Channel: interventions.ChannelLetter, Purpose: interventions.PurposeRetention,
		State: interventions.MessageReady, To: "1 High Street", Name: "Ann Smith", Subject: "Something for you", Body: "Dear Ann",
		Zone: "Europe/London", WorthMinor: 4711, AsOf: now, CreatedAt: now, NotBefore: now, ExpiresAt: now.AddDate(0, 0, 7),
	}
}

// outbox reads what a printer would find: every file but those in the making.
func outbox(t *testing.T, folder string) []map[string]any {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]any
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]any
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatalf("%s is not whole: %v", f, err)
		}
		out = append(out, m)
	}
	return out
}

// What leaves says what to send to whom, and nothing of arms, worth or episodes.
func TestWhatLeaves(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "made", "on", "demand")
	receipt, err := File{folder}.Send(context.Background(), letter())
	if err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{{
		"key": "00c0ffee", "channel": "letter", "purpose": "retention", "to": "1 High Street", "name": "Ann Smith",
		"subject": "Something for you", "text": "Dear Ann", "made": now.Format(time.RFC3339),
	}}
	if diff := cmp.Diff(want, outbox(t, folder)); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Stat(filepath.Join(folder, receipt)); err != nil {
		t.Errorf("the receipt %q is not the file's name: %v", receipt, err)
	}
}

func TestFileOnceWhoeverWrites(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	// What a crash leaves behind: half a message under another name.
	if err := os.WriteFile(filepath.Join(folder, ".message-1234"), []byte(`{"key": "00c0`), 0o600); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		wg.Go(func() {
			m := letter()
			m.IdempotencyKey = []string{"a", "b"}[i%2]
			_, errs[i] = File{folder}.Send(context.Background(), m)
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if got := outbox(t, folder); len(got) != 2 {
		t.Errorf("%d files for two messages", len(got))
	}
	left, err := filepath.Glob(filepath.Join(folder, ".message-*"))
	if err != nil || len(left) != 1 {
		t.Errorf("files in the making: %v, %v", left, err)
	}
}

func TestFolderThatCannotBe(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (File{file}).Send(context.Background(), letter()); fault.Of(err) != fault.Unavailable {
		t.Errorf("%v, want an error that may pass", err)
	}
}

// receiver answers with a status and keeps what it was sent.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	bodies [][]byte
	heads  []http.Header
}

func newReceiver(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		text, err := io.ReadAll(q.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		r.bodies, r.heads = append(r.bodies, text), append(r.heads, q.Header.Clone())
		r.mu.Unlock()
		answer(w, q)
	}))
	t.Cleanup(r.Close)
	return r
}

func status(code int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func webhook(t *testing.T, address string) *Webhook {
	t.Helper()
	w, err := NewWebhook(address, secret, 5*time.Second, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// A receiver verifies us with the library that the standard publishes.
func TestSignature(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, status(http.StatusOK))
	if _, err := webhook(t, r.URL).Send(context.Background(), letter()); err != nil {
		t.Fatal(err)
	}
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := verifier.VerifyIgnoringTimestamp(r.bodies[0], r.heads[0]); err != nil {
		t.Errorf("the signature: %v", err)
	}
	if err := verifier.VerifyIgnoringTimestamp(append(r.bodies[0], ' '), r.heads[0]); err == nil {
		t.Error("the signature holds for another text too")
	}
	if got := r.heads[0].Get("webhook-timestamp"); got != "1773136800" {
		t.Errorf("webhook-timestamp is %s, not %d", got, now.Unix())
	}
	if got := r.heads[0].Get("webhook-id"); got != "00c0ffee" {
		t.Errorf("webhook-id is %q, not the idempotency key", got)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]fault.Kind{
		200: 0, 202: 0, 204: 0, 302: fault.Invalid, 307: fault.Invalid, 400: fault.Invalid, 401: fault.Invalid, 404: fault.Invalid,
		408: fault.Unavailable, 410: fault.Invalid, 422: fault.Invalid, 429: fault.Unavailable, 500: fault.Unavailable, 503: fault.Unavailable,
	} {
		r := newReceiver(t, func(w http.ResponseWriter, q *http.Request) {
			if q.URL.Path == "/elsewhere" {
				return // who follows is told that all is well
			}
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(code)
		})
		_, err := webhook(t, r.URL).Send(context.Background(), letter())
		if (err == nil) != (want == 0) || (err != nil && fault.Of(err) != want) || errors.Is(err, ErrUnclear) {
			t.Errorf("%d: %v, want kind %v", code, err, want)
		}
		if len(r.bodies) != 1 {
			t.Errorf("%d: %d calls", code, len(r.bodies))
		}
	}
}

// A call that may have arrived is told from one that cannot have, and no
// message names the address, which may hold a token.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	hangsUp := newReceiver(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	hangsUp.Config.ErrorLog = nil
	closed := httptest.NewServer(nil)
	closed.Close()
	for address, unclear := range map[string]bool{hangsUp.URL + "/?token=hush": true, closed.URL + "/?token=hush": false} {
		_, err := webhook(t, address).Send(context.Background(), letter())
		if fault.Of(err) != fault.Unavailable || errors.Is(err, ErrUnclear) != unclear || strings.Contains(err.Error(), "hush") {
			t.Errorf("%v, want it unclear: %v", err, unclear)
		}
	}
}

func TestNewWebhookRefusals(t *testing.T) {
	t.Parallel()
	for want, c := range map[string][2]string{
		"channels.url: name the address":    {"", secret},
		"set HOLDFAST_WEBHOOK_SECRET to":    {"https://example.com", ""},
		"HOLDFAST_WEBHOOK_SECRET is not ba": {"https://example.com", "no base64!"},
	} {
		_, err := NewWebhook(c[0], c[1], time.Second, time.Now)
		if fault.Of(err) != fault.Invalid || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "no base64!") {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Config){
		`carriers: "phone" is not a channel for messages`: func(c *Config) { c.Carriers["phone"] = CarrierFile },
		`carriers.email: there is no carrier "pigeon"`:    func(c *Config) { c.Carriers["email"] = "pigeon" },
		`carriers.letter: a webhook needs an address`:     func(c *Config) { c.Carriers["letter"] = CarrierWebhook },
		`folder: name a folder`:                           func(c *Config) { c.Folder = "" },
		`url: "example.com" is not an http`:               func(c *Config) { c.URL = "example.com" },
		`url: "ftp://example.com" is not an http`:         func(c *Config) { c.URL = "ftp://example.com" },
		`timeout: 0s is outside`:                          func(c *Config) { c.Timeout = 0 },
		`give_up_after: 0s is outside 1h to 168h`:         func(c *Config) { c.GiveUpAfter = 0 },
		`give_up_after: 59m0s is outside`:                 func(c *Config) { c.GiveUpAfter = 59 * time.Minute },
		`give_up_after: 169h0m0s is outside`:              func(c *Config) { c.GiveUpAfter = 169 * time.Hour },
	} {
		c := DefaultConfig()
		change(&c)
		if err := c.Validate(); fault.Of(err) != fault.Invalid || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestNewCarriers(t *testing.T) {
	t.Parallel()
	got, err := DefaultConfig().NewCarriers(time.Now, nil)
	if err != nil || len(got) != 2 || got[interventions.ChannelLetter] != (File{"outbox"}) {
		t.Errorf("%v, %v: want files for e-mail and letters, and no webhook without an address", got, err)
	}
	c := DefaultConfig()
	c.URL = "https://example.com"
	if _, err := c.NewCarriers(time.Now, nil); fault.Of(err) != fault.Invalid {
		t.Errorf("a webhook without a secret: %v", err)
	}
	c.Secret = secret
	if got, err := c.NewCarriers(time.Now, nil); err != nil || len(got) != 3 || !got[interventions.ChannelWebhook].Repeatable() {
		t.Errorf("%v, %v", got, err)
	}
}
