package interventions

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/scoring"
)

// WhoRang is why work ends that was open when the customer rang.
const WhoRang = "the customer rang"

// followUpDays is when an undecided customer is called again.
const followUpDays = 3

// Wrap is one attempt to be saved: the task as the agent holds it, what they
// say came of it, and what is known of the customer now.
type Wrap struct {
	Task  Task
	Agent Agent
	Fence int64
	Up    WrapUp
	Known *Known
	Now   time.Time
	Open  []Task     // the household's other open tasks: inbound work ends them
	Ended []Task     // a correction's: what the work that it corrects ended, and may still be worked
	Asked []Approval // what was asked for with the task; needed only where an offer was granted
}

// Apply says all that follows from a wrap-up: the task's new state, facts to be
// recorded at once, a promise, a time to try again. It is pure.
func (p *Policy) Apply(w Wrap) (Consequences, error) {
	if err := held(w.Task, w.Agent.Name, w.Fence); err != nil {
		return Consequences{}, err
	}
	return p.apply(w, w.Now)
}

// apply is Apply for an attempt that took place at.
func (p *Policy) apply(w Wrap, at time.Time) (Consequences, error) {
	m, err := p.checkWrap(&w, at)
	if err != nil {
		return Consequences{}, err
	}
	a := &applying{p: p, w: w, m: m, at: at, step: begin(w.Task, w.Now, w.Agent.Name), zone: p.zoneNamed(w.Task.Zone)}
	t := &a.step.c.Task
	if t.StartedAt.IsZero() {
		t.StartedAt = at
	}
	t.Attempts++
	if t.FirstAttempt.IsZero() {
		t.FirstAttempt = at
	}
	t.LastAttempt, t.LastPart = at, p.calls.part(at, a.zone)
	t.AvoidOwner = ""
	a.keepPromise()
	a.record()
	if err := a.follow(); err != nil {
		return Consequences{}, err
	}
	a.handToService()
	a.closeOthers()
	c := &a.step.c
	if !inbound(&w.Task) && w.Task.Treatment != "" {
		c.Exposures = []ExposureStamp{{Customer: t.Customer, Treatment: t.Treatment, At: at, Contacted: true}}
	}
	c.Attempt = &Attempt{
		Task: t.ID, N: t.Attempts, At: at, By: w.Agent.Name, WrapUp: w.Up, Before: w.Task, Facts: c.Facts,
		Points: slices.Clone(w.Known.Points), Segment: w.Known.Attributes[p.cfg.SegmentAttribute],
	}
	if c.Promise != nil {
		c.Attempt.Promise = c.Promise.ID
	}
	if len(c.Kept) > 0 {
		c.Attempt.Kept = c.Kept[0]
	}
	if c.FollowUp != nil {
		c.Attempt.Follow = c.FollowUp.ID
	}
	return *c, nil
}

func inbound(t *Task) bool { return t.Family == FamilyInbound }

// checkWrap refuses what cannot be: R5 again at save, offers that were not
// allowed, and times that are not.
func (p *Policy) checkWrap(w *Wrap, at time.Time) (Meaning, error) {
	m, err := MeaningOf(w.Up.Disposition)
	if err != nil {
		return m, err
	}
	if err := w.Agent.May(w.Task); err != nil {
		return m, err
	}
	if err := m.fits(&w.Task); err != nil {
		return m, err
	}
	if m.LeaveReason {
		if err := oneOf("choose why they are leaving", "leave reason", w.Up.LeaveReason, LeaveReasons); err != nil {
			return m, err
		}
	}
	if err := p.checkGrant(w, m); err != nil {
		return m, err
	}
	calls := m.agreesCall(w.Up)
	if calls || w.Up.PromiseWhat != "" {
		what := "promise"
		if calls {
			what = "call-back"
		}
		switch {
		case !w.Up.DueAt.After(at):
			return m, fault.New(fault.Invalid, "a %s needs a time that is still to come", what)
		case w.Up.DueAt.After(at.AddDate(1, 0, 0)):
			return m, fault.New(fault.Invalid, "a %s needs a time within a year: look at the year", what)
		}
	}
	zone := p.zoneNamed(w.Task.Zone)
	if calls && !p.calls.open(w.Up.DueAt, zone) {
		next := p.calls.next(w.Up.DueAt, zone, PartNone)
		return m, fault.New(fault.Invalid, "%s is outside the hours this customer may be called: the next time is %s",
			p.cfg.Writer.DayClock(w.Up.DueAt.In(zone)), p.cfg.Writer.DayClock(next.In(zone)))
	}
	if m.then == thenSwitch {
		if _, ok := points[w.Up.NextChannel]; !ok || w.Up.NextChannel == w.Task.Channel {
			return m, fault.New(fault.Invalid, "say over which other channel: phone, email or letter")
		}
	}
	return m, nil
}

