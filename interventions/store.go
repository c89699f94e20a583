package interventions

import (
	"context"
	"time"

	"holdfast/history"
	"holdfast/scoring"
)

// ProposeStore is what the propose stage of a night needs. Everything is kept
// under the draft publication and seen by nobody until it is released; saving
// the same shard again replaces it.
type ProposeStore interface {
	// HouseholdFacts returns what is known of our own work for every household
	// that has a customer in the partition, as recorded before asOf. Households
	// without any are absent. Works that nobody has started are not Open here
	// if publishing this night will recall them: they may be decided again.
	HouseholdFacts(ctx context.Context, partition int, asOf time.Time) (map[history.HouseholdID]Facts, error)
	// Exclusions returns the customers of a partition who are to be left alone
	// as of an instant, each with the exclusion that lasts longest.
	Exclusions(ctx context.Context, partition int, asOf time.Time) (map[history.CustomerID]*Exclusion, error)
	// SaveDraft keeps one shard's proposals and candidates.
	SaveDraft(ctx context.Context, draft Draft) error
}

// PlanStore is what the plan stage needs: once a night, over all shards.
type PlanStore interface {
	// Candidates returns the candidates of every shard of the draft, in any order.
	Candidates(ctx context.Context, pub PublicationID) ([]Candidate, error)
	// JoinArms gives every household the arms of those that its members
	// belonged to before, and says how many changed; see MergeArms.
	JoinArms(ctx context.Context, asOf time.Time) (int, error)
	// Arms returns the stored arms that began at or before asOf, ended ones
	// included. It is the only reader of the sealed table besides measurement
	// and the auditor's page.
	Arms(ctx context.Context, asOf time.Time) ([]Arm, error)
	// Requests returns what managers asked for before asOf and is still to be
	// considered.
	Requests(ctx context.Context, asOf time.Time) ([]Request, error)
	// Committed returns the minutes that open work will take before anything
	// new (work that publishing this night will recall not counted, nor ghosts),
	// and the slots of quotas it uses up, by treatment.
	Committed(ctx context.Context, asOf time.Time) (Committed, error)
	// RosterOn returns the agents who have a roster for a day, written as
	// 2026-03-31, by name; see OnDay.
	RosterOn(ctx context.Context, day string) ([]Rostered, error)
	// SaveAllocation keeps the night's choices (at most one a household), prices
	// and totals, sealed, under the draft, together with the arms drawn tonight.
	// An arm already stored and not ended is left as it is.
	SaveAllocation(ctx context.Context, pub PublicationID, a Allocation) error
}

// Committed is what is spoken for before anything new is planned.
type Committed struct {
	Minutes     float64            // call-backs, promises, retries and open work
	ByTreatment map[string]float64 // of these minutes
	Slots       map[string]int     // by treatment with a quota
	Absent      []Agent            // of the agents, those marked absent
	Roster      []Rostered         // agents who have a roster for the day
}

// DecideStore is what the decide stage needs, per shard.
type DecideStore interface {
	// LoadDraft returns a shard's proposals and candidates.
	LoadDraft(ctx context.Context, pub PublicationID, partition int) (Draft, error)
	// Choices returns the allocation's choices for the customers of a partition.
	Choices(ctx context.Context, pub PublicationID, partition int) ([]Choice, error)
	// SaveDecisions keeps one decision for each customer of the partition: the
	// Public copy with the score as the current row, the whole sealed. Both are
	// sorted by customer.
	SaveDecisions(ctx context.Context, pub PublicationID, partition int, decisions []Decision, scores []scoring.Score) error
	// SaveWork keeps tasks, messages (ghosts among them) and exposures under
	// the draft. A task or message whose Key was started under another
	// publication, or is open there and will not be recalled, is left out and
	// counted in skipped (R8).
	SaveWork(ctx context.Context, pub PublicationID, partition int, work Assignment) (skipped int, err error)
}

// Assignment is what one shard's decisions put into the queues.
type Assignment struct {
	Tasks     []Task
	Messages  []Message
	Exposures []history.Exposure
}

// Skip is what of the queue is not read: tasks that were looked at, and work
// of treatments that is not for who asks. Promises and call-backs of such
// treatments are read.
type Skip struct {
	Passed     map[TaskID]bool
	Treatments []string
}

