package channels

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"holdfast/internal/fault"
)

const eventSecret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // of the Standard Webhooks examples

// TestEventsAreSigned: the library that receivers use takes what is posted, and
// nothing that was changed on the way or is old.
func TestEventsAreSigned(t *testing.T) {
	t.Parallel()
	verifier, err := standardwebhooks.NewWebhook(eventSecret)
	if err != nil {
		t.Fatal(err)
	}
	answer, got := http.StatusNoContent, make(chan Event, 9)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = verifier.Verify(body, r.Header)
		}
		if err == nil && verifier.Verify(append(slices.Clone(body), ' '), r.Header) == nil {
			t.Error("a changed body is taken")
		}
		var e Event
		if err == nil {
			err = json.Unmarshal(body, &e)
		}
		if err != nil || r.Header.Get("webhook-id") != "evt_7" {
			t.Errorf("%v, id %q: %s", err, r.Header.Get("webhook-id"), body)
		}
		got <- e
		w.WriteHeader(answer)
	}))
	defer server.Close()
	due := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	event := Event{Type: PromiseDue, At: due, Data: EventData{Promise: 4, Task: 5, Customer: 6, DueAt: &due}}
	c := DefaultConfig()
	c.Secret = eventSecret
	to := Subscriber{Name: "crm", URL: server.URL}
	tell := func() error { return c.Tell(context.Background(), to, "evt_7", event, time.Now) }
	if err := tell(); err != nil {
		t.Fatal(err)
	}
	if e := <-got; e.Type != PromiseDue || e.Data.Promise != 4 || !e.Data.DueAt.Equal(due) {
		t.Errorf("received %+v", e)
	}
	for status, kind := range map[int]fault.Kind{500: fault.Unavailable, 429: fault.Unavailable, 410: fault.Invalid, 404: fault.Invalid, 302: fault.Invalid} {
		answer = status
		if err := tell(); fault.Of(err) != kind {
			t.Errorf("answered %d: %v, want %s", status, err, kind)
		}
		<-got
	}
	c.Secret = ""
	if err := tell(); fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), EnvironmentSecret) {
		t.Errorf("without a secret: %v", err)
	}
}

// TestNoEventTellsAnArm: nothing that can be posted has a place for an arm.
func TestNoEventTellsAnArm(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	text, err := json.Marshal(Event{Data: EventData{1, 2, 3, 4, "retention_call", "no_answer", &at, &at, "no purchase in 180 days"}})
	if err != nil {
		t.Fatal(err)
	}
	if word := regexp.MustCompile(`(?i)ghost|holdout|propensity|arm|risk|held`).Find(text); word != nil {
		t.Errorf("an event says %q: %s", word, text)
	}
}

func TestSubscribersAreChecked(t *testing.T) {
	t.Parallel()
	good := Subscriber{Name: "crm", URL: "https://crm.example.com/in", Events: []EventType{TaskDone}}
	for want, list := range map[string][]Subscriber{
		"":                         {good},
		"two are named":            {good, good},
		"no http or https address": {{Name: "x", URL: "ftp://x"}},
		"give each a name":         {{URL: good.URL}},
		"there is no event":        {{Name: "x", URL: good.URL, Events: []EventType{"task.finished"}}},
	} {
		c := DefaultConfig()
		c.Subscribers = list
		if err := c.Validate(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if !good.Wants(TaskDone) || good.Wants(TaskReady) || !(Subscriber{}).Wants(TaskReady) {
		t.Error("a subscriber is told of what it did not ask for, or not of all")
	}
}
