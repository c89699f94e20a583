package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"holdfast/channels"
	"holdfast/history"
	"holdfast/interventions"
	"holdfast/queue"
)

type deliveryRow struct {
	Channel  string `db:"channel"`
	Customer int64  `db:"customer"`
	State    string `db:"state"`
	Attempt  int    `db:"attempt"`
	Receipt  string `db:"receipt"`
	Error    string `db:"error"`
	Since    int64  `db:"failing_since"`
}

// findDelivery returns the record of a key, the zero Delivery without one.
func findDelivery(t *tx, key string) (channels.Delivery, error) {
	var r deliveryRow
	err := t.get(&r, `SELECT channel, customer, state, attempt, receipt, error, failing_since FROM deliveries WHERE key = ?`, key)
	if errors.Is(err, sql.ErrNoRows) {
		return channels.Delivery{}, nil
	}
	return channels.Delivery{
		Key: key, Channel: interventions.Channel(r.Channel), Customer: history.CustomerID(r.Customer),
		State: channels.DeliveryState(r.State), Attempt: r.Attempt, Receipt: r.Receipt, Error: r.Error, Since: instantOrZero(r.Since),
	}, err
}

// Delivery returns the record of a key, the zero Delivery without one.
func (s *Store) Delivery(ctx context.Context, key string) (d channels.Delivery, err error) {
	err = s.read(ctx, "read delivery "+key, func(t *tx) error {
		d, err = findDelivery(t, key)
		return err
	})
	return d, err
}

// BeginDelivery writes a delivery as calling, one attempt more, and returns
// what stood there before, the zero Delivery when nothing did. What has arrived
// stays as it is.
func (s *Store) BeginDelivery(ctx context.Context, d channels.Delivery, now time.Time) (before channels.Delivery, err error) {
	lease, _ := queue.LeaseFrom(ctx)
	err = s.write(ctx, small, "record delivery "+d.Key, func(t *tx) error {
		if before, err = findDelivery(t, d.Key); err != nil || before.State == channels.Arrived {
			return err
		}
		if before.Key == "" {
			_, err := t.exec(`INSERT INTO deliveries (key, channel, job, customer, state, attempt, began_at, ended_at, receipt, error)
				VALUES (?, ?, ?, ?, ?, 1, ?, 0, '', '')`,
				d.Key, string(d.Channel), lease.JobID, int64(d.Customer), string(channels.Calling), micros(now))
			return err
		}
		return t.one("begin delivery "+d.Key, `UPDATE deliveries SET state = ?, attempt = attempt + 1, job = ?, began_at = ?
			WHERE key = ? AND state = ? AND attempt = ?`,
			string(channels.Calling), lease.JobID, micros(now), d.Key, string(before.State), before.Attempt)
	})
	return before, err
}

// EndDelivery writes how the call ended.
func (s *Store) EndDelivery(ctx context.Context, d channels.Delivery, now time.Time) error {
	return s.write(ctx, small, "record the end of delivery "+d.Key, func(t *tx) error {
		return t.one("end delivery "+d.Key, `UPDATE deliveries SET state = ?, ended_at = ?, receipt = ?, error = ?, failing_since = ?
			WHERE key = ? AND state <> ?`,
			string(d.State), micros(now), text(d.Receipt), text(d.Error), microsOrZero(d.Since), d.Key, string(channels.Arrived))
	})
}

// Begun counts the calls on a channel that began since an instant.
func (s *Store) Begun(ctx context.Context, channel interventions.Channel, since time.Time) (n int, err error) {
	err = s.read(ctx, "count the deliveries of "+string(channel), func(t *tx) error {
		return t.get(&n, `SELECT COUNT(*) FROM deliveries WHERE channel = ? AND began_at > ?`, string(channel), micros(since))
	})
	return n, err
}
