package holdfasttest

import (
	"sync"
	"time"
)

// A Clock stands still until it is told to move. It may be used by several
// goroutines at once; pass its method Now where the program passes time.Now.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock returns a clock that stands at the given instant, in UTC.
func NewClock(at time.Time) *Clock { return &Clock{at: at.UTC()} }

// Now returns the instant at which the clock stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Advance moves the clock on by d, or back if d is negative, and returns where
// it then stands.
func (c *Clock) Advance(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	return c.at
}

// Set moves the clock to the given instant.
func (c *Clock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at.UTC()
}
