package interventions

import (
	"slices"
	"time"

	"holdfast/history"
)

// Known is what gates, relevance and cards need to know of one customer at one
// instant. Know takes it from a View; its slices are the View's and are valid
// as long as the View is.
type Known struct {
	Now           time.Time
	Customer      history.Customer
	Household     history.HouseholdID
	Attributes    map[string]string
	Points        []history.PointAt // valid now, by channel, the newest first
	Issues        []OpenIssue       // open service issues, oldest first
	Consents      []history.ConsentAt
	Contacts      []history.ContactAt // in either direction, oldest first
	Subscriptions []history.SubscriptionState
	Since         time.Time  // when the relationship began; zero when unknown
	Left          string     // how the customer left; empty while here
	Excluded      *Exclusion // a manager's, that holds now; nil without. Not of the view: whoever asks the gates fills it in
}

// Know takes from a view what this package needs. The desk makes the view from
// the facts as they stand at the moment it asks.
func Know(v history.View) Known {
	k := Known{
		Now: v.AsOf(), Customer: v.Customer(), Household: v.Household(),
		Points: v.ContactPoints(), Consents: v.Consents(), Contacts: v.AllContacts(),
		Subscriptions: v.Subscriptions(), Attributes: map[string]string{},
	}
	for _, name := range v.AttributeNames() {
		if value, ok := v.Attribute(name); ok {
			k.Attributes[name] = value
		}
	}
	for _, i := range v.Issues() {
		if i.Closed.IsZero() {
			k.Issues = append(k.Issues, OpenIssue{i.Ref, i.Category, i.Severity, i.Opened})
		}
	}
	k.Since, _ = v.FirstSeen()
	for i := range k.Subscriptions {
		s := &k.Subscriptions[i]
		if s.Ended.IsZero() {
			k.Left = ""
			break
		}
		k.Left = s.EndKind
		if k.Left == "" {
			k.Left = "ended"
		}
	}
	return k
}

// OpenIssue is a service issue that is open now.
type OpenIssue struct {
	Ref      int64     `json:"ref"`
	Category string    `json:"category"`
	Severity int       `json:"severity"`
	Opened   time.Time `json:"opened"`
}

// Facts is what the system itself did, and has still to do, for a household.
// The store reads it from tasks, messages, promises and their outcomes; ghosts
// that were stamped as passed stand among Contacts like the contacts they
// mirror, so that both arms meet the same gates afterwards.
type Facts struct {
	Contacts []OwnContact // our proactive contacts and passed ghosts, of every member
	Works    []Work       // every task and message that is open, or was ever started
	Promises []Promise    // open ones
	Held     []Layer      // layers the household is held out of now: R7, sealed
	Paused   []string     // treatments whose work is not to be begun now
}

// OwnContact is a contact this system made, or stamped as passed.
type OwnContact struct {
	Customer history.CustomerID
	At       time.Time
	Channel  Channel
	Purpose  Purpose
	Work     string // WorkOf its task or message: several attempts are one for a cap
	Reached  bool   // the customer was spoken to, or the message left
	Ghost    bool   // nobody was contacted: a ghost was stamped as passed (R7, sealed)
}

// Work is a task or a message as R8 counts it.
type Work struct {
	Key     string
	Family  Family
	Open    bool // may still lead to a contact (see TaskState.Open)
	Started bool // an agent began it, it was sent, or its ghost passed
	Ghost   bool // held out: R7, sealed
	Task    TaskID
	Message MessageID
	// Milestone is what a thank-you is for, in years (R4); 0 for other work.
	Milestone int
}

// DayPart is a part of the day, where the customer is. Attempts go to
// different parts.
type DayPart string

// The parts of the day: before noon, noon to five, from five on.
const (
	PartNone      DayPart = ""
	PartMorning   DayPart = "morning"
	PartAfternoon DayPart = "afternoon"
	PartEvening   DayPart = "evening"
)

// Gate names a hard block. The same gates run at decide, at open and at send.
type Gate string

// The gates, in the order in which they are tried and named.
const (
	GateDeceased     Gate = "deceased"
	GateLeft         Gate = "already_left"
	GateOptOut       Gate = "opt_out_all"
	GateDoNotCall    Gate = "do_not_call"
	GateVulnerable   Gate = "vulnerable"
	GateDispute      Gate = "dispute"
	GateConsent      Gate = "no_consent"
	GateIssue        Gate = "open_issue"
	GateContactPoint Gate = "no_contact_point"
	GateOpenWork     Gate = "open_work"
	GateThanked      Gate = "already_thanked"
	GatePromise      Gate = "promise_pending"
	GateHousehold    Gate = "household_contacted_today"
	GateCoolOff      Gate = "cool_off"
	GateCap          Gate = "contact_cap"
	GateWindow       Gate = "outside_calling_window"
	GateHoldout      Gate = "holdout" // only ever shown as NotOnList
	GateOfferHeld    Gate = "offer_held"
	GateAfford       Gate = "beyond_limit"
	GateExcluded     Gate = "excluded"
	GateProfiling    Gate = "objects_to_profiling"
	GateRecognition  Gate = "wants_no_thanks"
)

// Gates lists every gate in its order. New ones stand last: a trace keeps the
// passed ones by their place.
var Gates = []Gate{
	GateDeceased, GateLeft, GateOptOut, GateDoNotCall, GateVulnerable, GateDispute, GateConsent, GateIssue,
	GateContactPoint, GateOpenWork, GateThanked, GatePromise, GateHousehold, GateCoolOff, GateCap, GateWindow, GateHoldout,
	GateOfferHeld, GateAfford, GateExcluded, GateProfiling, GateRecognition,
}

// GateSet is a set of gates, one bit for each in the order of Gates.
type GateSet uint32

// Has says whether g is in the set.
func (s GateSet) Has(g Gate) bool { return s&gateBit(g) != 0 }

// List names the gates of the set in their order.
func (s GateSet) List() []Gate {
	var list []Gate
	for _, g := range Gates {
		if s.Has(g) {
			list = append(list, g)
		}
	}
	return list
}

func gateBit(g Gate) GateSet { return 1 << slices.Index(Gates, g) }

// Stop is a closed gate with what closed it, in words. It is sealed where the
// household's own ghosts alone closed it: nobody was contacted, so that saying
// so would tell the arm (R7).
type Stop struct {
	Gate   Gate   `json:"gate"`
	Detail string `json:"detail,omitempty"`
	Sealed bool   `json:"sealed,omitempty"`
}

// why is what may be said of a closed gate to everybody.
func (s Stop) why() string {
	if s.Sealed {
		return NotOnList
	}
	return string(s.Gate)
}

// Moment says when the gates run.
type Moment string

// The moments. Deciding looks at the coming local day and leaves the calling
// window to the moments of open and send.
const (
	AtDecide Moment = "decide"
	AtOpen   Moment = "open"
	AtSend   Moment = "send"
)
