package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// Damage flips a byte in the first row of a table that has one.
func Damage(t *testing.T, s *Store, table, column string) {
	t.Helper()
	err := s.write(t.Context(), small, "damage", func(t *tx) error {
		var payload []byte
		if err := t.get(&payload, `SELECT `+column+` FROM `+table+` LIMIT 1`); err != nil {
			return err
		}
		payload[len(payload)/2] ^= 1
		_, err := t.exec(`UPDATE `+table+` SET `+column+` = ?`, payload)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// FailAfter returns a context under which the n-th write transaction from now
// on, and all after it, fail as if the process had died.
func FailAfter(ctx context.Context, _ *Store, n int) (context.Context, func()) {
	c := &failing{Context: ctx, left: n, done: make(chan struct{})}
	return c, func() {}
}

// failing is a context that is cancelled after it has been asked for its lease
// so many times: every fenced write asks once.
type failing struct {
	context.Context
	mu   sync.Mutex
	left int
	done chan struct{}
}

// Value counts and passes on.
func (c *failing) Value(key any) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if strings.Contains(fmt.Sprintf("%T", key), "queue.leaseKey") {
		if c.left--; c.left == 0 {
			close(c.done)
		}
	}
	return c.Context.Value(key)
}

// Done is closed once the count is down.
func (c *failing) Done() <-chan struct{} { return c.done }

// Err is cancellation once the count is down.
func (c *failing) Err() error {
	select {
	case <-c.done:
		return context.Canceled
	default:
		return nil
	}
}

// ExplainRisk returns SQLite's plan of a risk list's page.
func ExplainRisk(t *testing.T, s *Store, f RiskFilter) string {
	t.Helper()
	query, args, err := f.query(7, sortColumns[f.Sort])
	if err != nil {
		t.Fatal(err)
	}
	return explain(t, s, query, args)
}

// ExplainQueue returns SQLite's plans of the classes of the order of work.
func ExplainQueue(t *testing.T, s *Store) (plans []string) {
	t.Helper()
	for i := range classes {
		args := []any{1}
		if i >= 2 {
			args = append(args, 1, 2)
		}
		plans = append(plans, explain(t, s, classQuery(i, ""), append(args, 10)))
	}
	return plans
}

func explain(t *testing.T, s *Store, query string, args []any) string {
	t.Helper()
	var plan strings.Builder
	err := s.read(t.Context(), "explain", func(t *tx) error {
		return t.each(`EXPLAIN QUERY PLAN `+query, args, func(r scanner) error {
			var id, parent, unused int
			var detail string
			err := r.Scan(&id, &parent, &unused, &detail)
			plan.WriteString(detail + "\n")
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
