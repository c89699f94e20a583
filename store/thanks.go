package store

import (
	"context"
	"time"

	"holdfast/interventions"
)

// What the thank-you desk asks for, each by an index of its own.
const (
	thanksWaiting = `t.family = 'thanks' AND t.lane IN ('work', 'behind', 'promise', 'callback') AND t.free_at < ? AND t.expires_at > ?
		ORDER BY t.free_at, t.id LIMIT ?`
	thanksMade = `t.family = 'thanks' AND t.done_at >= ? AND t.state = 'done' ORDER BY t.done_at DESC, t.id LIMIT ?`
)

// ThankYous returns the thank-yous that wait for their turn until a time, with
// their cards, the first to come first; no ghosts.
func (s *Store) ThankYous(ctx context.Context, now, until time.Time, limit int) ([]interventions.Task, error) {
	return s.tasksWhere(ctx, "read the thank-yous", thanksWaiting, micros(until), micros(now), limit)
}

// Thanked returns the thank-yous finished since a time, the newest first.
func (s *Store) Thanked(ctx context.Context, since time.Time, limit int) ([]interventions.Task, error) {
	return s.tasksWhere(ctx, "read who was thanked", thanksMade, micros(since), limit)
}
