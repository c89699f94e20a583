package store

import (
	"context"
	"sync"
)

// class says who waits for a write, and what a power failure may take with it:
// people and jobs make small transactions, imports and nights make bulk ones. A
// fleeting one is small, and is not flushed on its own account: what it says
// is said again when the machine comes back, or is worth nothing then. The next
// small one flushes it too.
type class int

const (
	small class = iota
	bulk
	fleeting
)

// turn is the class whose turns c takes and among which it counts: a fleeting
// one is small there.
func (c class) turn() class {
	if c == fleeting {
		return small
	}
	return c
}

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
	hurry   int // bulk ones that are still to be short, because a small one had to wait
}

// shortTurns is how many bulk transactions are short after a small one had to
// wait, and shortBy how much shorter they are.
const (
	shortTurns = 64
	shortBy    = 8
)

// share is how many of so many rows the next bulk transaction is to write: all,
// or fewer while people wait for their turn.
func (g *gate) share(rows int) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.hurry == 0 {
		return rows
	}
	g.hurry--
	return max(1, rows/shortBy)
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
	c = c.turn()
	if c == small {
		g.hurry = shortTurns
	}
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
