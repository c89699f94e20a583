package simulate

import "holdfast/internal/stats"

// exit says whether and how a customer has left.
type exit uint8

const (
	stays exit = iota
	leftVoluntarily
	leftUnpaid
	leftUnavoidably
)

var exitNames = [...]string{"", "voluntary", "involuntary", "unavoidable"}

// influence is what a contact left behind: a shift of the log hazard of leaving
// by choice, up to a day.
type influence struct {
	shift float64
	until int32
}

// state is what changes about a customer and decides what it does next. It
// holds no pointer: an assignment is a clone.
type state struct {
	satisfaction float64 // about −2 to 2
	engagement   float64 // log of visits against habit
	drift        float64 // how far needs have moved away
	irritation   float64 // about a price rise, 1 at the rise, fading

	saved, thanked influence // of the newest retention or service contact, and of the newest thanks

	price    int32 // paid a month, minor units
	renews   int32 // day the term ends
	leftOn   int32
	retry    int32 // day a failed payment is tried again; 0 none
	opened   int32 // day the issue was opened, if one is
	closed   int32 // day the last issue was closed
	callback int32 // day a call-back was agreed for
	fix      int32 // day on which a promised repair closes the issue; 0 none
	invited  int32 // day on which a survey that was asked for may be answered; 0 none

	plan, segment          uint8
	failed                 uint8 // payments in a row
	severity               uint8 // of the open issue, 0 when there is none
	category               uint8
	bad                    uint8 // severity of the last closed issue
	phoneNumber, emailName uint8 // how often they were changed
	left                   exit
	trouble                bool // short of money

	calls                                     uint32 // contacts so far
	events, issues, contacts, consents, terms uint32 // numbers given to facts
}

const never = -1 << 30

// newState draws the state of a customer who has just joined, or who is found
// at the beginning of the simulation.
func newState(w *world, seed uint64, p *person, day int) state {
	n := func(k uint64) float64 { return bell(stats.Hash(seed, traitStart, uint64(p.index), k)) }
	s := state{
		plan: p.plan, segment: p.segment, closed: never, callback: never,
		renews: int32(w.renewal(int(p.since), day)), price: listPrice(p.plan, day),
		satisfaction: p.mood + .5*n(1),
	}
	if int(p.since) < day { // long with us: needs may have drifted
		s.drift = min(0, -.35+.6*n(2))
	} else {
		s.satisfaction = .3 + .7*s.satisfaction
		s.drift = -.25 + .3*n(2)
	}
	s.engagement = .5*s.satisfaction + s.drift + .2*n(3)
	return s
}
