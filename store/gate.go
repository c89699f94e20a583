package store

import (
	"context"
	"sync"
)

// class says who waits for a write: people and jobs make small transactions,
// imports and nights make bulk ones.
type class int

const (
	small class = iota
	bulk
)

// patience is how many small transactions in a row pass a waiting bulk one.
const patience = 32

// gate lets one transaction of this process write to SQLite at a time, small
// ones first, so that the desk waits for one chunk of an import and not for
// its turn behind all of them. Within a class it is first come, first served.
type gate struct {
	mu      sync.Mutex
	busy    bool
	waiting [2][]chan struct{}
	passed  int // small ones let by since a bulk one began to wait
}

// enter waits for the turn of a transaction of class c.
func (g *gate) enter(ctx context.Context, c class) error {
	g.mu.Lock()
	if !g.busy {
		g.busy = true
		g.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	g.waiting[c] = append(g.waiting[c], turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	for i, w := range g.waiting[c] {
		if w == turn {
			g.waiting[c] = append(g.waiting[c][:i], g.waiting[c][i+1:]...)
			g.mu.Unlock()
			return ctx.Err()
		}
	}
	g.mu.Unlock()
	g.leave() // the turn came in the same moment
	return ctx.Err()
}

// leave hands the turn on.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := small
	switch {
	case len(g.waiting[bulk]) == 0:
		g.passed = 0
	case len(g.waiting[small]) == 0 || g.passed >= patience:
		c, g.passed = bulk, 0
	default:
		g.passed++
	}
	if len(g.waiting[c]) == 0 {
		g.busy = false
		return
	}
	close(g.waiting[c][0])
	g.waiting[c] = g.waiting[c][1:]
}
