package store

import (
	"context"
	"time"

	"holdfast/interventions"
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

// Promised counts the promises and call-backs that fell due in [from, to): kept
// in time, kept late or broken, and still open. What was taken back is in none.
func (s *Store) Promised(ctx context.Context, from, to time.Time) (kept, broken, open int, err error) {
	err = s.read(ctx, "count what was promised", func(t *tx) error {
		kept, broken, open = 0, 0, 0
		return t.each(`SELECT body FROM promises WHERE pending IN (0, 1) AND due_at >= ? AND due_at < ?`, []any{micros(from), micros(to)}, func(r scanner) error {
			var body string
			if err := r.Scan(&body); err != nil {
				return err
			}
			p, err := readPromise(body)
			if err != nil {
				return err
			}
			switch {
			case !p.VoidedAt.IsZero():
			case late(p):
				broken++
			case !p.KeptAt.IsZero():
				kept++
			default:
				open++
			}
			return nil
		})
	})
	return kept, broken, open, err
}

func late(p interventions.Promise) bool {
	return !p.BrokenAt.IsZero() || !p.KeptAt.IsZero() && p.KeptAt.After(p.DueAt.Add(promiseLeeway))
}

// promiseLeeway is how long after its time a promise still counts as kept in time.
const promiseLeeway = time.Hour
