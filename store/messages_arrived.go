package store

import (
	"context"
	"time"

	"holdfast/channels"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/queue"
)

// Leave marks a message as having left at an instant, and says what is recorded
// with it; it is interventions.Policy.Sent.
type Leave func(m interventions.Message, at time.Time) (interventions.Message, []history.Fact, interventions.ExposureStamp)

// SettleJob ends a job of unknown outcome as done, because a person found that
// its effect took place: nothing is sent, and the message of a delivery has left
// as of its call. Conflict in any other state, NotFound without such a job.
//
// web: from the jobs that wait for a person.
// manual: by holdfast job settle.
func (s *Store) SettleJob(ctx context.Context, id int64, now time.Time, leave Leave) error {
	return s.writeUnfenced(ctx, small, "settle job", func(t *tx) error {
		at, err := s.clock(t, now)
		if err != nil {
			return err
		}
		n, err := t.exec(`UPDATE jobs SET state = 'done', done_at = ? WHERE id = ? AND state = 'unknown'`, at, id)
		if err != nil {
			return err
		}
		j, err := findJob(t, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "job %s is %s: only what is unknown is settled", j.Key, j.State)
		}
		if j.Kind != deliverJob {
			return nil
		}
		return arrived(t, j, now, leave)
	})
}

// arrived marks the message of a delivery as sent when its call was made, if it
// still waits for a person to say so.
func arrived(t *tx, j queue.Job, now time.Time, leave Leave) error {
	message, err := delivers(j)
	if err != nil {
		return err
	}
	var rows []struct {
		Body  string
		Began int64
	}
	// Before 0126 a message whose tries were over stayed ready, and a gate ended it
	// though it may have arrived.
	if err := t.list(&rows, `SELECT m.body, d.began_at AS began FROM messages m JOIN deliveries d ON d.key = m.idempotency_key
		WHERE m.id = ? AND m.state IN ('unknown', 'ready', 'blocked', 'expired') AND d.state IN (?, ?)`, message,
		string(channels.Unclear), string(channels.Calling)); err != nil || len(rows) == 0 {
		return err
	}
	m, err := readMessage(rows[0].Body)
	if err != nil {
		return err
	}
	from := m.State
	m, facts, stamp := leave(m, instant(rows[0].Began))
	for i := range facts { // known from now on, whenever it happened
		facts[i].Recorded = now.UTC()
	}
	if changed, err := updateMessage(t, &m, from); err != nil || !changed {
		return err
	}
	if err := keepKey(t, m.Key, 0, int64(m.ID), waiting(&m), begun(&m)); err != nil {
		return err
	}
	if err := recordAsStamped(t, facts, now); err != nil {
		return err
	}
	if err := saveMessageContact(t, &m, stamp.At); err != nil {
		return err
	}
	if err := stampExposures(t, []interventions.ExposureStamp{stamp}); err != nil {
		return err
	}
	return t.one("settle delivery "+m.IdempotencyKey, `UPDATE deliveries SET state = ?, ended_at = ?, receipt = ? WHERE key = ?`,
		string(channels.Arrived), micros(now), "a person found that it arrived", m.IdempotencyKey)
}

// saveMessageContact lets gates count a message as the contact it was, or the
// one that its ghost mirrors.
func saveMessageContact(t *tx, m *interventions.Message, at time.Time) error {
	return saveContact(t, ownContact{
		work: interventions.WorkOf(0, m.ID), n: 1, household: m.Household, customer: m.Customer, partition: m.Partition,
		at: at, channel: string(m.Channel), purpose: string(m.Purpose), reached: true,
	})
}
