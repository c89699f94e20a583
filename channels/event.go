package channels

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"holdfast/internal/fault"
)

// EventType names something that other systems may be told of.
type EventType string

// The events. None of them tells an arm: of work they name what the desk shows,
// of customers what is true of all alike.
const (
	TaskReady           EventType = "task.ready"           // a task of a released list can be worked
	TaskDone            EventType = "task.done"            // it has its last disposition
	PromiseDue          EventType = "promise.due"          // a promise or call-back is due and still open
	PublicationReleased EventType = "publication.released" // a list was released
	SaveClaimed         EventType = "save.claimed"         // an agent says that a customer stays
	CustomerLeft        EventType = "customer.left"        // who was in the population has left by the definition
)

// EventTypes lists all of them.
var EventTypes = []EventType{TaskReady, TaskDone, PromiseDue, PublicationReleased, SaveClaimed, CustomerLeft}

// Subscriber is another system that is told of events.
type Subscriber struct {
	Name   string      `yaml:"name"`
	URL    string      `yaml:"url"`
	Events []EventType `yaml:"events"` // none means all
}

// Wants says whether the subscriber is told of an event.
func (s Subscriber) Wants(t EventType) bool {
	return len(s.Events) == 0 || slices.Contains(s.Events, t)
}

func (s Subscriber) validate() error {
	if s.Name == "" || len(s.Name) > 40 {
		return fault.New(fault.Invalid, "subscribers: give each a name of 1 to 40 letters")
	}
	if u, err := url.Parse(s.URL); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return fault.New(fault.Invalid, "subscribers: %s has no http or https address under url", s.Name)
	}
	for _, e := range s.Events {
		if !slices.Contains(EventTypes, e) {
			return fault.New(fault.Invalid, "subscribers: there is no event %q; choose of %v", e, EventTypes)
		}
	}
	return nil
}

// Event is something that happened, as it is posted: the payload that the
// Standard Webhooks rules describe.
type Event struct {
	Type EventType `json:"type"`
	At   time.Time `json:"timestamp"`
	Data EventData `json:"data"`
}

// EventData names what an event is about, by ids: who may read more asks the API.
type EventData struct {
	Publication int64      `json:"publication,omitempty"`
	Task        int64      `json:"task,omitempty"`
	Customer    int64      `json:"customer,omitempty"`
	Promise     int64      `json:"promise,omitempty"`
	Treatment   string     `json:"treatment,omitempty"`
	Disposition string     `json:"disposition,omitempty"`
	DueAt       *time.Time `json:"due_at,omitempty"`
	AsOf        *time.Time `json:"as_of,omitempty"`
	Why         string     `json:"why,omitempty"`
}

// Tell posts an event to a subscriber, signed, under an id that stays the same
// however often it is told. It fails as Send does.
func (c Config) Tell(ctx context.Context, to Subscriber, id string, e Event, now func() time.Time) error {
	w, err := NewWebhook(to.URL, c.Secret, c.Timeout, now)
	if err != nil {
		return fmt.Errorf("tell %s: %w", to.Name, err)
	}
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode event %s: %w", id, err)
	}
	if _, err := w.post(ctx, id, body); err != nil {
		return fmt.Errorf("tell %s of %s: %w", to.Name, e.Type, err)
	}
	return nil
}
