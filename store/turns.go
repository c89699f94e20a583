package store

import (
	"context"
	"fmt"

	"holdfast/internal/stats"
)

// Turn takes one of n turns that the processes of a machine share, for as long as
// it is not left; ok is false where all are taken. SQLite's one process shares
// with nobody.
//
// A turn is an advisory lock of a transaction that reads nothing: it ends with
// the process whatever ends it, keeps no old rows from being cleaned, and works
// through a pool of connections: one apart from the others', so that work under a
// turn never waits for a connection that a turn holds. A lock file would need a
// folder that all users of the machine may write to.
func (s *Store) Turn(ctx context.Context, machine string, n int) (leave func(), ok bool, err error) {
	if s.dialect == sqlite {
		return func() {}, true, nil
	}
	x, err := s.turns.BeginTxx(ctx, nil)
	if err != nil {
		return nil, false, s.explain("take a turn", fmt.Errorf("begin: %w", err))
	}
	leave = func() { _ = x.Rollback() } // the lock ends with its connection, too
	for i := range n {
		key := int64(stats.HashString(fmt.Sprintf("turn %d of %s", i, machine)))
		if err := x.GetContext(ctx, &ok, `SELECT pg_try_advisory_xact_lock($1)`, key); err != nil {
			leave()
			return nil, false, s.explain("take a turn", err)
		}
		if ok {
			return leave, true, nil
		}
	}
	leave()
	return nil, false, nil
}
