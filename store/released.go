package store

import (
	"context"
	"time"
)

// NewestReleased returns the as-of of the newest list that was ever released,
// withdrawn ones among them; zero before the first.
func (s *Store) NewestReleased(ctx context.Context) (asOf time.Time, err error) {
	err = s.read(ctx, "find the newest list that was released", func(t *tx) error {
		var at int64
		err := t.get(&at, `SELECT COALESCE(MAX(as_of), 0) FROM publications WHERE state IN ('released', 'withdrawn') AND step >= ?`, stepReleased)
		asOf = instantOrZero(at)
		return err
	})
	return asOf, err
}
