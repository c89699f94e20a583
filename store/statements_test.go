package store

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// one opens one connection that keeps its statements.
func oneConnection(t *testing.T) *sql.DB {
	t.Helper()
	connector, err := newPreparing("file:" + filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// keptOf runs f with the statements of db's one connection.
func keptOf(t *testing.T, db *sql.DB, f func(c *conn)) {
	t.Helper()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // back to the pool
	if err := c.Raw(func(driver any) error { f(driver.(*conn)); return nil }); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *sql.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func exec(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func TestStatementsStayPrepared(t *testing.T) {
	t.Parallel()
	db := oneConnection(t)
	exec(t, db, `CREATE TABLE a (x INTEGER)`)
	for i := range 3 {
		exec(t, db, `INSERT INTO a (x) VALUES (?)`, i)
		if n := count(t, db, `SELECT COUNT(*) FROM a WHERE x <= ?`, i); n != i+1 {
			t.Errorf("%d rows after %d", n, i+1)
		}
	}
	keptOf(t, db, func(c *conn) {
		if len(c.kept) != 2 || c.used.Len() != 2 {
			t.Errorf("%d statements kept, want the INSERT and the SELECT", len(c.kept))
		}
	})
	// What a statement was planned for may change under it.
	exec(t, db, `DROP TABLE a`)
	if _, err := db.ExecContext(t.Context(), `INSERT INTO a (x) VALUES (?)`, 9); err == nil {
		t.Error("a row went into a table that is gone")
	}
	exec(t, db, `CREATE TABLE a (y TEXT, x INTEGER)`)
	exec(t, db, `INSERT INTO a (x) VALUES (?)`, 9)
	if n := count(t, db, `SELECT COUNT(*) FROM a WHERE x <= ?`, 9); n != 1 {
		t.Errorf("%d rows in the new table", n)
	}
}

// Some PRAGMAs act when they are prepared, so a kept one would act once.
func TestPragmasActEveryTime(t *testing.T) {
	t.Parallel()
	db := oneConnection(t)
	for range 2 {
		for _, mode := range []int{1, 2} {
			exec(t, db, fmt.Sprintf(`PRAGMA synchronous = %d`, mode))
			if got := count(t, db, `PRAGMA synchronous`); got != mode {
				t.Errorf("synchronous is %d, want %d", got, mode)
			}
		}
	}
}

// The same query may be asked while its rows are being read.
func TestAStatementInUseIsNotShared(t *testing.T) {
	t.Parallel()
	db := oneConnection(t)
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	const query = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n`
	sum := func(limit int, inner func(i int)) (sum int) {
		t.Helper()
		rows, err := tx.QueryContext(t.Context(), query, limit)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close() //nolint:errcheck // Err is asked
		for rows.Next() {
			var i int
			if err := rows.Scan(&i); err != nil {
				t.Fatal(err)
			}
			inner(i)
			sum += i
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return sum
	}
	inside := 0
	if got := sum(4, func(i int) { inside += sum(i, func(int) {}) }); got != 10 || inside != 1+3+6+10 {
		t.Errorf("sums %d and %d, want 10 and 20", got, inside)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
}

func TestOldStatementsAreLetGo(t *testing.T) {
	t.Parallel()
	db := oneConnection(t)
	for i := range keptStatements + 10 {
		if n := count(t, db, fmt.Sprintf(`SELECT %d`, i)); n != i {
			t.Fatalf("got %d, want %d", n, i)
		}
		count(t, db, `SELECT 0`) // used all the time
	}
	keptOf(t, db, func(c *conn) {
		if len(c.kept) != keptStatements || c.kept[`SELECT 0`] == nil || c.kept[`SELECT 1`] != nil {
			t.Errorf("%d statements kept; the first %v, the second %v", len(c.kept), c.kept[`SELECT 0`], c.kept[`SELECT 1`])
		}
	})
}

// A query that is broken off leaves a statement that serves the next one.
func TestAStatementSurvivesInterruption(t *testing.T) {
	t.Parallel()
	db := oneConnection(t)
	const query = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT COUNT(*) FROM n`
	if n := count(t, db, query, 5); n != 5 {
		t.Fatalf("counted %d", n)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := db.QueryRowContext(ctx, query, 1<<40).Scan(new(int)); err == nil {
		t.Fatal("an endless query ended")
	}
	if n := count(t, db, query, 7); n != 7 {
		t.Errorf("counted %d after the interruption", n)
	}
}
