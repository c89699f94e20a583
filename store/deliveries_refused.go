package store

import (
	"context"
	"time"

	"holdfast/interventions"
)

// Refused are the messages of a channel that its receiver refused for good, of
// those that were tried since an instant.
type Refused struct {
	Channel  interventions.Channel
	Messages int
	Tried    int       // with those taken, and those that wait for another try
	Last     time.Time // that one was refused
	Error    string    // of the last
}

// Most says whether so many were refused that it is not a matter of single
// addresses.
func (r Refused) Most() bool { return r.Messages >= 3 && 2*r.Messages >= r.Tried }

// RefusedMessages counts the messages that were tried since an instant and refused for
// good, by channel; without those that none was refused of.
//
// web: for the operator's page, and for the doctor.
func (s *Store) RefusedMessages(ctx context.Context, since time.Time) (list []Refused, err error) {
	err = s.read(ctx, "count the messages that were refused", func(t *tx) error {
		for _, channel := range []interventions.Channel{interventions.ChannelEmail, interventions.ChannelLetter, interventions.ChannelWebhook} {
			r, err := refusedOf(t, channel, micros(since))
			if err != nil {
				return err
			}
			if r.Messages > 0 {
				list = append(list, r)
			}
		}
		return nil
	})
	return list, err
}

func refusedOf(t *tx, channel interventions.Channel, since int64) (Refused, error) {
	const tried = ` FROM deliveries d LEFT JOIN messages m ON m.idempotency_key = d.key AND m.state = 'failed' AND d.state = 'failed'
		WHERE d.channel = ? AND d.began_at >= ?`
	r := Refused{Channel: channel}
	err := t.each(`SELECT COUNT(*), COUNT(m.id)`+tried, []any{string(channel), since}, func(row scanner) error {
		return row.Scan(&r.Tried, &r.Messages)
	})
	if err != nil || r.Messages == 0 {
		return r, err
	}
	err = t.each(`SELECT d.ended_at, d.error`+tried+` AND m.id IS NOT NULL ORDER BY d.began_at DESC LIMIT 1`, []any{string(channel), since}, func(row scanner) error {
		var last int64
		err := row.Scan(&last, &r.Error)
		r.Last = instant(last)
		return err
	})
	return r, err
}
