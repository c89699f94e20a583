package store

import "context"

// GlanceTwice reads two statements where one is meant to be read.
func GlanceTwice(ctx context.Context, s *Store) error {
	return s.glance(ctx, "look twice", func(t *tx) error {
		var n int
		if err := t.get(&n, `SELECT 1`); err != nil {
			return err
		}
		return t.get(&n, `SELECT 2`)
	})
}
