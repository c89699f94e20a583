package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"holdfast/interventions"
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

// NeverSortRisk makes the risk list look for its pages in the order of the
// list, however few rows a filter lets through.
func NeverSortRisk(s *Store) { s.fewRisk = -1 }

// Release marks a list as released and does nothing else.
func Release(t *testing.T, s *Store, pub interventions.PublicationID) {
	t.Helper()
	err := s.write(t.Context(), small, "release", func(t *tx) error {
		_, err := t.exec(`UPDATE publications SET state = 'released' WHERE id = ?`, int64(pub))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
