package store

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	sqlitedriver "modernc.org/sqlite"
)

// keptStatements is how many statements a connection keeps prepared.
const keptStatements = 256

// preparing opens SQLite connections that keep their statements prepared:
// parsing and planning a statement costs more than running most of ours.
// database/sql's own prepared statements do not serve, because inside a
// transaction on the one writer connection they prepare anew at every call.
type preparing struct{ driver.Connector }

func newPreparing(dsn string) (*preparing, error) {
	base, err := sqlitedriver.NewConnector(dsn)
	return &preparing{base}, err
}

// Connect implements driver.Connector.
func (p *preparing) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	base, ok := c.(sqliteConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the SQLite driver's %T cannot be used", c), c.Close())
	}
	return &conn{sqliteConn: base, kept: map[string]*list.Element{}}, nil
}

// sqliteConn is what database/sql uses of the driver's connection.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// conn is one connection with its statements, the last used in front. Like any
// driver.Conn it is used by one goroutine at a time.
type conn struct {
	sqliteConn
	kept map[string]*list.Element // of *statement
	used list.List
}

// statement is a prepared statement; busy while rows of it are being read.
type statement struct {
	query string
	stmt  interface {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
	}
	busy bool
}

// keeps says whether a query is worth keeping: what reads and writes rows. A
// PRAGMA must not be, because some act when they are prepared.
func keeps(query string) bool {
	query = strings.TrimLeft(query, " \t\n")
	for _, verb := range [...]string{"SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "} {
		if strings.HasPrefix(query, verb) {
			return true
		}
	}
	return false
}

// statement returns a query prepared, nil for one that is not kept or whose
// rows are being read.
func (c *conn) statement(ctx context.Context, query string) (*statement, error) {
	if e, ok := c.kept[query]; ok {
		c.used.MoveToFront(e)
		if s := e.Value.(*statement); !s.busy {
			return s, nil
		}
		return nil, nil
	}
	if !keeps(query) {
		return nil, nil
	}
	prepared, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s := &statement{query: query}
	var ok bool
	if s.stmt, ok = prepared.(interface {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
	}); !ok {
		return nil, errors.Join(fmt.Errorf("the SQLite driver's %T cannot be used", prepared), prepared.Close())
	}
	c.kept[query] = c.used.PushFront(s)
	return s, c.letGo(keptStatements)
}

// letGo closes statements, the longest unused first, until at most n are left
// beside those in use.
func (c *conn) letGo(n int) error {
	var errs []error
	for e := c.used.Back(); e != nil && c.used.Len() > n; {
		before := e.Prev()
		if s := e.Value.(*statement); !s.busy {
			c.used.Remove(e)
			delete(c.kept, s.query)
			errs = append(errs, s.stmt.Close())
		}
		e = before
	}
	return errors.Join(errs...)
}

// ExecContext implements driver.ExecerContext.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	return s.stmt.ExecContext(ctx, args)
}

// QueryContext implements driver.QueryerContext.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	r, err := s.stmt.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &statementRows{r, s}, nil
}

// Close implements driver.Conn.
func (c *conn) Close() error {
	for e := c.used.Front(); e != nil; e = e.Next() {
		e.Value.(*statement).busy = false
	}
	return errors.Join(c.letGo(0), c.sqliteConn.Close())
}

// statementRows gives its statement back when it is closed.
type statementRows struct {
	driver.Rows
	of *statement
}

// Close implements driver.Rows.
func (r *statementRows) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}
