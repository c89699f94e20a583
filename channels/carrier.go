package channels

import (
	"context"
	"encoding/json"
	"time"

	"holdfast/interventions"
)

// Carrier hands a message to the outside. The receipt is the receiver's word
// for it. An error of kind Unavailable may be tried again; Invalid is final, and
// with ErrNoAddress for the address too; ErrUnclear means that nobody can tell
// whether the message arrived.
type Carrier interface {
	Send(ctx context.Context, m interventions.Message) (receipt string, err error)
	// Repeatable says whether the receiver takes the same idempotency key once,
	// so that an unclear call may simply be made again.
	Repeatable() bool
}

// body is what a receiver gets: nothing in it tells an arm, and the key is the
// same however often it is sent.
type body struct {
	Key     string    `json:"key"`
	Channel string    `json:"channel"`
	Purpose string    `json:"purpose"`
	To      string    `json:"to,omitempty"`
	Name    string    `json:"name"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	Made    time.Time `json:"made"`
}

func encode(m interventions.Message) ([]byte, error) {
	return json.MarshalIndent(body{
		Key: m.IdempotencyKey, Channel: string(m.Channel), Purpose: string(m.Purpose),
		To: m.To, Name: m.Name, Subject: m.Subject, Text: m.Body, Made: m.CreatedAt.UTC(),
	}, "", "  ")
}
