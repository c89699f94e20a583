package interventions

import (
	"slices"
	"strings"
	"time"

	"holdfast/internal/fault"
)

// maxSnoozeDays bounds a snooze.
const maxSnoozeDays = 30

// recheckEvery is how often a blocked task is looked at again.
const recheckEvery = time.Hour

// Snooze delays a task with a reason until a time before it expires. A note,
// as with Skip and Handoff, is on the card of whoever opens it next; it may be empty.
func (p *Policy) Snooze(t Task, a Agent, fence int64, reason, note string, until, now time.Time) (Consequences, error) {
	if err := held(t, a.Name, fence); err != nil {
		return Consequences{}, err
	}
	if t.Rings() {
		return Consequences{}, fault.New(fault.Invalid, "a customer who contacts us cannot be snoozed: agree a call-back, or make a promise")
	}
	if err := oneOf("choose why it is snoozed", "reason to snooze", reason, SnoozeReasons); err != nil {
		return Consequences{}, err
	}
	if t.DueKind != "" {
		return Consequences{}, fault.New(fault.Conflict, "a promise or call-back cannot be snoozed: keep it, or agree on another time")
	}
	if !until.After(now) || until.After(now.AddDate(0, 0, maxSnoozeDays)) {
		return Consequences{}, fault.New(fault.Invalid, "give a time within the next %d days", maxSnoozeDays)
	}
	if !t.ExpiresAt.IsZero() && !until.Before(t.ExpiresAt) {
		return Consequences{}, fault.New(fault.Invalid, "the task expires on %s: give an earlier time", t.ExpiresAt.Format("2 January 15:04"))
	}
	s := begin(t, now, a.Name)
	if err := s.to(TaskSnoozed, reason); err != nil {
		return Consequences{}, err
	}
	s.c.Task.NotBefore, s.c.Task.Owner = until.UTC(), ""
	s.write(note)
	return s.c, nil
}

// skipped begins the reason of a change that a skip made.
const skipped = "skipped: "

// SkipOf returns the reason of a skip from that of the change it made.
func SkipOf(why string) (reason string, ok bool) { return strings.CutPrefix(why, skipped) }

// OpenedByMistake is the one reason to lay down the card of a customer who
// contacts us: it was not them, and nothing came of it.
const OpenedByMistake = "opened_by_mistake"

// Skip declines a task with a reason; it goes to another agent first. The card
// of a customer who contacts us ends, without a note, and only as OpenedByMistake.
func (p *Policy) Skip(t Task, a Agent, fence int64, reason, note string, now time.Time) (Consequences, error) {
	if err := held(t, a.Name, fence); err != nil {
		return Consequences{}, err
	}
	if t.Rings() {
		return mistaken(t, a, reason, now)
	}
	if err := oneOf("choose why it is skipped", "reason to skip", reason, SkipReasons); err != nil {
		return Consequences{}, err
	}
	s := begin(t, now, a.Name)
	to := TaskReady
	if t.DueKind != "" {
		to = TaskCallback
	}
	if err := s.to(to, skipped+reason); err != nil {
		return Consequences{}, err
	}
	s.write(note)
	task := &s.c.Task
	task.AvoidOwner, task.Owner = a.Name, ""
	switch reason {
	case "on_other_line":
		task.NotBefore = now.Add(15 * time.Minute)
	case "recent_contact":
		task.NotBefore = startOfNextDay(now, p.zoneNamed(t.Zone))
	case "outside_hours":
		task.NotBefore = p.calls.next(now.Add(time.Minute), p.zoneNamed(t.Zone), PartNone)
	}
	return s.c, nil
}

// mistaken ends the card of a customer who did not contact us after all.
func mistaken(t Task, a Agent, reason string, now time.Time) (Consequences, error) {
	if reason != OpenedByMistake {
		return Consequences{}, fault.New(fault.Invalid, "a customer who contacts us cannot be skipped: say what came of it, or that the card was opened by mistake")
	}
	s := begin(t, now, a.Name)
	return s.c, s.to(TaskExpired, "opened by mistake")
}

// Handoff passes a task to the people with another skill. It stays the same
// task: R8 counts it once.
func (p *Policy) Handoff(t Task, a Agent, fence int64, skill, note string, now time.Time) (Consequences, error) {
	if err := held(t, a.Name, fence); err != nil {
		return Consequences{}, err
	}
	if skill == "" {
		return Consequences{}, fault.New(fault.Invalid, "say which skill the task is handed to")
	}
	s := begin(t, now, a.Name)
	to := TaskReady
	if t.DueKind != "" {
		to = TaskCallback
	}
	if err := s.to(to, "handed to "+skill); err != nil {
		return Consequences{}, err
	}
	s.write(note)
	task := &s.c.Task
	task.Skills, task.Owner, task.AvoidOwner = []string{skill}, "", a.Name
	if inbound(task) { // from here on it is work as any other
		task.ExpiresAt = time.Time{}
	}
	return s.c, nil
}

// inboundFor is how long the card of a customer who contacted us may stay open.
const inboundFor = 12 * time.Hour

