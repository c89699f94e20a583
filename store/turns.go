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
		if err := x.GetContext(ctx, &ok, tryLock, lockOf("turn %d of %s", i, machine)); err != nil {
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

// tryLock takes an advisory lock until the end of the transaction, unless it is taken.
const tryLock = `SELECT pg_try_advisory_xact_lock($1)`

func lockOf(format string, args ...any) int64 {
	return int64(stats.HashString(fmt.Sprintf(format, args...)))
}

// Join says, for as long as it is not left, that this process works through the
// nights of a machine and has nothing else to do.
func (s *Store) Join(ctx context.Context, machine string) (leave func(), err error) {
	if s.dialect == sqlite {
		return func() {}, nil
	}
	x, err := s.turns.BeginTxx(ctx, nil)
	if err == nil {
		if _, err = x.ExecContext(ctx, `SELECT pg_advisory_xact_lock_shared($1)`, lockOf("hands of %s", machine)); err != nil {
			_ = x.Rollback()
		}
	}
	if err != nil {
		return nil, s.explain("join those who work through nights", err)
	}
	return func() { _ = x.Rollback() }, nil
}

// Joined says whether a process has joined those who work through the nights of
// a machine.
func (s *Store) Joined(ctx context.Context, machine string) (is bool, err error) {
	if s.dialect == sqlite {
		return false, nil
	}
	x, err := s.turns.BeginTxx(ctx, nil)
	if err == nil {
		err = x.GetContext(ctx, &is, tryLock, lockOf("hands of %s", machine))
		_ = x.Rollback()
	}
	if err != nil {
		return false, s.explain("look who works through nights", err)
	}
	return !is, nil
}
