package channels

import (
	"fmt"
	"math"
	"time"

	"holdfast/internal/fault"
)

// The shortest and the longest wait between two tries of a message.
const (
	firstWait   = time.Minute
	longestWait = time.Hour
)

// next is when a message is tried again whose calls have failed since an
// instant: after as long as they have failed already, a minute at least and an
// hour at most, as mail servers do it (RFC 5321, 4.5.4.1). It is the zero time
// once they have failed for GiveUpAfter, and never after the message's end.
//
//	tries at 0 1 2 4 8 16 32 64 124 184 … minutes
func (d *Deliverer) next(since, end, now time.Time) time.Time {
	last := since.Add(d.GiveUpAfter)
	if !now.Before(last) {
		return time.Time{}
	}
	at := now.Add(min(max(now.Sub(since), firstWait), longestWait))
	if at.After(last) {
		at = last
	}
	if at.After(end) {
		at = end
	}
	return at
}

// gaveUp is the error of a message that is not tried again by itself.
func gaveUp(rec Delivery, since, now time.Time, cause error) error {
	return fault.As(fault.Held, fmt.Errorf("gave up after %d tries in %d h; the last: %w",
		rec.Attempt, int(math.Round(now.Sub(since).Hours())), cause))
}
