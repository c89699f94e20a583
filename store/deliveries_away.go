package store

import (
	"context"
	"time"

	"holdfast/interventions"
)

// Retried are the messages of a channel that wait for another try, because
// their receiver did not take them.
type Retried struct {
	Channel  interventions.Channel
	Messages int
	Since    time.Time // the call that failed first
	Next     time.Time // try of any of them; zero while the only one is under way
	Error    string    // of the one that has failed for longest
	// Away is since when nothing has been taken: the first failure after the last
	// message that was. Zero where others were taken meanwhile.
	Away time.Time
}

// For is how long nothing has been taken, 0 where others were.
func (r Retried) For(now time.Time) time.Duration {
	if r.Away.IsZero() {
		return 0
	}
	return now.Sub(r.Away)
}

// retried are the messages that wait for another try, and the jobs that make it.
const retried = ` FROM deliveries d JOIN messages m ON m.idempotency_key = d.key AND m.waiting = 1 AND m.ghost = 0
	LEFT JOIN jobs j ON j.id = d.job
	WHERE d.failing_since > 0 AND (j.state IS NULL OR j.state NOT IN ('dead', 'unknown'))`

// Retried counts the messages that wait for another try, by channel.
//
// web: for the operator's page, and for Prometheus.
func (s *Store) Retried(ctx context.Context) (list []Retried, err error) {
	err = s.read(ctx, "count the messages that wait for another try", func(t *tx) error {
		list, err = retriedNow(t)
		return err
	})
	return list, err
}

// TryNow makes the next try of a channel's messages that wait for one due now,
// and returns how many they are. What a gate has put off stays so.
func (s *Store) TryNow(ctx context.Context, channel interventions.Channel, now time.Time) (n int, err error) {
	for {
		var some int64
		err := s.writeUnfenced(ctx, small, "try messages now", func(t *tx) error {
			at, err := s.clock(t, now)
			if err != nil {
				return err
			}
			some, err = t.exec(`UPDATE jobs SET run_after = ? WHERE state = 'ready' AND id IN (SELECT j.id`+retried+`
				AND j.state = 'ready' AND j.run_after > ? AND d.channel = ? LIMIT ?)`, at, at, string(channel), chunkRows)
			return err
		})
		n += int(some)
		if err != nil || some < chunkRows {
			return n, err
		}
	}
}

func retriedNow(t *tx) ([]Retried, error) {
	var list []Retried
	err := t.each(`SELECT d.channel, COUNT(*), MIN(d.failing_since),
			COALESCE(MIN(CASE WHEN j.state = 'ready' THEN j.run_after END), 0)`+retried+` GROUP BY d.channel ORDER BY d.channel`, nil, func(row scanner) error {
		var r Retried
		var since, next int64
		err := row.Scan(&r.Channel, &r.Messages, &since, &next)
		r.Since, r.Next = instant(since), instantOrZero(next)
		list = append(list, r)
		return err
	})
	for i := range list {
		if err == nil {
			err = list[i].lookCloser(t)
		}
	}
	return list, err
}

// lookCloser finds why the oldest waits, and whether others were taken since.
func (r *Retried) lookCloser(t *tx) error {
	if err := t.get(&r.Error, `SELECT d.error`+retried+` AND d.channel = ? ORDER BY d.failing_since, d.key LIMIT 1`, string(r.Channel)); err != nil {
		return err
	}
	var away int64
	err := t.get(&away, `SELECT COALESCE(MIN(d.failing_since), 0)`+retried+` AND d.channel = ? AND d.failing_since >
		COALESCE((SELECT s.ended_at FROM deliveries s WHERE s.channel = ? AND s.state = 'sent' ORDER BY s.began_at DESC LIMIT 1), 0)`,
		string(r.Channel), string(r.Channel))
	r.Away = instantOrZero(away)
	return err
}
