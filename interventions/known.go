package interventions

import (
	"time"

	"holdfast/history"
)

// Known is what gates, relevance and cards need to know of one customer at one
// instant. Know takes it from a View; the desk's store takes it from the same
// facts as they stand now.
type Known struct {
	Now           time.Time
	Customer      history.Customer
	Household     history.HouseholdID
	Attributes    map[string]string
	Points        []history.ContactPoint // valid now
	Issues        []OpenIssue            // open service issues, oldest first
	Consents      []KnownConsent         // oldest first: the newest that matches counts
	Contacts      []KnownContact         // in either direction, oldest first
	Subscriptions []KnownSubscription    // oldest first
	Since         time.Time              // when the relationship began; zero when unknown
	Left          string                 // how the customer left; empty while here
}

// OpenIssue is a service issue that is open now.
type OpenIssue struct {
	Ref      int64     `json:"ref"`
	Category string    `json:"category"`
	Severity int       `json:"severity"`
	Opened   time.Time `json:"opened"`
}

// KnownConsent is a consent with the time it was given or withdrawn.
type KnownConsent struct {
	history.Consent
	At time.Time
}

// KnownContact is a contact with its time.
type KnownContact struct {
	history.Contact
	At time.Time
}

// KnownSubscription is a subscription and, where it has one, its end.
type KnownSubscription struct {
	history.Subscription
	End     time.Time
	EndKind string
}

// Facts is what the system itself did, and has still to do, for a household.
// The store reads it from tasks, messages, promises and their outcomes; ghosts
// that were stamped as passed stand among Contacts like the contacts they
// mirror, so that both arms meet the same gates afterwards.
type Facts struct {
	Contacts []OwnContact // our proactive contacts and passed ghosts, of every member
	Works    []Work       // every task and message that is open, or was ever started
	Promises []Promise    // open ones
	Thanked  []int        // milestones already thanked, in years (R4)
	Held     bool         // held out globally: R7, sealed
}

// OwnContact is a contact this system made, or stamped as passed.
type OwnContact struct {
	Customer history.CustomerID
	At       time.Time
	Channel  Channel
	Purpose  Purpose
	Exempt   bool // promise, inbound or service contact: counts for R9 but is never stopped by it
}

// Work is a task or a message as R8 counts it.
type Work struct {
	Key     string
	Open    bool // in the queue, leased, in progress, snoozed, call-back, blocked or standing as a ghost
	Started bool // an agent began it, it was sent, or its ghost passed
	Task    TaskID
	Message MessageID
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
)

// Gates lists every gate in its order.
var Gates = []Gate{
	GateDeceased, GateLeft, GateOptOut, GateDoNotCall, GateVulnerable, GateDispute, GateConsent, GateIssue,
	GateContactPoint, GateOpenWork, GateThanked, GatePromise, GateHousehold, GateCoolOff, GateCap, GateWindow, GateHoldout,
}

// Stop is a closed gate with what closed it, in words.
type Stop struct {
	Gate   Gate   `json:"gate"`
	Detail string `json:"detail,omitempty"`
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
