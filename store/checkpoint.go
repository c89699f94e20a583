package store

import (
	"context"
	"fmt"
	"sync"

	"github.com/jmoiron/sqlx"
)

// checkpointEvery is how many bulk transactions pass between two checkpoints.
const checkpointEvery = 8

// checkpointer moves SQLite's write-ahead log into the database on a
// connection of its own, from the goroutine of a bulk writer and outside the
// gate: the import pays for it and the desk does not wait.
type checkpointer struct {
	db    *sqlx.DB // nil on Postgres
	mu    sync.Mutex
	since int
}

func (c *checkpointer) maybe(ctx context.Context) error {
	if c.db == nil || !c.due() {
		return nil
	}
	var busy, pages, moved int
	// PASSIVE never waits for a reader or a writer and never makes one wait.
	err := c.db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`).Scan(&busy, &pages, &moved)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

func (c *checkpointer) due() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since++
	if c.since < checkpointEvery {
		return false
	}
	c.since = 0
	return true
}
