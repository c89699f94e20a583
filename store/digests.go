package store

import (
	"context"
	"time"
)

// The states of a digest.
const (
	digestSending = "sending" // or nobody can tell whether it left
	digestSent    = "sent"
)

// BeginDigest claims the digest of a week for a recipient; false says that it
// was claimed before, and that it left or may have.
//
// queue: by the weekly job.
func (s *Store) BeginDigest(ctx context.Context, week, recipient string, now time.Time) (mine bool, err error) {
	err = s.write(ctx, small, "begin a digest", func(t *tx) error {
		n, err := t.exec(`INSERT INTO digests (week, recipient, at, state) VALUES (?, ?, ?, ?) ON CONFLICT (week, recipient) DO NOTHING`,
			week, recipient, micros(now), digestSending)
		mine = n == 1
		return err
	})
	return mine, err
}

// EndDigest says that a digest left, or gives the claim back when it surely did not.
func (s *Store) EndDigest(ctx context.Context, week, recipient string, left bool) error {
	return s.write(ctx, small, "end a digest", func(t *tx) error {
		if left {
			_, err := t.exec(`UPDATE digests SET state = ? WHERE week = ? AND recipient = ?`, digestSent, week, recipient)
			return err
		}
		_, err := t.exec(`DELETE FROM digests WHERE week = ? AND recipient = ? AND state = ?`, week, recipient, digestSending)
		return err
	})
}
