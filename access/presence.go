package access

import (
	"slices"
	"time"

	"holdfast/internal/fault"
)

// PresenceState is what a person at the desk is doing.
type PresenceState string

// What a person at the desk can be doing.
const (
	Ready      PresenceState = "ready"   // takes work
	OnCall     PresenceState = "on_call" // speaks with a customer
	WrappingUp PresenceState = "wrap_up" // writes down what came of it
	Break      PresenceState = "break"
)

// PresenceStates lists them in the order of a task.
var PresenceStates = []PresenceState{Ready, OnCall, WrappingUp, Break}

// Presence is what one person has been doing since a time.
type Presence struct {
	Name  string
	State PresenceState
	Since time.Time
}

// Validate refuses a state that does not exist.
func (p Presence) Validate() error {
	if !slices.Contains(PresenceStates, p.State) {
		return fault.New(fault.Invalid, "there is no state %q: choose ready, on call, wrap-up or break", p.State)
	}
	return nil
}
