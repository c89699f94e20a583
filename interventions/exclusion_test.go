package interventions

import (
	"testing"
	"time"

	"holdfast/internal/fault"
)

// exclude is a manager's word to leave the customer alone.
func exclude(from, until time.Time) func(*Known) {
	return func(k *Known) {
		k.Excluded = &Exclusion{Customer: k.Customer.ID, By: "mia", At: from, Until: until, Reason: "in talks"}
	}
}

func TestNewExclusion(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	for _, c := range []struct {
		name, reason string
		until        time.Time
		ok           bool
	}{
		{"a week", "in talks with the board", tuesday.AddDate(0, 0, 7), true},
		{"a year", "in talks with the board", tuesday.AddDate(1, 0, 0), true},
		{"without a reason", " ", tuesday.AddDate(0, 0, 7), false},
		{"over already", "in talks", tuesday, false},
		{"for ever", "in talks", tuesday.AddDate(2, 0, 0), false},
	} {
		e, err := p.NewExclusion(7, "mia", c.reason, c.until, tuesday)
		if c.ok != (err == nil) || (err != nil && fault.Of(err) != fault.Invalid) {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.ok && (!e.Holds(tuesday) || e.Holds(c.until) || e.Holds(tuesday.Add(-time.Second))) {
			t.Errorf("%s holds at the wrong times: %+v", c.name, e)
		}
	}
}
