package interventions

import (
	"strings"
	"time"

	"holdfast/internal/fault"
)

// Hold keeps the next list that is ready from being released by itself: a
// person releases it, which ends the hold, or ends the hold first.
type Hold struct {
	By     string // user's name
	At     time.Time
	Reason string
}

// mostHeldFor is how long the reason of a hold may be, in bytes.
const mostHeldFor = 300

// NewHold is a hold for a reason that can be read in a year: Invalid without one.
func NewHold(by, reason string, now time.Time) (Hold, error) {
	reason = strings.TrimSpace(reason)
	if TooShort(reason) || len(reason) > mostHeldFor {
		return Hold{}, fault.New(fault.Invalid, "to hold the next list needs a reason: write a few words that can be read in a year, at most %d letters", mostHeldFor)
	}
	return Hold{By: by, At: now.UTC(), Reason: reason}, nil
}

// Refusal is what a night is told that would release a list under the hold.
func (h Hold) Refusal() error {
	return fault.New(fault.Held, "%s holds the list by hand: %s; look at it, then `holdfast list release` or its page publishes it", h.By, h.Reason)
}
