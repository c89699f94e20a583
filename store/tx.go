package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"holdfast/internal/fault"
	"holdfast/queue"
)

// chunkRows is the most rows that one write transaction touches.
const chunkRows = 500

// tx is a transaction with the few calls that this package makes. Queries are
// written with ? and rebound for Postgres.
type tx struct {
	ctx     context.Context
	tx      runner
	dialect dialect
	left    *int       // statements that it may still run; nil is any number
	conn    *sqlx.Conn // that several questions can be sent over at once, or nil
	waiting []pending  // for the next statement: see later
	failed  error      // of what waited: the transaction cannot end well
}

// spend refuses a statement more than the transaction may run.
func (t *tx) spend() error {
	if t.left == nil {
		return nil
	}
	if *t.left--; *t.left < 0 {
		return fault.New(fault.Internal, "a single statement was meant to be read, and there is a second")
	}
	return nil
}

// runner runs statements: a transaction, or the database without one.
type runner interface {
	sqlx.ExecerContext
	sqlx.QueryerContext
	GetContext(ctx context.Context, dest any, query string, args ...any) error
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
	Rebind(query string) string
}

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	if err := t.spend(); err != nil {
		return 0, err
	}
	if len(t.waiting) > 0 || t.failed != nil {
		rows, err := t.send(question{query: query, args: args})
		if err != nil {
			return 0, err
		}
		return rows[0], nil
	}
	r, err := t.tx.ExecContext(t.ctx, t.tx.Rebind(query), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// one runs a change of state that must find exactly one row; otherwise
// somebody else changed it first, and it is a Conflict that says so.
func (t *tx) one(what, query string, args ...any) error {
	n, err := t.exec(query, args...)
	if err != nil {
		return err
	}
	if n != 1 {
		return fault.New(fault.Conflict, "%s: it has changed meanwhile (%d rows matched); read it again", what, n)
	}
	return nil
}

// get reads exactly one row into dest; none is sql.ErrNoRows.
func (t *tx) get(dest any, query string, args ...any) error {
	if err := errors.Join(t.spend(), t.catchUp()); err != nil {
		return err
	}
	return t.tx.GetContext(t.ctx, dest, t.tx.Rebind(query), args...)
}

// found gives the error of a get, and NotFound with these words where no row was
// there.
func found(err error, format string, args ...any) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.NotFound, format, args...)
	}
	return err
}

// list reads all rows into the slice dest points to.
func (t *tx) list(dest any, query string, args ...any) error {
	if err := errors.Join(t.spend(), t.catchUp()); err != nil {
		return err
	}
	return t.tx.SelectContext(t.ctx, dest, t.tx.Rebind(query), args...)
}

// each calls f at every row.
func (t *tx) each(query string, args []any, f func(row scanner) error) (err error) {
	if err := errors.Join(t.spend(), t.catchUp()); err != nil {
		return err
	}
	rows, err := t.tx.QueryContext(t.ctx, t.tx.Rebind(query), args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// count adds one to a counter and returns its new value.
func (t *tx) count(name string) (value int64, err error) {
	err = t.get(&value, `UPDATE counters SET value = value + 1 WHERE name = ? RETURNING value`, name)
	return value, err
}

// clock returns now in microseconds: the caller's on SQLite, which one process
// owns, the database's on Postgres, which machines with different clocks share.
func (s *Store) clock(t *tx, now time.Time) (int64, error) {
	if s.dialect == sqlite || s.opts.CallersClock {
		return micros(now), nil
	}
	var us int64
	err := t.get(&us, `SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT`)
	return us, err
}

// write runs f in a transaction of its own, f anew when the database asks for
// it, so f must set what it returns and not add to it. Under a job's lease
// (queue.LeaseFrom) it commits nothing once the lease is lost.
func (s *Store) write(ctx context.Context, c class, what string, f func(t *tx) error) error {
	return s.writeUnfenced(ctx, c, what, func(t *tx) error {
		if l, ok := queue.LeaseFrom(ctx); ok {
			if err := holdJob(t, l); err != nil {
				return err
			}
		}
		return f(t)
	})
}

// writeUnfenced is write for the queue itself, which checks leases on its own.
func (s *Store) writeUnfenced(ctx context.Context, c class, what string, f func(t *tx) error) error {
	var err error
	for range 8 {
		err = s.tryWrite(ctx, c, f)
		if err == nil || !s.again(err) {
			break
		}
	}
	if err == nil {
		// Bulk writes are drafts: the small transaction that publishes them
		// settles both.
		if c == small {
			err = s.flush.settle()
		}
		// The log keeps what was committed, so a small transaction succeeded
		// whatever its checkpoint says; the next bulk one meets the same failure.
		if late := s.wal.after(ctx, c); c == bulk {
			err = late
		}
	}
	return s.explain(what, err)
}

func (s *Store) tryWrite(ctx context.Context, c class, f func(t *tx) error) error {
	if s.dialect == sqlite {
		if err := s.gate.enter(ctx, c); err != nil {
			return err
		}
		defer s.gate.leave()
	}
	return s.run(ctx, s.writer, beginWriting, f)
}

// read runs f on one unchanging view of the database.
func (s *Store) read(ctx context.Context, what string, f func(t *tx) error) error {
	return s.explain(what, s.run(ctx, s.reader, beginReading, f))
}

// glance is read for a single statement, which sees one unchanging view by itself:
// Postgres is not asked to begin and commit around it, which are two of its three
// answers. A second statement is an Internal error.
func (s *Store) glance(ctx context.Context, what string, f func(t *tx) error) error {
	return s.explain(what, f(&tx{ctx: ctx, tx: s.reader, dialect: s.dialect, left: new(1)}))
}

// jot is write for a single statement, as glance is read. It heeds no job's lease.
func (s *Store) jot(ctx context.Context, c class, what string, f func(t *tx) error) error {
	if s.dialect == sqlite {
		return s.writeUnfenced(ctx, c, what, f)
	}
	return s.explain(what, f(&tx{ctx: ctx, tx: s.writer, dialect: s.dialect, left: new(1)}))
}

// run runs f in a transaction; begin is how Postgres begins it.
func (s *Store) run(ctx context.Context, db *sqlx.DB, begin string, f func(t *tx) error) error {
	if s.atOnce {
		return s.runAtOnce(ctx, db, begin, f)
	}
	x, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := f(&tx{ctx: ctx, tx: x, dialect: s.dialect}); err != nil {
		if back := x.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) {
			return errors.Join(err, fmt.Errorf("roll back: %w", back))
		}
		return err
	}
	if err := x.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// pieces is chunks for what one bulk transaction each writes beside people at
// work: while they wait for SQLite's one writer, the pieces are shorter.
func (s *Store) pieces(n, size int, f func(from, to int) error) error {
	for from := 0; from < n; {
		to := min(from+s.gate.share(size), n)
		if err := f(from, to); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// chunks calls f with [from, to) over n rows, size at a time.
func chunks(n, size int, f func(from, to int) error) error {
	for from := 0; from < n; from += size {
		if err := f(from, min(from+size, n)); err != nil {
			return err
		}
	}
	return nil
}