// DeskStore is what the desk needs. Every write is conditional on the fence
// (or, for work nobody holds, on the state) given, and returns Conflict when
// somebody else changed it first.
type DeskStore interface {
	ApprovalStore
	// Workable returns released tasks that can be offered at now, ghosts among
	// them, in the order of work (see Before), leaving out what to skip:
	// ready, snoozed, call-back and ghost tasks with NotBefore ≤ now < ExpiresAt
	// (promises and call-backs never expire), leased and in-progress ones whose
	// LeaseUntil has passed. Their cards are left out.
	Workable(ctx context.Context, now time.Time, skip Skip, limit int) ([]Task, error)
	// TaskCard returns the card of a task that Workable returned.
	TaskCard(ctx context.Context, id TaskID) (Card, error)
	// Known returns what is known now of a customer.
	Known(ctx context.Context, customer history.CustomerID, now time.Time) (Known, error)
	// Situation returns what is known now of a customer and our own work for their
	// household, which is where they belonged when the work was made.
	Situation(ctx context.Context, customer history.CustomerID, household history.HouseholdID, now time.Time) (Known, Facts, error)
	// Task returns one task; NotFound for ghosts and unknown ids alike.
	Task(ctx context.Context, id TaskID) (Task, error)
	// SaveStep persists what a step leads to, in one transaction: the task if
	// its state and fence are still as in before, else Conflict. A before with
	// ID 0 inserts the task (inbound). Every task of Close is conditional too,
	// and left alone when it changed meanwhile; so is every task of Reopen, and
	// when other work has its key since.
	SaveStep(ctx context.Context, before Task, step Consequences) error
	// LastAttempt returns the newest attempt of a task that was not undone.
	LastAttempt(ctx context.Context, id TaskID) (Attempt, error)
	// OpenTasks returns a household's open tasks, ghosts among them.
	OpenTasks(ctx context.Context, household history.HouseholdID) ([]Task, error)
	// EndedBy returns the household's tasks, ghosts among them, that ended
	// because the customer rang with this task, and that no newer list would
	// have taken back.
	EndedBy(ctx context.Context, t Task) ([]Task, error)
}

// TendStore is what looking after the queue needs.
type TendStore interface {
	// Stale returns open tasks that need looking after at now, oldest first:
	// leased or in progress with LeaseUntil ≤ now; not promised with ExpiresAt
	// ≤ now; blocked with NotBefore ≤ now, whose gate may have opened;
	// call-backs with DueAt ≤ soon.
	Stale(ctx context.Context, now, soon time.Time, limit int) ([]Task, error)
	// Situation returns what is known now of a customer and household; see DeskStore.
	Situation(ctx context.Context, customer history.CustomerID, household history.HouseholdID, now time.Time) (Known, Facts, error)
	// SaveStep persists what a step leads to; see DeskStore.
	SaveStep(ctx context.Context, before Task, step Consequences) error
}

// Consequences is all that one step on a task leads to; the store only
// persists it.
type Consequences struct {
	Task      Task            // as it is now
	Changes   []Change        // of its state, in order; each is a row
	Facts     []history.Fact  // to be recorded at once: contacts, consents, issues, contact points, retractions
	Promise   *Promise        // made
	Kept      []PromiseID     // kept by it
	Unkept    []PromiseID     // not kept after all: a correction
	Voided    []PromiseID     // taken back by a correction
	Attempt   *Attempt        // to be appended
	Undo      int             // number of the attempt that a correction replaces; 0 none
	FollowUp  *Task           // a data task, or work for service; none where other work has its key
	Recall    TaskID          // a follow-up that a correction takes back; 0 none
	Close     []Task          // other open tasks of the household that end with it (inbound), as they are now
	Reopen    []Task          // what such work had ended, given back by a correction, as they are now
	Exposures []ExposureStamp // first proactive contact of an exposure
}

// ExposureStamp says when an exposed customer was first contacted, or when its
// ghost's turn passed.
type ExposureStamp struct {
	Customer  history.CustomerID
	Treatment string
	At        time.Time
	Contacted bool // false for a ghost that passed
}