func (p *Policy) checkGrant(w *Wrap, m Meaning) error {
	granted := w.Up.OfferMinor > 0 || w.Up.OfferName != ""
	byLead := granted && approved(w.Asked, w.Task.ID, w.Up.OfferName, w.Up.OfferMinor)
	switch {
	case w.Up.OfferMinor < 0:
		return fault.New(fault.Invalid, "the cost of an offer cannot be negative")
	case granted && !m.Grants:
		return fault.New(fault.Invalid, "%s grants nothing: choose saved with offer, or take the offer out", m.Disposition)
	case m.Disposition == SavedWithOffer && !granted:
		return fault.New(fault.Invalid, "say which offer was granted")
	case granted && len(w.Known.Issues) > 0:
		return fault.New(fault.Forbidden, "no offer may be granted while a service issue is open")
	case byLead:
		return nil
	case granted && !inbound(&w.Task) && w.Up.OfferMinor > w.Task.OfferMinor:
		return fault.New(fault.Forbidden, "the offer costs %s, more than the %s of this task", p.cfg.Writer.Exact(w.Up.OfferMinor), p.cfg.Writer.Exact(w.Task.OfferMinor))
	case granted:
		return p.refuseGrant(w, p.offering(&w.Task, w.Up.OfferName))
	}
	return nil
}

// applying is one wrap-up on its way.
type applying struct {
	p    *Policy
	w    Wrap
	m    Meaning
	at   time.Time
	zone *time.Location
	step *step
}

// keepPromise: who calls at the agreed time has kept a call-back, whether or
// not anybody answered; any other promise is kept only by reaching the customer.
func (a *applying) keepPromise() {
	t := &a.step.c.Task
	if t.Promise == 0 {
		return
	}
	if t.DueKind == DuePromise && !a.m.Reached {
		return
	}
	a.step.c.Kept = []PromiseID{t.Promise}
	t.Promise, t.DueKind, t.DueAt, t.Escalated = 0, "", time.Time{}, false
}

func (a *applying) ref(kind history.FactKind, i int) int64 {
	t := &a.w.Task
	return a.p.hash63("fact", strconv.FormatInt(int64(t.ID), 10), strconv.Itoa(t.Attempts+1), string(kind), strconv.Itoa(i))
}

func (a *applying) fact(kind history.FactKind, i int, body any) {
	a.step.c.Facts = append(a.step.c.Facts, history.Fact{
		Stamp: history.Stamp{Customer: a.w.Task.Customer, Ref: a.ref(kind, i), Occurred: a.at.UTC(), Recorded: a.w.Now.UTC()},
		Kind:  kind, Body: body,
	})
}

// record makes the facts: the contact itself, and what compliance demands at
// once on every channel it names.
func (a *applying) record() {
	t, up := &a.w.Task, &a.w.Up
	direction := "out"
	if t.Rings() {
		direction = "in"
	}
	if t.Family != FamilyData {
		a.fact(history.FactContact, 0, history.Contact{
			Channel: string(t.Channel), Purpose: string(t.Purpose), Direction: direction, Proactive: !inbound(t), By: a.w.Agent.Name,
			Disposition: string(up.Disposition), Reached: a.m.Reached, Task: WorkOf(t.ID, 0), Note: up.Note,
		})
	}
	for i, c := range a.m.consent {
		a.fact(history.FactConsent, i, history.Consent{Purpose: string(c.Purpose), Channel: string(c.Channel)})
	}
	if a.m.issue != "" {
		a.fact(history.FactIssue, 0, history.Issue{Category: a.m.issue, Severity: 4})
	}
	if at := a.usedPoint(); a.m.then == thenUnusable && at != nil {
		point := at.ContactPoint
		point.Until = a.at.UTC()
		a.step.c.Facts = append(a.step.c.Facts, history.Fact{
			Stamp: history.Stamp{Customer: t.Customer, Ref: at.Ref, Occurred: at.Since.UTC(), Recorded: a.w.Now.UTC()},
			Kind:  history.FactContactPoint, Body: point,
		})
	}
}