// Inbound makes the task of a customer who contacts us: begun, in the agent's
// hands, the same for every arm.
func (p *Policy) Inbound(k *Known, card Card, a Agent, channel Channel, now time.Time) (Consequences, error) {
	if _, ok := points[channel]; !ok {
		return Consequences{}, fault.New(fault.Invalid, "channel is %q: write phone, email or letter", channel)
	}
	part := now.UTC().Format(time.RFC3339Nano)
	key := workKey(k.Household, FamilyInbound, part)
	t := Task{
		ID: TaskID(p.hash63("inbound", key, a.Name)), Key: key, Customer: k.Customer.ID, Household: k.Household,
		Partition: k.Customer.Partition, Family: FamilyInbound, Channel: channel, Purpose: PurposeService,
		State: TaskInProgress, Zone: p.zoneOf(k).String(), AsOf: now, CreatedAt: now, NotBefore: now,
		Owner: a.Name, Fence: 1, LeaseUntil: now.Add(LeaseFor), StartedAt: now, Reason: "the customer rang", Card: card,
		ExpiresAt: now.Add(inboundFor),
	}
	return Consequences{Task: t, Changes: []Change{{Task: t.ID, At: now, Who: a.Name, To: TaskInProgress, Why: "the customer rang"}}}, nil
}

// Escalate looks after a promise whose clock runs down (R3): it is marked for
// everybody to see half an hour before, and an owner who is absent, gone (nil)
// or not trained for it loses it to anyone who is. It says whether it changed
// anything.
func Escalate(t Task, owner *Agent, now time.Time) (Consequences, bool) {
	if t.State != TaskCallback || t.DueKind == "" || now.Before(t.DueAt.Add(-escalateAt)) {
		return Consequences{Task: t}, false
	}
	s := begin(t, now, System)
	why := ""
	if t.Owner != "" && (owner == nil || owner.Absent || owner.May(t) != nil) {
		s.c.Task.Owner, why = "", t.Owner+" cannot keep it"
	}
	if !t.Escalated {
		s.c.Task.Escalated = true
		why = orElse(why, "about to break")
	}
	if why == "" {
		return Consequences{Task: t}, false
	}
	s.c.Changes = []Change{{Task: t.ID, At: now, Who: System, From: TaskCallback, To: TaskCallback, Why: "escalated: " + why}}
	return s.c, true
}

// waits are gates that open by themselves: a task behind one of them is put
// off, not blocked.
var waits = []Gate{GateWindow, GateHousehold, GatePromise, GateCoolOff}

// Opened says what the gates make of a task when its turn comes: nil when they
// are open (an offer is removed while an issue is open), else what becomes of
// the task: put off where the gate opens by itself, blocked otherwise.
func (p *Policy) Opened(t Task, k *Known, f *Facts, now time.Time) (Task, *Consequences, error) {
	if t.Family == FamilyData || t.Family == FamilyInbound {
		return t, nil, nil
	}
	if len(k.Issues) > 0 { // R1: what is kept all the same is kept without an offer
		t.OfferMinor, t.Card.Offer = 0, nil
	}
	treatment := p.Treatment(t.Treatment)
	if treatment == nil {
		c, err := p.stop(t, now, "its treatment is no longer configured")
		return t, c, err
	}
	asked := *treatment
	asked.Channel = t.Channel // a customer may have asked for another
	_, failed := p.Gates(Ask{
		Treatment: &asked, Moment: AtOpen, Key: t.Key, Milestone: t.Milestone, Self: WorkOf(t.ID, 0), Promised: t.DueKind != "", Ghost: t.Ghost, Override: t.Override,
	}, k, f)
	if len(failed) == 0 {
		return t, nil, nil
	}
	for _, st := range failed {
		if !waiting(st.Gate) {
			c, err := p.stop(t, now, st.why())
			return t, c, err
		}
	}
	c, err := p.putOff(t, failed, now)
	return t, c, err
}

func (p *Policy) stop(t Task, now time.Time, why string) (*Consequences, error) {
	s := begin(t, now, System)
	if err := s.to(TaskBlocked, why); err != nil {
		return nil, err
	}
	s.c.Task.NotBefore = now.Add(recheckEvery)
	return &s.c, nil
}

// putOff moves a task's turn to when the gates that closed are likely to open;
// a gate still closed then puts it off again.
func (p *Policy) putOff(t Task, failed []Stop, now time.Time) (*Consequences, error) {
	zone := p.zoneNamed(t.Zone)
	from := now
	for _, st := range failed {
		if st.Gate != GateWindow {
			from = startOfNextDay(now, zone)
		}
	}
	s := begin(t, now, System)
	to := t.State
	switch t.State {
	case TaskLeased, TaskInProgress, TaskSnoozed:
		to = TaskReady
	}
	if err := s.to(to, "put off: "+failed[0].why()); err != nil {
		return nil, err
	}
	s.c.Task.NotBefore = from.UTC()
	if slices.Contains(p.cfg.Policy.Windowed, t.Channel) {
		s.c.Task.NotBefore = p.calls.next(from, zone, PartNone)
	}
	if s.c.Task.NotBefore.IsZero() { // no window ever opens
		return p.stop(t, now, string(GateWindow))
	}
	return &s.c, nil
}

// Recheck opens a blocked task again once its gates are open.
func (p *Policy) Recheck(t Task, k *Known, f *Facts, now time.Time) (Consequences, bool) {
	if t.State != TaskBlocked {
		return Consequences{Task: t}, false
	}
	// A gate still closed is an error here: blocked work cannot be blocked again.
	if _, closed, err := p.Opened(t, k, f, now); err != nil || closed != nil {
		return Consequences{Task: t}, false
	}
	to := TaskReady
	switch {
	case t.Ghost:
		to = TaskGhost
	case t.DueKind != "":
		to = TaskCallback
	}
	s := begin(t, now, System)
	if s.to(to, "its gate opened") != nil {
		return Consequences{Task: t}, false
	}
	return s.c, true
}
