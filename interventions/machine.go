package interventions

import (
	"math"
	"slices"
	"strings"
	"time"

	"holdfast/internal/fault"
)

// Lease times of the desk.
const (
	LeaseFor   = 15 * time.Minute // a heartbeat renews it
	escalateAt = 30 * time.Minute // before a promise falls due
	offerEarly = 5 * time.Minute  // a promise is offered so long before it is due
	expiring   = 24 * time.Hour   // work that ends sooner goes before other work
)

// transitions is what may follow what.
//
//	ready ────► leased ────► in_progress ────► done
//	 ▲ ▲ ▲        │ │           │ │ │
//	 │ │ └─ lost, skipped ──────┘ │ └─ promised ─► callback ─ due ─► leased
//	 │ │            └─ snoozed ◄──┘                    (never expires)
//	 │ │                 └─ its time came ─► leased
//	 │ └─ opens again ── blocked ◄── a gate closed, from any open state
//	 └─ released again ─ recalled ◄─ withdrawn, if nobody started it
//
//	ghost ────► done      stamped as passed, or the customer rang
//	any open state but callback and a live lease ────► expired
//
// What is done or expired moves again by a correction only.
var transitions = map[TaskState][]TaskState{
	TaskReady:      {TaskLeased, TaskReady, TaskDone, TaskBlocked, TaskExpired, TaskRecalled, TaskCallback}, // call-back: by a correction only
	TaskLeased:     {TaskLeased, TaskInProgress, TaskReady, TaskSnoozed, TaskCallback, TaskBlocked, TaskExpired, TaskRecalled, TaskDone},
	TaskInProgress: {TaskInProgress, TaskLeased, TaskReady, TaskSnoozed, TaskCallback, TaskDone, TaskBlocked, TaskExpired},
	TaskSnoozed:    {TaskLeased, TaskReady, TaskDone, TaskBlocked, TaskExpired, TaskRecalled},
	TaskCallback:   {TaskLeased, TaskCallback, TaskReady, TaskDone, TaskBlocked, TaskExpired}, // expired: by a correction only
	TaskBlocked:    {TaskReady, TaskGhost, TaskCallback, TaskDone, TaskExpired, TaskRecalled},
	TaskRecalled:   {TaskReady, TaskGhost},
	TaskGhost:      {TaskDone, TaskExpired, TaskRecalled, TaskBlocked, TaskGhost}, // itself: put off
	TaskDone:       {TaskReady, TaskCallback, TaskDone, TaskExpired, TaskGhost},   // by a correction only
	TaskExpired:    {TaskReady, TaskCallback, TaskDone, TaskExpired},              // by a correction only
}

// Open says whether work in this state may still lead to a contact: R8 allows
// one such task per household, family and episode.
func (s TaskState) Open() bool {
	return !slices.Contains([]TaskState{TaskDone, TaskExpired, TaskRecalled}, s)
}

// May says whether one state may follow another.
func (s TaskState) May(to TaskState) bool { return slices.Contains(transitions[s], to) }

// step is a task on its way through changes of state.
type step struct {
	c   Consequences
	at  time.Time
	who string
}

func begin(t Task, at time.Time, who string) *step {
	return &step{c: Consequences{Task: t}, at: at, who: who}
}

// to changes the state and notes it.
func (s *step) to(state TaskState, why string) error {
	t := &s.c.Task
	if !t.State.May(state) {
		return fault.New(fault.Conflict, "the task is %s and cannot become %s: open it again to see what happened", t.State, state)
	}
	s.c.Changes = append(s.c.Changes, Change{Task: t.ID, At: s.at, Who: s.who, From: t.State, To: state, Why: why})
	t.State, t.Reason = state, why
	switch state {
	case TaskDone, TaskExpired, TaskRecalled:
		t.DoneAt = s.at
		t.LeaseUntil = time.Time{}
	case TaskReady, TaskSnoozed, TaskBlocked, TaskCallback, TaskGhost:
		t.DoneAt, t.LeaseUntil = time.Time{}, time.Time{}
	}
	return nil
}

