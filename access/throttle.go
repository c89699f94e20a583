package access

import (
	"fmt"
	"time"

	"holdfast/internal/fault"
)

// Tally counts the failed sign-ins of one account, one address, or one account
// from one address.
type Tally struct {
	Key      string
	Failures int
	Last     time.Time
}

// forgetAfter is how long failures are remembered.
const forgetAfter = 15 * time.Minute

// limit says how many failures are free and how long each further one makes
// the next try wait, at most.
type limit struct {
	free int
	most time.Duration
}

// The limits. Whoever guesses from one address is slowed down hard; an account
// as a whole only by seconds, so that nobody can lock somebody else out; an
// address may be a whole office.
var (
	perPair    = limit{free: 4, most: 2 * time.Minute}
	perAccount = limit{free: 20, most: 4 * time.Second}
	perAddress = limit{free: 40, most: time.Minute}
)

// wait is one second after the first failure that is not free, and doubles.
func (l limit) wait(failures int) time.Duration {
	if failures < l.free {
		return 0
	}
	return min(time.Second<<min(failures-l.free, 20), l.most)
}

// tries are the keys under which one try is counted, and their limits.
type tries struct {
	keys   []string
	limits []limit
}

func triesOf(account, address string) tries {
	return tries{
		keys:   []string{"account " + account, "address " + address, "pair " + account + " " + address},
		limits: []limit{perAccount, perAddress, perPair},
	}
}

// TooSoon is the refusal of a sign-in that follows too closely on failed ones.
type TooSoon struct{ Wait time.Duration }

// Error says how long to wait.
func (e *TooSoon) Error() string {
	s := int((e.Wait + time.Second - 1) / time.Second)
	if s == 1 {
		return "that was too quick after failed tries: wait one second and sign in again"
	}
	return fmt.Sprintf("that was too quick after failed tries: wait %d seconds and sign in again", s)
}

// judge refuses a try that comes too early, given the tallies before it in the
// order of the keys.
func (t tries) judge(before []Tally, now time.Time) error {
	var wait time.Duration
	for i, b := range before {
		if b.Last.IsZero() || now.Sub(b.Last) >= forgetAfter {
			continue
		}
		wait = max(wait, t.limits[i].wait(b.Failures)-now.Sub(b.Last))
	}
	if wait > 0 {
		return fault.As(fault.Forbidden, &TooSoon{wait})
	}
	return nil
}
