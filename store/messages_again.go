package store

import (
	"encoding/json"
	"fmt"

	"holdfast/channels"
	"holdfast/interventions"
	"holdfast/queue"
)

// deliverJob is the kind of the jobs that send one message.
const deliverJob = "deliver"

// delivers returns which message a delivery's job sends.
func delivers(j queue.Job) (int64, error) {
	var p deliverPayload
	if err := json.Unmarshal(j.Payload, &p); err != nil {
		return 0, fmt.Errorf("read which message job %d delivers: %w", j.ID, err)
	}
	return p.Message, nil
}

// sendAgain brings the message of a delivery's job back, of which nobody could
// tell whether it arrived: a person has asked, and it did not.
func sendAgain(t *tx, j queue.Job) error {
	message, err := delivers(j)
	if err != nil {
		return err
	}
	var bodies []string
	if err := t.list(&bodies, `SELECT body FROM messages WHERE id = ? AND state = ?`, message, string(interventions.MessageUnknown)); err != nil || len(bodies) == 0 {
		return err // it is as it was before its try
	}
	m, err := readMessage(bodies[0])
	if err != nil {
		return err
	}
	m.State, m.Reason = interventions.MessageReady, ""
	if changed, err := updateMessage(t, &m, interventions.MessageUnknown); err != nil || !changed {
		return err
	}
	if _, err := t.exec(`UPDATE deliveries SET state = ? WHERE key = ? AND state = ?`,
		string(channels.Refused), m.IdempotencyKey, string(channels.Unclear)); err != nil {
		return err
	}
	return uncontact(t, &m)
}

// uncontact takes back the contact that a message which did not arrive was
// counted as. R8's key stays that of begun work.
func uncontact(t *tx, m *interventions.Message) error {
	work := interventions.WorkOf(0, m.ID)
	if _, err := t.exec(`UPDATE sealed_exposures SET contacted = 0 WHERE customer = ? AND treatment = ?
		AND contacted IN (SELECT at FROM own_contacts WHERE work = ?)`, int64(m.Customer), m.Treatment, work); err != nil {
		return err
	}
	_, err := t.exec(`DELETE FROM own_contacts WHERE work = ?`, work)
	return err
}