// notesKept bounds the notes of a task; the oldest go first.
const notesKept = 20

// write leaves a note on the task; an empty one is none.
func (s *step) write(note string) {
	note = strings.TrimSpace(note)
	if note == "" {
		return
	}
	kept := s.c.Task.Notes
	kept = kept[max(0, len(kept)-notesKept+1):]
	s.c.Task.Notes = append(slices.Clone(kept), Note{At: s.at.UTC(), By: s.who, Text: note})
}

// System is who made a change that nobody asked for.
const System = "system"

// Lease gives a task to an agent for fifteen minutes and raises its fence. R5
// is checked here and again when the outcome is saved.
func Lease(t Task, a Agent, now time.Time) (Consequences, error) {
	if a.Absent {
		return Consequences{}, fault.New(fault.Forbidden, "%s is marked absent", a.Name)
	}
	if err := a.May(t); err != nil {
		return Consequences{}, err
	}
	if (t.State == TaskLeased || t.State == TaskInProgress) && now.Before(t.LeaseUntil) {
		return Consequences{}, fault.New(fault.Conflict, "%s has this task for another %d minutes: take the next one", t.Owner, int(math.Ceil(t.LeaseUntil.Sub(now).Minutes())))
	}
	s := begin(t, now, a.Name)
	if t.State == TaskInProgress { // its lease was lost in the middle of a call
		if err := s.to(TaskReady, "lease lost"); err != nil {
			return Consequences{}, err
		}
	}
	if err := s.to(TaskLeased, "next"); err != nil {
		return Consequences{}, err
	}
	task := &s.c.Task
	task.restore() // what is begun all the same gets its own time
	task.Owner, task.LeaseUntil, task.AvoidOwner = a.Name, now.Add(LeaseFor), ""
	task.Fence++
	return s.c, nil
}

// held says whether the agent holds the task's lease. One that ran out is still
// good while nobody else has taken the task.
func held(t Task, agent string, fence int64) error {
	if t.State != TaskLeased && t.State != TaskInProgress {
		return fault.New(fault.Conflict, "the task is %s: nobody is working on it; take it again", t.State)
	}
	if t.Owner != agent || t.Fence != fence {
		return fault.New(fault.Conflict, "the task went to %s: take the next one", t.Owner)
	}
	return nil
}

// Heartbeat renews a lease.
func Heartbeat(t Task, agent string, fence int64, now time.Time) (Consequences, error) {
	if err := held(t, agent, fence); err != nil {
		return Consequences{}, err
	}
	c := Consequences{Task: t}
	c.Task.LeaseUntil = now.Add(LeaseFor)
	return c, nil
}

// Begin marks that the agent has begun the contact: from here on R8 counts the
// task as started.
func Begin(t Task, agent string, fence int64, now time.Time) (Consequences, error) {
	if err := held(t, agent, fence); err != nil {
		return Consequences{}, err
	}
	s := begin(t, now, agent)
	if err := s.to(TaskInProgress, "begun"); err != nil {
		return Consequences{}, err
	}
	if s.c.Task.StartedAt.IsZero() {
		s.c.Task.StartedAt = now
	}
	s.c.Task.LeaseUntil = now.Add(LeaseFor)
	return s.c, nil
}

// LoseLease returns a task whose lease ran out to the queue, where another
// agent gets it first; the card of a customer who rang waits for the agent who
// spoke with them. It changes nothing, and says so, while the lease runs.
func LoseLease(t Task, now time.Time) (Consequences, bool) {
	if (t.State != TaskLeased && t.State != TaskInProgress) || now.Before(t.LeaseUntil) {
		return Consequences{Task: t}, false
	}
	s := begin(t, now, System)
	to := TaskReady
	if t.DueKind != "" {
		to = TaskCallback
	}
	if s.to(to, "lease lost") != nil {
		return Consequences{Task: t}, false
	}
	if !t.Rings() {
		s.c.Task.AvoidOwner, s.c.Task.Owner = t.Owner, ""
	}
	return s.c, true
}

