package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

const messageColumns = `id, publication, work_key, idempotency_key, customer, household, partition, treatment, family, state, ghost,
	waiting, milestone, not_before, expires_at, created_at, sent_at, passed_at, body`

func messageRow(m *interventions.Message) ([]any, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("write message %d: %w", m.ID, err)
	}
	return []any{
		int64(m.ID), int64(m.Publication), m.Key, m.IdempotencyKey, int64(m.Customer), int64(m.Household), m.Partition,
		m.Treatment, string(m.Family), string(m.State), boolean(m.Ghost), boolean(waiting(m)), m.Milestone,
		microsOrZero(m.NotBefore), expiry(m.ExpiresAt), microsOrZero(m.CreatedAt), microsOrZero(m.SentAt),
		microsOrZero(m.PassedAt), string(body),
	}, nil
}

// waiting says whether a message's turn has still to come.
func waiting(m *interventions.Message) bool {
	return m.State == interventions.MessageReady || m.State == interventions.MessageGhost
}

// begun says whether R8 counts a message as started: it left, its ghost
// passed, or nobody can tell.
func begun(m *interventions.Message) bool {
	return !m.SentAt.IsZero() || !m.PassedAt.IsZero() || m.State == interventions.MessageSent || m.State == interventions.MessageUnknown
}

// DueMessages returns released messages, ghosts among them, whose turn it is,
// the longest due first.
func (s *Store) DueMessages(ctx context.Context, now time.Time, limit int) (due []interventions.Message, err error) {
	err = s.read(ctx, "read the messages that are due", func(t *tx) error {
		var bodies []string
		err := t.list(&bodies, `SELECT t.body FROM messages t WHERE t.waiting = 1 AND t.not_before <= ? AND `+released+`
			ORDER BY t.not_before, t.id LIMIT ?`, micros(now), limit)
		if err != nil {
			return err
		}
		due = make([]interventions.Message, len(bodies))
		for i, body := range bodies {
			if due[i], err = readMessage(body); err != nil {
				return err
			}
		}
		return nil
	})
	return due, err
}

func readMessage(body string) (m interventions.Message, err error) {
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return m, fmt.Errorf("read a message: %w", err)
	}
	return m, nil
}

// Message returns one released message for its delivery, ghosts too: they are
// stamped as passed where others leave. NotFound for a message that is not
// there or whose list is not released.
//
// Sealed: only the handler of deliver jobs may call it.
func (s *Store) Message(ctx context.Context, id interventions.MessageID) (m interventions.Message, err error) {
	err = s.read(ctx, fmt.Sprintf("read message %d", id), func(t *tx) error {
		var body string
		err := t.get(&body, `SELECT t.body FROM messages t WHERE t.id = ? AND `+released, int64(id))
		err = found(err, "there is no message %d", id)
		if err != nil {
			return err
		}
		m, err = readMessage(body)
		return err
	})
	return m, err
}

// MessageByKey returns the message with an idempotency key that left, or may
// have: NotFound for any other, ghosts among them.
func (s *Store) MessageByKey(ctx context.Context, key string) (m interventions.Message, err error) {
	err = s.read(ctx, "read a message", func(t *tx) error {
		var body string
		err := t.get(&body, `SELECT t.body FROM messages t WHERE t.idempotency_key = ? AND t.ghost = 0
			AND t.state IN ('sent', 'unknown', 'failed') ORDER BY t.sent_at DESC, t.id LIMIT 1`, key)
		err = found(err, "that message is not known any more")
		if err != nil {
			return err
		}
		m, err = readMessage(body)
		return err
	})
	return m, err
}

// SaveMessage persists the message's new state and what follows, if its state
// is still from, else Conflict: the facts, R8's key, and with a stamp the
// contact that gates count and the exposure's first contact.
func (s *Store) SaveMessage(
	ctx context.Context, from interventions.MessageState, m interventions.Message,
	facts []history.Fact, stamp *interventions.ExposureStamp,
) error {
	return s.write(ctx, small, fmt.Sprintf("save message %d", m.ID), func(t *tx) error {
		changed, err := updateMessage(t, &m, from)
		if err != nil {
			return err
		}
		if !changed {
			return fault.New(fault.Conflict, "message %d is not %s any more", m.ID, from)
		}
		if err := keepKey(t, m.Key, 0, int64(m.ID), waiting(&m), begun(&m)); err != nil {
			return err
		}
		if err := recordAsStamped(t, facts, m.SentAt); err != nil {
			return err
		}
		if stamp == nil {
			return nil
		}
		if err := saveMessageContact(t, &m, stamp.At); err != nil {
			return err
		}
		return stampExposures(t, []interventions.ExposureStamp{*stamp})
	})
}

// updateMessage writes a message's new state and says whether it was in from.
func updateMessage(t *tx, m *interventions.Message, from interventions.MessageState) (bool, error) {
	row, err := messageRow(m)
	if err != nil {
		return false, err
	}
	n, err := t.exec(`UPDATE messages SET state = ?, waiting = ?, not_before = ?, sent_at = ?, passed_at = ?, body = ?
		WHERE id = ? AND state = ?`, row[9], row[11], row[13], row[16], row[17], row[18], int64(m.ID), string(from))
	return n == 1, err
}

// recordAsStamped records facts as known since they say, or since now.
func recordAsStamped(t *tx, facts []history.Fact, now time.Time) error {
	for i := 0; i < len(facts); {
		at := facts[i].Recorded
		j := i + 1
		for j < len(facts) && facts[j].Recorded.Equal(at) {
			j++
		}
		if at.IsZero() {
			at = now
		}
		if err := recordFacts(t, at, facts[i:j]); err != nil {
			return err
		}
		i = j
	}
	return nil
}
