package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/interventions"
)

// What comes back from messages that left: one click objects at once, opening
// the link does not, a link of nobody's is refused, and an address that does
// not exist is not used again.
func (b *business) messagesComeBack(t *testing.T, now func() time.Time) {
	t.Helper()
	p := &program{Surroundings: Surroundings{Stdout: io.Discard, Stderr: io.Discard, Getenv: func(string) string { return "" }, Now: now}, configPath: b.path("holdfast.yaml"), quiet: true}
	a, err := p.open(t.Context(), writes)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // the test looks at the database
	h, err := a.handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	type sent struct {
		ID             int64
		IdempotencyKey string `db:"idempotency_key"`
		Customer       int64
	}
	messages := list[sent](t, b.database(t), `SELECT id, idempotency_key, customer FROM messages WHERE state = 'sent' AND body LIKE '%%"Channel":"email"%%' ORDER BY id LIMIT 2`)
	if len(messages) < 2 {
		t.Fatalf("%d e-mails left", len(messages))
	}
	get := func(path string) (int, string) {
		resp, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close() //nolint:errcheck // read whole
		text, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(text)
	}
	first, err := a.store.Message(t.Context(), interventions.MessageID(messages[0].ID))
	if err != nil {
		t.Fatal(err)
	}
	known := func(id int64) interventions.Known {
		k, err := a.store.Known(t.Context(), history.CustomerID(id), now())
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	before := len(known(messages[0].Customer).Consents)
	token := a.policy.UnsubscribeToken(&first)
	if code, text := get("/unsubscribe/" + token); code != 200 || !strings.Contains(text, "No more messages") || len(known(messages[0].Customer).Consents) != before {
		t.Errorf("opening the link: %d, or it objected: %s", code, text)
	}
	if code, _ := get("/unsubscribe/" + strings.Repeat("0", len(token))); code != 404 {
		t.Errorf("a link of nobody's: %d", code)
	}
	for range 2 { // as a mailbox does it, once and again
		resp, err := http.PostForm(server.URL+"/unsubscribe/"+token, url.Values{"List-Unsubscribe": {"One-Click"}})
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != 200 || len(resp.Cookies()) != 0 {
			t.Errorf("one click: %d, cookies %v", resp.StatusCode, resp.Cookies())
		}
	}
	k := known(messages[0].Customer)
	_, closed := a.policy.Gates(interventions.Ask{Treatment: a.policy.Treatment(first.Treatment), Moment: interventions.AtSend, Key: "another"}, &k, &interventions.Facts{})
	if len(k.Consents) != before+3 || len(closed) == 0 || closed[0].Gate != interventions.GateConsent {
		t.Errorf("after one click: %d consents, closed gates %v", len(k.Consents), closed)
	}

	report := strings.ReplaceAll(fmt.Sprintf(`To: bounce+%s@example.com
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx

Action: failed
Status: 5.1.1

--b--
`, messages[1].IdempotencyKey), "\n", "\r\n")
	for _, want := range []string{"failed; the address is not used again", "known before"} {
		if done, err := (mailbox{a}).Returned(t.Context(), []byte(report), now()); err != nil || done != want {
			t.Errorf("returned mail: %q, %v; want %q", done, err, want)
		}
	}
	for _, at := range known(messages[1].Customer).Points {
		if at.Channel == "email" {
			t.Errorf("the address that does not exist is still valid: %+v", at)
		}
	}

	// What the mail server says of an address itself is written down.
	d, err := a.deliverer()
	if err == nil {
		err = d.NoAddress(t.Context(), first, "refused with 550 5.1.1")
	}
	if n := count(t, b.database(t), "SELECT COUNT(*) FROM audit WHERE what = 'give up an address' AND who = 'system' AND subject = 'customer %d' AND detail = 'refused with 550 5.1.1'", first.Customer); err != nil || n != 1 {
		t.Errorf("%d entries of an address that was given up, %v", n, err)
	}

	// An objection to profiling takes the risk off the card at once.
	id := history.CustomerID(messages[1].Customer)
	objection := history.Fact{Stamp: history.Stamp{Customer: id, Ref: 4711, Occurred: now()}, Kind: history.FactConsent, Body: history.Consent{Purpose: history.PurposeProfiling}}
	if f, err := (customers{a}).File(t.Context(), id, now().Add(time.Minute)); err != nil || f.Excluded != "" {
		t.Errorf("before the objection: %q, %v", f.Excluded, err)
	}
	if err := a.store.RecordFacts(t.Context(), now(), []history.Fact{objection}); err != nil {
		t.Fatal(err)
	}
	if f, err := (customers{a}).File(t.Context(), id, now().Add(time.Minute)); err != nil || f.Excluded != "objects to profiling" {
		t.Errorf("after the objection: %q, %v", f.Excluded, err)
	}
}