// Recall takes back a task of a withdrawn publication, if nobody started it.
func Recall(t Task, who string, now time.Time) (Consequences, bool) {
	if !t.StartedAt.IsZero() || !t.State.May(TaskRecalled) {
		return Consequences{Task: t}, false
	}
	s := begin(t, now, who)
	return s.c, s.to(TaskRecalled, "publication withdrawn") == nil
}

// Revive brings a recalled task back with its publication.
func Revive(t Task, who string, now time.Time) (Consequences, bool) {
	to := TaskReady
	if t.Ghost {
		to = TaskGhost
	}
	s := begin(t, now, who)
	if t.State != TaskRecalled || s.to(to, "publication released again") != nil {
		return Consequences{Task: t}, false
	}
	return s.c, true
}

// Expire ends a task whose time ran out. Promises do not expire.
func Expire(t Task, now time.Time) (Consequences, bool) {
	if now.Before(t.ExpiresAt) || t.ExpiresAt.IsZero() || t.DueKind != "" || !t.State.Open() || t.State == TaskInProgress ||
		(t.State == TaskLeased && now.Before(t.LeaseUntil)) {
		return Consequences{Task: t}, false
	}
	s := begin(t, now, System)
	return s.c, s.to(TaskExpired, "its time ran out") == nil
}

// Pass stamps a ghost whose turn has come: nobody sees it, and its household
// meets the same gates afterwards as if it had been contacted.
func Pass(t Task, now time.Time) (Consequences, error) {
	if !t.Ghost {
		return Consequences{}, fault.New(fault.Conflict, "only a ghost can pass")
	}
	s := begin(t, now, System)
	if err := s.to(TaskDone, "passed"); err != nil {
		return Consequences{}, err
	}
	s.c.Task.PassedAt, s.c.Task.StartedAt = now, now
	s.c.Exposures = []ExposureStamp{{Customer: t.Customer, Treatment: t.Treatment, At: now}}
	return s.c, nil
}

// May says whether the agent is trained and authorised for a task (R5).
func (a Agent) May(t Task) error {
	for _, need := range t.Skills {
		if !slices.Contains(a.Skills, need) {
			return fault.New(fault.Forbidden, "the task needs the skill %q, which %s does not have", need, a.Name)
		}
	}
	if t.Language != "" && !understands(a.Languages, t.Language) {
		return fault.New(fault.Forbidden, "the customer speaks %q, which %s does not", t.Language, a.Name)
	}
	if t.Signatory != "" && t.Signatory != a.Name && !slices.Contains(a.Signs, t.Signatory) {
		return fault.New(fault.Forbidden, "only %s makes this call", t.Signatory)
	}
	if t.OfferMinor > a.CeilingMinor {
		return fault.New(fault.Forbidden, "the offer of this task costs more than %s may grant", a.Name)
	}
	return nil
}

// Before is the order of work: due promise, due call-back, what expires within
// a day, then value for a minute, and behind all of it what the rest of the day
// has no room for. In SQL:
//
//	ORDER BY CASE WHEN due_kind = 'promise' THEN 0 WHEN due_kind = 'callback' THEN 1
//	              WHEN lane = 'behind' THEN 4
//	              WHEN expires_at <= :now + 1 day THEN 2 ELSE 3 END,
//	         CASE WHEN due_kind <> '' THEN due_at ELSE 0 END,
//	         value_per_minute DESC, id
func Before(a, b *Task, now time.Time) bool {
	ca, cb := class(a, now), class(b, now)
	if ca != cb {
		return ca < cb
	}
	if ca <= 1 && !a.DueAt.Equal(b.DueAt) {
		return a.DueAt.Before(b.DueAt)
	}
	if a.ValuePerMinute != b.ValuePerMinute {
		return a.ValuePerMinute > b.ValuePerMinute
	}
	return a.ID < b.ID
}

func class(t *Task, now time.Time) int {
	switch {
	case t.DueKind == DuePromise:
		return 0
	case t.DueKind == DueCallback:
		return 1
	case t.Behind():
		return 4
	case !t.ExpiresAt.After(now.Add(expiring)):
		return 2
	}
	return 3
}
