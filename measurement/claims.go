package measurement

import (
	"time"

	"holdfast/history"
	"holdfast/interventions"
)

// Claim is a save that an agent claimed.
type Claim struct {
	Task     interventions.TaskID
	N        int // attempt of the task
	Customer history.CustomerID
	At       time.Time
	Here     Here
}

// Here is what became of a claimed save.
type Here int

// What is known of a claimed save at its day 90.
const (
	HereUnknown Here = 0
	StillHere   Here = 1
	GoneBy90    Here = -1
)

// Sustained looks at claimed saves of the customers of a shard, as known at an
// instant, and returns those of which something else is known than they say.
// A customer who is not in the shard any more keeps what was known.
func Sustained(s *history.Shard, claims []Claim, knownAt time.Time) (changed []Claim) {
	var scratch history.Scratch
	for _, c := range claims {
		i, found := s.Find(c.Customer)
		until := c.At.AddDate(0, 0, sustainedDays)
		if !found || knownAt.Before(until) {
			continue
		}
		is := GoneBy90
		if stillHere(s.View(i, knownAt, &scratch), c.At, until) {
			is = StillHere
		}
		if is != c.Here {
			c.Here = is
			changed = append(changed, c)
		}
	}
	return changed
}