// usedPoint is the contact point of this attempt: the newest valid one.
func (a *applying) usedPoint() *history.PointAt {
	for i := range a.w.Known.Points {
		if at := &a.w.Known.Points[i]; at.Channel == points[a.w.Task.Channel] && at.Channel != "" {
			return at
		}
	}
	return nil
}

func (a *applying) hasOtherPoint() bool {
	used := a.usedPoint()
	return slices.ContainsFunc(a.w.Known.Points, func(at history.PointAt) bool {
		return used != nil && at.Channel == used.Channel && at.Ref != used.Ref
	})
}

// follow gives the task its next state.
func (a *applying) follow() error {
	up := &a.w.Up
	switch {
	case a.m.Stops != "" || a.w.Task.Family == FamilyData:
		return a.step.to(TaskDone, string(up.Disposition))
	case a.m.agreesCall(*up):
		return a.promise(DueCallback, orElse(up.PromiseWhat, "call back"))
	case up.PromiseWhat != "":
		return a.promise(DuePromise, up.PromiseWhat)
	case a.w.Task.Rings():
		return a.step.to(TaskDone, string(up.Disposition))
	}
	next := startOfNextDay(a.at, a.zone)
	switch a.m.then {
	case thenRetry:
		return a.retry(next)
	case thenLater:
		return a.retry(later(next, a.at.Add(24*time.Hour)))
	case thenFollowUp:
		return a.retry(later(next, a.at.AddDate(0, 0, followUpDays)))
	case thenSwitch:
		a.step.c.Task.Channel = up.NextChannel
		return a.retry(next)
	case thenUnusable:
		a.dataTask()
		if a.hasOtherPoint() {
			return a.retry(next)
		}
	}
	return a.step.to(TaskDone, string(up.Disposition))
}

// handToService asks for the problem that was escalated to be looked after, by
// the first treatment of service over the phone; without one nothing follows but
// the open issue.
func (a *applying) handToService() {
	at := slices.IndexFunc(a.p.cfg.Treatments, func(t Treatment) bool { return t.Family == FamilyService && t.Channel == ChannelPhone })
	if a.m.Disposition != IssueEscalated || a.w.Task.Family == FamilyService || at < 0 {
		return
	}
	t, by := &a.w.Task, &a.p.cfg.Treatments[at]
	issue := a.ref(history.FactIssue, 0)
	if open := a.w.Known.Issues; len(open) > 0 { // as a night names the household's work on it
		issue = open[0].Ref
	}
	card, minutes := t.Card, a.p.Minutes(at)
	card.Offer, card.Treatment, card.Purpose, card.Opening, card.Avoid = nil, by.Name, by.Purpose, "", by.Avoid
	card.Worth = a.p.worth(at, a.w.Known, &scoring.Score{Risk: card.Risk, ValueMinor: card.ValueMinor})
	a.step.c.FollowUp = &Task{
		ID:  TaskID(a.p.hash63("service", strconv.FormatInt(int64(t.ID), 10), strconv.Itoa(t.Attempts+1), strconv.FormatInt(a.w.Now.UnixMicro(), 10))),
		Key: workKey(t.Household, FamilyService, fmt.Sprintf("issue-%d", issue)), Customer: t.Customer, Household: t.Household, Partition: t.Partition,
		Treatment: by.Name, Family: by.Family, Channel: by.Channel, Purpose: by.Purpose, State: TaskReady, Skills: by.Skills, Language: t.Language,
		WorthMinor: int64(card.Worth.Total), Minutes: minutes, ValuePerMinute: a.p.perMinute(card.Worth, card.ValueMinor, minutes), Zone: t.Zone, AsOf: t.AsOf, CreatedAt: a.w.Now, NotBefore: a.w.Now,
		ExpiresAt: a.w.Now.AddDate(0, 0, by.ExpiryDays), Reason: string(a.w.Up.Disposition), Card: card,
	}
}

