package store

import "context"

// Raw runs a statement past everything, as somebody who holds the database could.
func (s *Store) Raw(ctx context.Context, query string) error {
	return s.write(ctx, small, "tamper", func(t *tx) error {
		_, err := t.exec(query)
		return err
	})
}
