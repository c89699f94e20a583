package store

import (
	"context"
	"fmt"
	"sync"

	"github.com/jmoiron/sqlx"
)

// How many transactions may pass between two checkpoints, and from how many
// pages of log on it is worth a turn at the gate to start the log anew. Whoever
// waits for the log to reach the disk waits for a checkpoint's flush of the
// database too, so beside a working desk each bulk transaction has its own:
// half the longest wait, for a fifth of the import's speed while it lasts.
const (
	bulkPerCheckpoint  = 4
	smallPerCheckpoint = 256
	longLog            = 8192 // 32 MiB
)

// checkpointer moves SQLite's write-ahead log into the database on a
// connection of its own, from the goroutine of the writer that is due and
// outside the gate: an import pays for its own pages and the desk does not
// wait. SQLite's automatic checkpoints are off, because past their threshold
// every commit would try one, the desk's too.
type checkpointer struct {
	db    *sqlx.DB // nil on Postgres
	gate  *gate
	run   sync.Mutex // one checkpoint at a time
	mu    sync.Mutex
	since [2]int
}

// after counts a committed transaction and checkpoints when it is time.
func (c *checkpointer) after(ctx context.Context, done class) error {
	if c.db == nil || !c.due(done) || !c.run.TryLock() {
		return nil
	}
	defer c.run.Unlock()
	ctx = context.WithoutCancel(ctx) // what was committed stays committed
	pages, err := c.passive(ctx)
	if err != nil || pages < longLog {
		return err
	}
	// Nobody writes now, so what little came since can be moved too, and the
	// next writer finds the log used up and starts it anew.
	if err := c.gate.enter(ctx, bulk); err != nil {
		return err
	}
	defer c.gate.leave()
	_, err = c.passive(ctx)
	return err
}

// passive moves what it can without waiting for anybody or making anybody
// wait, and returns how long the log is.
func (c *checkpointer) passive(ctx context.Context) (pages int, err error) {
	var busy, moved int
	err = c.db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`).Scan(&busy, &pages, &moved)
	if err != nil {
		return 0, fmt.Errorf("checkpoint: %w", err)
	}
	return pages, nil
}

func (c *checkpointer) due(done class) bool {
	done = done.turn()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since[done]++
	deskWorks := done == bulk && c.since[small] > 0
	if deskWorks || c.since[bulk] >= bulkPerCheckpoint || c.since[small] >= smallPerCheckpoint {
		c.since = [2]int{}
		return true
	}
	return false
}
