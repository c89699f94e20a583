package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
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
	if t.conn == nil || len(qs) < 2 {
		for _, q := range qs {
			if err := t.each(q.query, q.args, q.row); err != nil {
				return err
			}
		}
		return nil
	}
	return t.conn.Raw(func(c any) error {
		_, err := exchange(t.ctx, c, t.tx.Rebind, qs)
		return err
	})
}

// change runs changes as ask runs questions, and returns how many rows each changed.
func (t *tx) change(qs ...question) (rows []int64, err error) {
	if t.conn == nil || len(qs) < 2 {
		rows = make([]int64, len(qs))
		for i, q := range qs {
			if rows[i], err = t.exec(q.query, q.args...); err != nil {
				return nil, err
			}
		}
		return rows, nil
	}
	err = t.conn.Raw(func(c any) error {
		rows, err = exchange(t.ctx, c, t.tx.Rebind, qs)
		return err
	})
	return rows, err
}

// The bounds of what Store.ask sends to Postgres.
const (
	beginReading = `begin isolation level repeatable read read only`
	endReading   = `commit`
)

// ask is read for questions none of which needs the answer of another: on
// Postgres the transaction begins and ends in the same exchange. A single one is
// a glance.
func (s *Store) ask(ctx context.Context, what string, qs ...question) error {
	switch {
	case len(qs) == 1:
		return s.glance(ctx, what, func(t *tx) error { return t.ask(qs...) })
	case !s.atOnce:
		return s.read(ctx, what, func(t *tx) error { return t.ask(qs...) })
	}
	conn, err := s.reader.Conn(ctx)
	if err != nil {
		return s.explain(what, err)
	}
	err = conn.Raw(func(c any) error {
		all := append(append([]question{{query: beginReading}}, qs...), question{query: endReading})
		_, err := exchange(ctx, c, s.reader.Rebind, all)
		if err != nil { // what followed the failure was not run, the end neither
			_, back := c.(*stdlib.Conn).Conn().Exec(context.WithoutCancel(ctx), `rollback`)
			err = errors.Join(err, back)
		}
		return err
	})
	return s.explain(what, errors.Join(err, conn.Close()))
}

// exchange sends questions over a connection of Postgres, then reads the answers in
// their order, and returns how many rows each read or changed.
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
			return nil, err
		}
		for err == nil && rows.Next() {
			err = q.row(answer{rows})
		}
		rows.Close()
		if err = errors.Join(err, rows.Err()); err != nil {
			return nil, err
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
