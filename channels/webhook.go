package channels

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// ErrUnclear marks a call whose answer never came: the message may have
// arrived.
var ErrUnclear = errors.New("no answer came, so nobody can tell whether it arrived")

// Webhook posts each message as JSON, signed by the Standard Webhooks rules,
// with the idempotency key as webhook-id.
type Webhook struct {
	URL    string
	Signer *standardwebhooks.Webhook
	Client *http.Client
	Now    func() time.Time
}

// NewWebhook makes a webhook carrier; the secret is base64.
func NewWebhook(address, secret string, timeout time.Duration, now func() time.Time) (*Webhook, error) {
	if address == "" {
		return nil, fault.New(fault.Invalid, "channels.url: name the address that webhooks are posted to")
	}
	if secret == "" {
		return nil, fault.New(fault.Invalid, "set %s to the base64 key that webhooks are signed with", EnvironmentSecret)
	}
	signer, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%s is not base64: %w", EnvironmentSecret, err)
	}
	client := &http.Client{
		Timeout: timeout,
		// Following would turn the POST into a GET that delivers nothing.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Webhook{address, signer, client, now}, nil
}

// Repeatable is true: receivers of Standard Webhooks take a webhook-id once.
func (*Webhook) Repeatable() bool { return true }

// Send posts the message. 2xx is taken; 408, 429 and 5xx may be tried again, and
// so may a call without an answer; redirections, 410 and every other 4xx are
// final.
func (w *Webhook) Send(ctx context.Context, m interventions.Message) (string, error) {
	text, err := encode(m)
	if err != nil {
		return "", fmt.Errorf("encode message %d: %w", m.ID, err)
	}
	return w.post(ctx, m.IdempotencyKey, text)
}

// post makes one signed call and returns the status it was answered with.
func (w *Webhook) post(ctx context.Context, id string, body []byte) (string, error) {
	now := w.Now()
	signature, err := w.Signer.Sign(id, now, body)
	if err != nil {
		return "", fmt.Errorf("sign webhook %s: %w", id, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return "", fault.New(fault.Invalid, "post webhook %s: %w", id, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("webhook-id", id)
	req.Header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("webhook-signature", signature)
	resp, err := w.Client.Do(req)
	if err != nil {
		return "", w.failed(err)
	}
	// The status is the answer: what is read of the body only keeps the
	// connection usable.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	_ = resp.Body.Close()
	return resp.Status, w.answered(resp.StatusCode)
}

func (w *Webhook) failed(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // without the address, which may hold a token
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return fault.New(fault.Unavailable, "the webhook receiver cannot be reached: %w", err) // nothing was sent
	}
	return fault.As(fault.Unavailable, fmt.Errorf("the webhook receiver does not answer: %w (%w)", err, ErrUnclear))
}

func (w *Webhook) answered(status int) error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500:
		return fault.New(fault.Unavailable, "the webhook receiver answered %d", status)
	}
	return fault.New(fault.Invalid, "the webhook receiver refused the message with %d", status)
}
