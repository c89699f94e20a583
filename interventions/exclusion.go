package interventions

import (
	"strconv"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// Exclusion is a manager's word that a customer is to be left alone for a
// while. It is a gate like any other, the same for every arm; promises, calls
// of the customer and service contact go ahead all the same.
type Exclusion struct {
	ID       int64
	Customer history.CustomerID
	By       string
	At       time.Time
	Until    time.Time
	Reason   string
}

// maxExclusionDays is the longest an exclusion may last: whoever is to be left
// alone for good says so, and that is an objection.
const maxExclusionDays = 366

// NewExclusion makes an exclusion, or says why it cannot be one.
func (p *Policy) NewExclusion(customer history.CustomerID, by, reason string, until, now time.Time) (Exclusion, error) {
	e := Exclusion{
		ID:       p.hash63("exclusion", strconv.FormatInt(int64(customer), 10), by, now.UTC().Format(time.RFC3339Nano)),
		Customer: customer, By: by, At: now, Until: until, Reason: reason,
	}
	switch {
	case TooShort(reason):
		return e, fault.New(fault.Invalid, "leaving a customer alone needs a reason: write a few words that can be read in a year")
	case !until.After(now):
		return e, fault.New(fault.Invalid, "the day until which to leave them alone has passed: choose a later one")
	case until.After(now.AddDate(0, 0, maxExclusionDays)):
		return e, fault.New(fault.Invalid, "a customer is left alone for a year at most: choose an earlier day, or record the customer's objection")
	}
	return e, nil
}

// Holds says whether the exclusion is in force.
func (e *Exclusion) Holds(now time.Time) bool {
	return e != nil && !e.At.After(now) && e.Until.After(now)
}

// TooShort says whether the words of a reason are too few to be read in a year.
func TooShort(words string) bool { return len([]rune(words)) < 3 }
