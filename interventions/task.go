package interventions

import (
	"time"

	"holdfast/history"
)

// TaskID identifies a task. It is random, so that ids tell nothing of arms.
type TaskID int64

// TaskState is where a task stands; see transitions for what may follow what.
type TaskState string

// The states of a task.
const (
	TaskReady      TaskState = "ready"       // waits in the queue, from NotBefore on
	TaskLeased     TaskState = "leased"      // held by an agent for fifteen minutes
	TaskInProgress TaskState = "in_progress" // the agent has begun: R8 counts it as started
	TaskDone       TaskState = "done"        // has its last disposition
	TaskSnoozed    TaskState = "snoozed"     // delayed with a reason
	TaskCallback   TaskState = "callback"    // waits for a promise to fall due
	TaskBlocked    TaskState = "blocked"     // a gate closed after the decision
	TaskExpired    TaskState = "expired"     // its time ran out
	TaskRecalled   TaskState = "recalled"    // its publication was withdrawn
	TaskGhost      TaskState = "ghost"       // held out; stands invisibly in the queue
)

// Task is one unit of work for a person, worked from a queue under a lease.
type Task struct {
	ID          TaskID
	Publication PublicationID // 0 for inbound work
	Key         string        // household/family/episode: R8 counts by it
	Customer    history.CustomerID
	Household   history.HouseholdID
	Partition   int
	Treatment   string // empty for inbound work
	Family      Family
	Channel     Channel
	Purpose     Purpose
	Episode     int64
	Milestone   int // years, of a thank-you
	State       TaskState
	Ghost       bool // held out: never shown, exported or counted below groups of 20
	Override    bool `json:",omitempty"` // a director asked for it, whatever the arm

	WorthMinor     int64
	Minutes        float64
	ValuePerMinute float64  // minor units, times the urgency of the customer's value tier
	Skills         []string // all needed (R5)
	Language       string   // the customer's, empty when unknown or not asked for
	OfferMinor     int64    // cost of the offer it may grant; 0 none (R5)
	Signatory      string   // who must make it; empty anybody trained
	Zone           string   // IANA name of the customer's time zone

	AsOf      time.Time
	CreatedAt time.Time
	NotBefore time.Time // not offered earlier
	ExpiresAt time.Time // not offered later
	// DecidedExpiry is the expiry it was decided with, while the day as it was
	// solved again has no room for it; zero otherwise. See Behind.
	DecidedExpiry time.Time `json:",omitzero"`

	Attempts     int
	FirstAttempt time.Time
	LastAttempt  time.Time
	LastPart     DayPart // the part of the day of the last attempt, where the customer is

	Owner      string // who holds the lease, or owns the promise
	AvoidOwner string // who lost the lease: another agent gets it first
	LeaseUntil time.Time
	Fence      int64     // raised with every lease
	StartedAt  time.Time // zero until an agent began it
	PassedAt   time.Time // when a ghost's turn came
	DoneAt     time.Time

	Promise   PromiseID // it has to keep; 0 none
	DueAt     time.Time // of its promise or call-back; zero without one
	DueKind   DueKind
	Escalated bool   // its promise is about to break
	Reason    string // of the last change of state
	Notes     []Note `json:",omitempty"` // of those who laid it down without an outcome, the newest last
	Card      Card   // as made with the task
}

// Note is what somebody wrote on a card that they snoozed, skipped or handed off.
type Note struct {
	At   time.Time
	By   string
	Text string
}

// DueKind says what falls due at DueAt.
type DueKind string

// What can fall due. A call-back is a promise whose content is the call itself.
const (
	DuePromise  DueKind = "promise"
	DueCallback DueKind = "callback"
)

// Change is one change of a task's state: every one is a row.
type Change struct {
	Task     TaskID
	At       time.Time
	Who      string // agent, or "system"
	From, To TaskState
	Why      string
}

// PromiseID identifies a promise. It is derived from task and attempt.
type PromiseID int64

