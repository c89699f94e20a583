package interventions

import (
	"strconv"
	"time"

	"holdfast/internal/fault"
)

// Pause is a manager's word that no work of a treatment is to be begun for a
// while. It stops the released and their ghosts alike, so that arms stay
// comparable; what is in hand, promises and call-backs go on.
type Pause struct {
	ID        int64
	Treatment string
	By        string
	At        time.Time
	Reason    string
}

// pausedFor is when a message whose treatment is paused is looked at again.
const pausedFor = time.Hour

// NewPause makes a pause, or says why it cannot be one.
func (p *Policy) NewPause(treatment, by, reason string, now time.Time) (Pause, error) {
	out := Pause{
		ID:        p.hash63("pause", treatment, by, strconv.FormatInt(now.UnixMicro(), 10)),
		Treatment: treatment, By: by, At: now, Reason: reason,
	}
	if p.Treatment(treatment) == nil {
		return out, fault.New(fault.Invalid, "there is no treatment %q: choose one of the list", treatment)
	}
	if TooShort(reason) {
		return out, fault.New(fault.Invalid, "a pause needs a reason: write a few words that can be read in a year")
	}
	return out, nil
}

// Reassigned gives a promise or a call-back to another agent (R5): Conflict when
// it is no longer the first one's.
func Reassigned(t Task, from string, to Agent, by string, now time.Time) (Consequences, error) {
	if t.State != TaskCallback || t.Owner != from {
		return Consequences{}, fault.New(fault.Conflict, "task %d is not %s's any more", t.ID, from)
	}
	if to.Absent {
		return Consequences{}, fault.New(fault.Forbidden, "%s is absent", to.Name)
	}
	if err := to.May(t); err != nil {
		return Consequences{}, err
	}
	c := Consequences{Task: t}
	c.Task.Owner, c.Task.AvoidOwner = to.Name, ""
	c.Changes = []Change{{Task: t.ID, At: now, Who: by, From: t.State, To: t.State, Why: "given from " + from + " to " + to.Name}}
	return c, nil
}
