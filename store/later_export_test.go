package store

import "context"

// Putting is what the statements of a transaction can do; see tx.later.
type Putting struct{ t *tx }

// Later puts off a change.
func (p Putting) Later(query string) error { return p.t.run(query) }

// Expect puts off a change of one row.
func (p Putting) Expect(query string, otherwise error) error {
	return p.t.expect(question{query: query}, otherwise)
}

// Now runs a change.
func (p Putting) Now(query string) (int64, error) { return p.t.exec(query) }

// Put runs f in a transaction that writes.
func (s *Store) Put(ctx context.Context, f func(Putting) error) error {
	return s.write(ctx, small, "put", func(t *tx) error { return f(Putting{t}) })
}