// Promise is something a customer was told would happen by a date.
type Promise struct {
	ID        PromiseID
	Task      TaskID
	Customer  history.CustomerID
	Household history.HouseholdID
	Kind      DueKind
	What      string
	MadeBy    string
	MadeAt    time.Time
	DueAt     time.Time // its clock; for a call-back inside the calling window
	Owner     string    // who has to keep it
	KeptAt    time.Time
	BrokenAt  time.Time
	VoidedAt  time.Time // a correction took it back
	Escalated bool
}

// Open says whether the promise has still to be kept.
func (p Promise) Open() bool { return p.KeptAt.IsZero() && p.VoidedAt.IsZero() }

// Agent is a person at the desk as tasks see them: what they are trained and
// authorised for (R5).
type Agent struct {
	Name         string
	Skills       []string
	Languages    []string  // empty speaks the business's own language only
	CeilingMinor int64     // the dearest offer they may grant
	Authority    Authority // of their role; empty is an agent's
	Signs        []string  // signatories they are, or stand in for
	Absent       bool
}

// Disposition is the outcome code chosen at wrap-up.
type Disposition string

// The dispositions, by what they say about reaching the customer.
const (
	NoAnswer       Disposition = "no_answer"
	Busy           Disposition = "busy"
	VoicemailLeft  Disposition = "voicemail_left"
	CallDropped    Disposition = "call_dropped"
	NumberInvalid  Disposition = "number_invalid"
	WrongParty     Disposition = "wrong_party"
	ThirdParty     Disposition = "third_party"
	CallbackAgreed Disposition = "callback_agreed"
	BadTime        Disposition = "bad_time"
	OtherChannel   Disposition = "other_channel"
	SavedNoOffer   Disposition = "saved_no_offer"
	SavedWithOffer Disposition = "saved_with_offer"
	PartialSave    Disposition = "partial_save"
	NoRiskFound    Disposition = "no_risk_found"
	Undecided      Disposition = "undecided"
	DeclinedLeave  Disposition = "declined_leaving"
	AlreadyLeft    Disposition = "already_left"
	Unavoidable    Disposition = "unavoidable"
	IssueEscalated Disposition = "issue_escalated"
	Thanked        Disposition = "thanked"
	DoNotCall      Disposition = "do_not_call"
	OptOutAll      Disposition = "opt_out_all"
	Complaint      Disposition = "complaint"
	Vulnerable     Disposition = "vulnerable"
	Deceased       Disposition = "deceased"
	Dispute        Disposition = "dispute"
)

// WrapUp is what an agent says at the end of an attempt.
type WrapUp struct {
	Disposition Disposition
	LeaveReason string          // one of LeaveReasons, where the customer is leaving
	OfferMinor  int64           // cost of what was granted; 0 nothing
	OfferName   string          // what was granted
	Note        string          // free words
	PromiseWhat string          // what was promised, beside any disposition
	DueAt       time.Time       // of the promise or the agreed call-back
	NextChannel Channel         // for other_channel
	ReasonTruth map[string]bool // per concept of the card: was the reason true
}

// TaskFile is a task with what was done about it.
type TaskFile struct {
	Task  Task
	Last  *Attempt   // the newest attempt that was not undone; nil without one
	Asked []Approval // what was asked for with it
}

// Attempt is one wrapped-up try, kept so that a correction can undo it.
type Attempt struct {
	Task    TaskID
	N       int // 1 for the first
	At      time.Time
	By      string
	WrapUp  WrapUp
	Before  Task              // the task as it was
	Facts   []history.Fact    // what was recorded
	Points  []history.PointAt // contact points as they were
	Promise PromiseID         // made by it; 0 none
	Kept    PromiseID         // kept by it; 0 none
	Follow  TaskID            // follow-up made by it; 0 none
	Segment string            `json:",omitempty"` // the customer's, then
	Undone  time.Time         // a correction replaced it
}
