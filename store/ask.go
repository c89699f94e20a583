package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
)

// question is a query with ? and what is done with each of its rows: nothing,
// for a change.
type question struct {
	query string
	args  []any
	row   func(scanner) error
}

// listed asks for the only column of some rows.
func listed[T any](into *[]T, query string, args ...any) question {
	return question{query, args, func(r scanner) error {
		var v T
		err := r.Scan(&v)
		*into = append(*into, v)
		return err
	}}
}

// single asks for the only column of one row.
func single[T any](into *T, query string, args ...any) question {
	return question{query, args, func(r scanner) error { return r.Scan(into) }}
}

// ask runs questions one after the other, none of which needs the answer of
// another. Postgres is sent all of them at once: each exchange with it wakes two
// processes, which on a busy machine takes longer than most questions.
func (t *tx) ask(qs ...question) error {
	if t.conn == nil {
		for _, q := range qs {
			if err := t.each(q.query, q.args, q.row); err != nil {
				return err
			}
		}
		return nil
	}
	_, err := t.send(qs...)
	return err
}

// change runs changes as ask runs questions, and returns how many rows each changed.
func (t *tx) change(qs ...question) (rows []int64, err error) {
	if t.conn == nil {
		rows = make([]int64, len(qs))
		for i, q := range qs {
			if rows[i], err = t.exec(q.query, q.args...); err != nil {
				return nil, err
			}
		}
		return rows, nil
	}
	return t.send(qs...)
}

// pending is a statement that is put off until the next one is sent.
type pending struct {
	question
	only error // unless it changes exactly one row
}

// mostWaiting bounds what is put off.
const mostWaiting = 32

// later asks and changes what nothing in the transaction waits to hear of. Postgres
// is sent it with the next statement, or with the end of the transaction; its
// errors are then that statement's, and the transaction fails whatever it does
// after them.
func (t *tx) later(qs ...question) error {
	for _, q := range qs {
		if err := t.putOff(pending{question: q}); err != nil {
			return err
		}
	}
	return nil
}

// run is later for one change.
func (t *tx) run(query string, args ...any) error {
	return t.later(question{query: query, args: args})
}

// expect is later for a change that finds exactly one row; else the transaction
// fails with this error. Postgres divides by zero then, so that the end of the
// transaction can be sent along: it ends badly.
func (t *tx) expect(q question, otherwise error) error {
	return t.putOff(pending{q, otherwise})
}

func (t *tx) putOff(w pending) error {
	switch {
	case t.conn == nil && w.row != nil:
		return t.each(w.query, w.args, w.row)
	case t.conn == nil:
		n, err := t.exec(w.query, w.args...)
		if err == nil && w.only != nil && n != 1 {
			err = w.only
		}
		return err
	case w.only != nil:
		w.query, w.row = `WITH changed AS (`+w.query+` RETURNING 1) SELECT 1 / CAST(COUNT(*) = 1 AS int) FROM changed`, unread
	}
	t.waiting = append(t.waiting, w)
	if len(t.waiting) < mostWaiting {
		return nil
	}
	return t.catchUp()
}

// divisionByZero is how Postgres says that a change which was expected to find its
// row did not.
const divisionByZero = "22012"

func unread(scanner) error { return nil }

// catchUp sends what was put off.
func (t *tx) catchUp() error {
	if len(t.waiting) == 0 {
		return t.failed
	}
	_, err := t.send()
	return err
}

// send sends what was put off and these questions in one exchange, and returns how
// many rows each of these read or changed.
func (t *tx) send(qs ...question) (rows []int64, err error) {
	if t.failed != nil || len(t.waiting)+len(qs) == 0 {
		return nil, t.failed
	}
	late := t.waiting
	t.waiting = nil
	all := make([]question, 0, len(late)+len(qs))
	for _, w := range late {
		all = append(all, w.question)
	}
	err = t.conn.Raw(func(c any) error {
		rows, err = exchange(t.ctx, c, t.tx.Rebind, append(all, qs...))
		return err
	})
	if n := len(rows); n < len(late) && late[n].only != nil && postgresCode(err) == divisionByZero {
		err = late[n].only
	}
	if err != nil {
		if len(late) > 0 {
			t.failed = err
		}
		return nil, err
	}
	return rows[len(late):], nil
}

// How Postgres begins and ends transactions.
const (
	beginReading = `begin isolation level repeatable read read only`
	beginWriting = `begin`
	endWell      = `commit`
)

// runAtOnce is run on Postgres: the transaction begins with its first statement,
// and ends with its last where that one was put off.
func (s *Store) runAtOnce(ctx context.Context, db *sqlx.DB, begin string, f func(t *tx) error) (err error) {
	conn, err := db.Connx(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	t := &tx{ctx: ctx, tx: conn, dialect: s.dialect, conn: conn, waiting: []pending{{question: question{query: begin}}}}
	if err = f(t); err == nil {
		err = t.end(begin)
	}
	if err != nil && !t.unbegun(begin) {
		_, back := conn.ExecContext(context.WithoutCancel(ctx), `rollback`)
		if ctx.Err() == nil { // else the connection is gone, and the transaction with it
			err = errors.Join(err, back)
		}
	}
	return err
}

// unbegun says that nothing was sent yet.
func (t *tx) unbegun(begin string) bool { return len(t.waiting) > 0 && t.waiting[0].query == begin }

// end ends a transaction in which nothing failed.
func (t *tx) end(begin string) error {
	if t.unbegun(begin) && len(t.waiting) == 1 {
		return nil // nothing was asked
	}
	_, err := t.send(question{query: endWell})
	return err
}

// ask is read for questions none of which needs the answer of another: on
// Postgres the transaction begins and ends in the same exchange. A single one is
// a glance.
func (s *Store) ask(ctx context.Context, what string, qs ...question) error {
	if len(qs) == 1 {
		return s.glance(ctx, what, func(t *tx) error { return t.ask(qs...) })
	}
	return s.read(ctx, what, func(t *tx) error { return t.later(qs...) })
}

// exchange sends questions over a connection of Postgres, then reads the answers in
// their order, and returns how many rows each read or changed, up to the first that
// failed.
func exchange(ctx context.Context, conn any, rebind func(string) string, qs []question) (counts []int64, err error) {
	var batch pgx.Batch
	for _, q := range qs {
		batch.Queue(rebind(q.query), q.args...)
	}
	answers := conn.(*stdlib.Conn).Conn().SendBatch(ctx, &batch)
	defer func() {
		if end := answers.Close(); err == nil {
			err = end
		}
	}()
	for _, q := range qs {
		rows, err := answers.Query()
		if err != nil {
			return counts, err
		}
		for err == nil && rows.Next() {
			err = q.row(answer{rows})
		}
		rows.Close()
		if err = errors.Join(err, rows.Err()); err != nil {
			return counts, err
		}
		if q.query == endWell && rows.CommandTag().String() != "COMMIT" {
			return counts, pgx.ErrTxCommitRollback
		}
		counts = append(counts, rows.CommandTag().RowsAffected())
	}
	return counts, nil
}

// answer scans a row of pgx as one of database/sql is scanned.
type answer struct{ pgx.Rows }

// Scan copies the row's columns into dest.
func (a answer) Scan(dest ...any) error {
	for i, d := range dest {
		if raw, ok := d.(*sql.RawBytes); ok {
			dest[i] = (*pgtype.DriverBytes)(raw)
		}
	}
	return a.Rows.Scan(dest...)
}