// retry puts the task back for another part of another day: R9 allows one
// contact of a household a day. It ends when it has been tried enough.
func (a *applying) retry(from time.Time) error {
	t, r := &a.step.c.Task, a.p.cfg.Attempts
	from = later(from, a.at.Add(time.Duration(r.ApartHours)*time.Hour))
	from = later(from, a.w.Now)
	if t.Channel == ChannelPhone {
		from = a.p.calls.next(from, a.zone, t.LastPart)
	}
	switch {
	case t.Attempts >= r.Max:
		return a.step.to(TaskExpired, fmt.Sprintf("tried %d times", t.Attempts))
	case from.IsZero() || from.After(t.FirstAttempt.AddDate(0, 0, r.WithinDays)):
		return a.step.to(TaskExpired, fmt.Sprintf("tried for %d days", r.WithinDays))
	case !t.ExpiresAt.IsZero() && !from.Before(t.ExpiresAt) && t.Promise == 0:
		return a.step.to(TaskExpired, "its time ran out")
	}
	t.NotBefore, t.Owner = from, ""
	to := TaskReady
	if t.Promise != 0 { // not kept yet: it stays a promise
		to = TaskCallback
	}
	return a.step.to(to, string(a.w.Up.Disposition))
}

// promise makes a promise with a clock; the task waits for it.
func (a *applying) promise(kind DueKind, what string) error {
	t := &a.step.c.Task
	due := a.w.Up.DueAt.UTC()
	pr := Promise{
		ID:   PromiseID(a.p.hash63("promise", strconv.FormatInt(int64(t.ID), 10), strconv.Itoa(t.Attempts))),
		Task: t.ID, Customer: t.Customer, Household: t.Household, Kind: kind, What: what,
		MadeBy: a.w.Agent.Name, MadeAt: a.at.UTC(), DueAt: due, Owner: a.w.Agent.Name,
	}
	a.step.c.Promise = &pr
	t.Promise, t.DueKind, t.DueAt, t.Escalated = pr.ID, kind, due, false
	t.NotBefore, t.Owner = due.Add(-offerEarly), a.w.Agent.Name
	if inbound(t) { // from here on it is a contact of ours, tried as any other
		t.ExpiresAt = time.Time{}
	}
	if open := a.p.calls.next(t.NotBefore, a.zone, PartNone); t.Channel == ChannelPhone && !open.After(due) {
		t.NotBefore = open
	}
	return a.step.to(TaskCallback, what)
}

// dataTask asks for the contact point to be put right.
func (a *applying) dataTask() {
	t := &a.w.Task
	part := fmt.Sprintf("task-%d", int64(t.ID))
	a.step.c.FollowUp = &Task{
		ID:  TaskID(a.p.hash63("data", strconv.FormatInt(int64(t.ID), 10), strconv.Itoa(t.Attempts+1), strconv.FormatInt(a.w.Now.UnixMicro(), 10))),
		Key: workKey(t.Household, FamilyData, part), Customer: t.Customer, Household: t.Household, Partition: t.Partition,
		Family: FamilyData, Channel: t.Channel, Purpose: PurposeService, State: TaskReady, Skills: []string{"data"},
		Zone: t.Zone, AsOf: t.AsOf, CreatedAt: a.w.Now, NotBefore: a.w.Now, ExpiresAt: a.w.Now.AddDate(0, 0, 30),
		Reason: string(a.w.Up.Disposition), Card: t.Card,
	}
}

// endsOthers says whether a wrap-up of this task ends what else is open.
func (m Meaning) endsOthers(t *Task) bool { return inbound(t) && (m.Reached || m.Stops != "") }

// closeOthers ends what was open when the customer rang, ghosts alike, except
// what somebody else is working on and what was promised. A call that dropped
// ends nothing: nobody has been spoken to.
func (a *applying) closeOthers() {
	if !a.m.endsOthers(&a.w.Task) {
		return
	}
	for _, o := range a.w.Open {
		busy := (o.State == TaskLeased || o.State == TaskInProgress) && o.Owner != a.w.Agent.Name && a.w.Now.Before(o.LeaseUntil)
		service := a.m.Disposition == IssueEscalated && o.Family == FamilyService // it is looked after by that
		if o.ID == a.w.Task.ID || busy || service || o.DueKind != "" || o.Family == FamilyData || o.Family == FamilyInbound {
			continue
		}
		s := begin(o, a.w.Now, a.w.Agent.Name)
		if s.to(TaskDone, WhoRang) == nil {
			a.step.c.Close = append(a.step.c.Close, s.c.Task)
			a.step.c.Changes = append(a.step.c.Changes, s.c.Changes...)
		}
	}
}
