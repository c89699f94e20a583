package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
)

// Query is a query that was run, and how the database reads it.
type Query struct {
	Text string
	Plan string
}

// Planned returns the plans of all that f reads. On Postgres whatever can be
// read by an index is, as with tables that are large.
func Planned(t *testing.T, s *Store, f func()) (queries []Query) {
	t.Helper()
	seen := &recorder{}
	before := s.reader
	seen.Connector = &sameConnector{before.Driver(), func(ctx context.Context) (driver.Conn, error) {
		if s.dialect == sqlite {
			p, err := newPreparing("file:" + s.cfg.Path() + "?_pragma=query_only(1)")
			if err != nil {
				return nil, err
			}
			return p.Connect(ctx)
		}
		pc, err := pgx.ParseConfig(s.cfg.address())
		if err != nil {
			return nil, err
		}
		return stdlib.GetConnector(*pc).Connect(ctx)
	}}
	name := map[dialect]string{sqlite: string(sqlite), postgres: "pgx"}[s.dialect]
	s.reader = sqlx.NewDb(sql.OpenDB(seen), name)
	atOnce := s.atOnce
	s.atOnce = false // one by one they can be heard
	f()
	s.atOnce = atOnce
	if err := s.reader.Close(); err != nil {
		t.Fatal(err)
	}
	s.reader = before
	for _, q := range seen.queries {
		queries = append(queries, Query{q.text, s.plan(t, q)})
	}
	return queries
}

func (s *Store) plan(t *testing.T, q asked) string {
	t.Helper()
	var plan strings.Builder
	err := s.read(t.Context(), "explain", func(t *tx) error {
		explain := `EXPLAIN QUERY PLAN `
		if t.dialect == postgres {
			explain = `EXPLAIN `
			for _, off := range []string{"enable_seqscan", "enable_sort", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin"} {
				if _, err := t.exec(`SET LOCAL ` + off + ` = off`); err != nil {
					return err
				}
			}
		}
		rows, err := t.tx.QueryContext(t.ctx, explain+q.text, q.args...)
		if err != nil {
			return err
		}
		defer rows.Close() //nolint:errcheck // read to the end
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		for rows.Next() {
			into := make([]any, len(columns))
			for i := range into {
				into[i] = new(any)
			}
			if err := rows.Scan(into...); err != nil {
				return err
			}
			line, _ := (*into[len(into)-1].(*any)).(string)
			plan.WriteString(line + "\n")
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatalf("%s: %v", q.text, err)
	}
	return plan.String()
}

type asked struct {
	text string
	args []any
}

// recorder opens connections that note what they are asked, each text once.
type recorder struct {
	driver.Connector
	mu      sync.Mutex
	queries []asked
}

type sameConnector struct {
	driver driver.Driver
	open   func(context.Context) (driver.Conn, error)
}

func (c *sameConnector) Connect(ctx context.Context) (driver.Conn, error) { return c.open(ctx) }
func (c *sameConnector) Driver() driver.Driver                            { return c.driver }

func (r *recorder) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &recorded{c, r}, nil
}

type recorded struct {
	driver.Conn
	of *recorder
}

func (c *recorded) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
}

func (c *recorded) CheckNamedValue(v *driver.NamedValue) error {
	if check, ok := c.Conn.(driver.NamedValueChecker); ok {
		return check.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (c *recorded) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	q := asked{text: text}
	for _, a := range args {
		q.args = append(q.args, a.Value)
	}
	c.of.mu.Lock()
	if !slices.ContainsFunc(c.of.queries, func(o asked) bool { return o.text == text }) {
		c.of.queries = append(c.of.queries, q)
	}
	c.of.mu.Unlock()
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, text, args)
}

// Indexes returns how each index of a SQLite database was made.
func Indexes(t *testing.T, s *Store) (made []string) {
	t.Helper()
	if err := s.read(t.Context(), "list indexes", func(t *tx) error {
		return t.list(&made, `SELECT sql FROM sqlite_master WHERE type = 'index' AND sql <> ''`)
	}); err != nil {
		t.Fatal(err)
	}
	return made
}
