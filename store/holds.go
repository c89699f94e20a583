package store

import (
	"context"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// HoldNext keeps the next list from being released by itself: Conflict when one
// is held already, with who does.
//
// web: from the page of decisions. manual: list hold.
func (s *Store) HoldNext(ctx context.Context, h interventions.Hold) error {
	return s.write(ctx, small, "hold the next list", func(t *tx) error {
		id, err := t.count("list_hold") // whose row makes two who hold at once wait for each other
		if err != nil {
			return err
		}
		now, held, err := holdNow(t)
		if err != nil {
			return err
		}
		if !held {
			_, err = t.exec(`INSERT INTO list_holds (id, held_by, at, reason, ended_at, ended_by) VALUES (?, ?, ?, ?, 0, '')`,
				id, text(h.By), micros(h.At), text(h.Reason))
			return err
		}
		return fault.New(fault.Conflict, "the next list is held already, by %s: %s", now.By, now.Reason)
	})
}

// EndHold lets nights release by themselves again: Conflict when no list is held.
//
// web: from the page of decisions, and by a release. manual: likewise.
func (s *Store) EndHold(ctx context.Context, by string, now time.Time) error {
	return s.write(ctx, small, "end a hold", func(t *tx) error {
		n, err := t.exec(`UPDATE list_holds SET ended_at = ?, ended_by = ? WHERE ended_at = 0`, micros(now), text(by))
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "nobody holds the next list by hand")
		}
		return err
	})
}

// HoldNow returns who holds the next list; false when nobody does.
func (s *Store) HoldNow(ctx context.Context) (h interventions.Hold, held bool, err error) {
	err = s.read(ctx, "read who holds the next list", func(t *tx) error {
		h, held, err = holdNow(t)
		return err
	})
	return h, held, err
}

func holdNow(t *tx) (h interventions.Hold, held bool, err error) {
	err = t.each(`SELECT held_by, at, reason FROM list_holds WHERE ended_at = 0`, nil, func(r scanner) error {
		var at int64
		held = true
		err := r.Scan(&h.By, &at, &h.Reason)
		h.At = instant(at)
		return err
	})
	return h, held, err
}

// ReleaseByHand is Publish by a person, which ends a hold.
//
// web: from the page of the list. manual: list release.
func (s *Store) ReleaseByHand(ctx context.Context, run string, pub interventions.PublicationID, by string, now time.Time) error {
	if err := s.EndHold(ctx, by, now); err != nil && fault.Of(err) != fault.Conflict {
		return err
	}
	_, err := s.Publish(ctx, run, pub, now)
	return err
}
