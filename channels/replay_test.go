package channels

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// TestOldAndForgedWebhooksAreRefused: what a receiver is told to check
// (docs/security.md) refuses what of ours was recorded and is sent again more
// than the five minutes of the Standard Webhooks rules later, and what
// somebody without the key makes of it.
func TestOldAndForgedWebhooksAreRefused(t *testing.T) {
	t.Parallel()
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]struct {
		away time.Duration // of the sender's clock from the receiver's
		want error
	}{
		"now":             {0, nil},
		"four minutes":    {-4 * time.Minute, nil},
		"ahead a little":  {4 * time.Minute, nil},
		"six minutes old": {-6 * time.Minute, standardwebhooks.ErrMessageTooOld},
		"a day old":       {-24 * time.Hour, standardwebhooks.ErrMessageTooOld},
		"of later":        {6 * time.Minute, standardwebhooks.ErrMessageTooNew},
	} {
		r := newReceiver(t, status(http.StatusOK))
		w, err := NewWebhook(r.URL, secret, 5*time.Second, func() time.Time { return time.Now().Add(at.away) })
		if err != nil {
			t.Fatal(err)
		}
		c := DefaultConfig()
		c.Secret = secret
		_, sent := w.Send(context.Background(), letter())
		told := c.Tell(context.Background(), Subscriber{Name: "crm", URL: r.URL}, "evt_7", Event{Type: PromiseDue}, w.Now)
		if sent != nil || told != nil || len(r.bodies) != 2 {
			t.Fatalf("%s: %v, %v, %d calls", name, sent, told, len(r.bodies))
		}
		for i, body := range r.bodies {
			if err := verifier.Verify(body, r.heads[i]); !errors.Is(err, at.want) {
				t.Errorf("%s, call %d: %v, want %v", name, i, err, at.want)
			}
		}
		if at.want == nil {
			forge(t, verifier, r.bodies[0], r.heads[0])
		}
	}
}

// forge changes one thing of a good call at a time.
func forge(t *testing.T, verifier *standardwebhooks.Webhook, body []byte, head http.Header) {
	t.Helper()
	stranger, err := standardwebhooks.NewWebhookRaw([]byte("a key that is not ours"))
	if err != nil {
		t.Fatal(err)
	}
	id, now := head.Get("webhook-id"), time.Now()
	signed, err := stranger.Sign(id, now, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(http.Header){
		"another id":             func(h http.Header) { h.Set("webhook-id", id+"0") },
		"a newer timestamp":      func(h http.Header) { h.Set("webhook-timestamp", "4000000000") },
		"no timestamp":           func(h http.Header) { h.Del("webhook-timestamp") },
		"no signature":           func(h http.Header) { h.Del("webhook-signature") },
		"a stranger's signature": func(h http.Header) { h.Set("webhook-signature", signed) },
		"another version":        func(h http.Header) { h.Set("webhook-signature", "v2"+h.Get("webhook-signature")[2:]) },
	} {
		h := head.Clone()
		change(h)
		if verifier.Verify(body, h) == nil || verifier.VerifyIgnoringTimestamp(body, h) == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if verifier.Verify(append(body[:len(body):len(body)], '\n'), head) == nil {
		t.Error("another body is taken")
	}
}
