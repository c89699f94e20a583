package access

import (
	"context"
	"time"
)

// Answers keeps what was answered to writes with an idempotency key.
type Answers interface {
	// Answer returns what a token's key was answered: NotFound without.
	Answer(ctx context.Context, token int64, key string) (Answer, error)
	// KeepAnswer keeps an answer, and forgets those made before forget. The
	// first to keep one for a key wins.
	KeepAnswer(ctx context.Context, token int64, key string, a Answer, forget time.Time) error
}

// Answer is what was said to one write.
type Answer struct {
	Request string            // hash of method, address and body
	Status  int               // of HTTP
	Header  map[string]string // what its repetition has again
	Body    []byte
	At      time.Time
}
