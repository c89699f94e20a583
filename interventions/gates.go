package interventions

import (
	"fmt"
	"slices"
	"time"

	"holdfast/history"
)

// Ask is what the gates are asked: may this treatment go ahead for this
// customer at this moment?
type Ask struct {
	Treatment *Treatment
	Moment    Moment
	Key       string // what R8 counts by
	Milestone int    // of a thank-you, years
	Self      string // WorkOf the task or message asking, so that it does not stop itself
	Ghost     bool   // held out itself: it passes where its twin would be contacted
	Override  bool   // a named director asked for it, whatever the arm (R7)
	Promised  bool   // a due promise or call-back, or the customer is on the line: exempt from R1 and R9
}

// WorkOf names a task or a message among a household's works.
func WorkOf(task TaskID, message MessageID) string {
	if task != 0 {
		return fmt.Sprintf("task/%d", int64(task))
	}
	return fmt.Sprintf("message/%d", int64(message))
}

// Gates runs every gate, whichever failed before it, and returns those that
// were open and those that were closed, with what closed them.
func (p *Policy) Gates(a Ask, k *Known, f *Facts) (passed GateSet, failed []Stop) {
	c := check{p: p, a: a, k: k, f: f, zone: p.zoneOf(k)}
	for i, g := range Gates {
		if detail, closed := checks[g](&c); closed {
			failed = append(failed, c.seal(Stop{Gate: g, Detail: detail}))
			continue
		}
		passed |= 1 << i
	}
	return passed, failed
}

// check is one run of the gates.
type check struct {
	p    *Policy
	a    Ask
	k    *Known
	f    *Facts
	zone *time.Location
	seen *Facts // f without ghosts; nil until it is asked for
}

// seal asks a closed gate again as if there were no ghosts: what they alone
// closed is sealed, and what closed it beside them is what is said.
func (c *check) seal(s Stop) Stop {
	if s.Gate == GateHoldout || !c.f.haunted() {
		return s
	}
	if c.seen == nil {
		c.seen = c.f.seen()
	}
	again := *c
	again.f = c.seen
	detail, closed := checks[s.Gate](&again)
	if !closed {
		s.Sealed = true
		return s
	}
	s.Detail = detail
	return s
}

// exempt says that R9 and its like do not hold this contact back: promises,
// inbound and service contact.
func (c *check) exempt() bool { return c.a.Promised || !c.a.Treatment.Sells() }

var checks = map[Gate]func(*check) (string, bool){
	GateDeceased:     func(c *check) (string, bool) { return c.said(Deceased) },
	GateLeft:         (*check).left,
	GateOptOut:       func(c *check) (string, bool) { return c.objected(OptOutAll) },
	GateDoNotCall:    (*check).doNotCall,
	GateVulnerable:   func(c *check) (string, bool) { return c.saidUnlessExempt(Vulnerable) },
	GateDispute:      func(c *check) (string, bool) { return c.saidUnlessExempt(Dispute) },
	GateConsent:      (*check).consent,
	GateIssue:        (*check).issue,
	GateContactPoint: (*check).contactPoint,
	GateOpenWork:     (*check).openWork,
	GateThanked:      (*check).thanked,
	GatePromise:      (*check).promise,
	GateHousehold:    (*check).household,
	GateCoolOff:      (*check).coolOff,
	GateCap:          (*check).caps,
	GateWindow:       (*check).window,
	GateHoldout:      (*check).holdout,
	GateOfferHeld:    (*check).offerHeld,
	GateAfford:       (*check).afford,
	GateExcluded:     (*check).excluded,
	GateProfiling:    (*check).profiling,
	GateRecognition:  (*check).refusesRecognition,
}

// said finds the newest contact with that disposition.
func (c *check) said(d Disposition) (string, bool) {
	at, ok := c.k.said(d)
	if !ok {
		return "", false
	}
	return "since " + localDay(at, c.zone), true
}

// said is when a disposition was last saved, by anybody.
func (k *Known) said(d Disposition) (at time.Time, ok bool) {
	for _, c := range slices.Backward(k.Contacts) {
		if c.Disposition == string(d) {
			return c.At, true
		}
	}
	return time.Time{}, false
}

func (c *check) saidUnlessExempt(d Disposition) (string, bool) {
	if c.exempt() {
		return "", false
	}
	return c.said(d)
}

// objected is said, lifted by a consent given later that covers this contact.
func (c *check) objected(d Disposition) (string, bool) {
	for _, at := range slices.Backward(c.k.Contacts) {
		if at.Disposition != string(d) {
			continue
		}
		if yes, known, since := c.covering(); known && yes && since.After(at.At) {
			return "", false
		}
		return "since " + localDay(at.At, c.zone), true
	}
	return "", false
}

func (c *check) doNotCall() (string, bool) {
	if c.a.Treatment.Channel != ChannelPhone {
		return "", false
	}
	return c.objected(DoNotCall)
}

// left closes for who has left, and for who has told us so and not begun a
// contract since.
func (c *check) left() (string, bool) {
	if c.a.Promised {
		return "", false
	}
	if c.k.Left != "" {
		return c.k.Left, true
	}
	since := c.daysAgo(c.p.cfg.EpisodeDays)
	for _, at := range slices.Backward(c.k.Contacts) {
		if at.At.Before(since) {
			break
		}
		switch Disposition(at.Disposition) {
		case AlreadyLeft, DeclinedLeave, Unavoidable:
			return at.Disposition + " since " + localDay(at.At, c.zone), !c.begunAfter(at.At)
		}
	}
	return "", false
}

func (c *check) begunAfter(t time.Time) bool {
	return slices.ContainsFunc(c.k.Subscriptions, func(s history.SubscriptionState) bool { return s.Start.After(t) || s.Renewed.After(t) })
}

// covering is the newest consent that covers purpose and channel; at one
// instant a no counts.
func (c *check) covering() (allowed, known bool, since time.Time) {
	for _, s := range c.k.Consents {
		if s.Purpose != "" && s.Purpose != string(c.a.Treatment.Purpose) {
			continue
		}
		if s.Channel != "" && s.Channel != string(c.a.Treatment.Channel) {
			continue
		}
		if known && (s.At.Before(since) || (s.At.Equal(since) && s.Allowed)) {
			continue
		}
		allowed, known, since = s.Allowed, true, s.At
	}
	return allowed, known, since
}

func (c *check) consent() (string, bool) {
	allowed, known, since := c.covering()
	if known {
		return "withdrawn on " + localDay(since, c.zone), !allowed
	}
	for _, need := range c.p.cfg.Policy.Consent.Required {
		if (need.Purpose == "" || need.Purpose == c.a.Treatment.Purpose) &&
			(need.Channel == "" || need.Channel == c.a.Treatment.Channel) {
			return "never given", true
		}
	}
	return "", false
}

// issue is R1: an open service issue blocks what sells, offers or thanks. A
// promise is kept all the same; who keeps it removes the offer.
func (c *check) issue() (string, bool) {
	if c.exempt() || len(c.k.Issues) == 0 {
		return "", false
	}
	i := c.k.Issues[0]
	return fmt.Sprintf("%s, open since %s", orElse(i.Category, "service issue"), localDay(i.Opened, c.zone)), true
}

func (c *check) contactPoint() (string, bool) {
	need := points[c.a.Treatment.Channel]
	if need == "" || slices.ContainsFunc(c.k.Points, func(at history.PointAt) bool { return at.Channel == need }) {
		return "", false
	}
	return "no valid " + need, true
}

// openWork is R8.
func (c *check) openWork() (string, bool) {
	for _, w := range c.f.Works {
		if w.Key != c.a.Key || WorkOf(w.Task, w.Message) == c.a.Self {
			continue
		}
		switch {
		case w.Started:
			return "begun before in this episode", true
		case w.Open:
			return "already in the queue", true
		}
	}
	return "", false
}

// thanked is R4's once per milestone and household. A thank-you that was begun
// does not stand in the way of its own call-back or next attempt (R3).
func (c *check) thanked() (string, bool) {
	if c.a.Treatment.Family != FamilyThanks {
		return "", false
	}
	for _, w := range c.f.Works {
		if w.Started && w.Family == FamilyThanks && w.Milestone == c.a.Milestone && WorkOf(w.Task, w.Message) != c.a.Self {
			return fmt.Sprintf("for %d years", c.a.Milestone), true
		}
	}
	return "", false
}

func (c *check) promise() (string, bool) {
	if c.exempt() {
		return "", false
	}
	for _, pr := range c.f.Promises {
		if pr.Open() && WorkOf(pr.Task, 0) != c.a.Self {
			return "due " + localDay(pr.DueAt, c.zone), true
		}
	}
	return "", false
}

// household is R9. Every contact of the day counts, whoever began it; only
// promises, inbound and service contact go ahead all the same.
func (c *check) household() (string, bool) {
	if c.exempt() {
		return "", false
	}
	day := localDay(c.when(), c.zone)
	for _, o := range c.f.Contacts {
		if localDay(o.At, c.zone) == day {
			return string(o.Channel), true
		}
	}
	for _, at := range slices.Backward(c.k.Contacts) {
		if localDay(at.At, c.zone) == day {
			return at.Channel, true
		}
	}
	return "", false
}

// when is the time the contact is meant for: a night plans the day that follows.
func (c *check) when() time.Time {
	if c.a.Moment == AtDecide {
		return c.k.Now.Add(12 * time.Hour)
	}
	return c.k.Now
}

// daysAgo is this time of day so many days ago where the customer is, whatever
// the clocks did in between.
func (c *check) daysAgo(n int) time.Time { return c.k.Now.In(c.zone).AddDate(0, 0, -n) }

// coolOff counts contacts in either direction that reached the customer, but
// not those of the task itself.
func (c *check) coolOff() (string, bool) {
	if c.exempt() || c.p.cfg.Policy.CoolOffDays == 0 {
		return "", false
	}
	since := c.daysAgo(c.p.cfg.Policy.CoolOffDays)
	for _, o := range c.f.Contacts {
		if o.Reached && o.At.After(since) && (o.Work == "" || o.Work != c.a.Self) {
			return "contacted on " + localDay(o.At, c.zone), true
		}
	}
	for _, at := range slices.Backward(c.k.Contacts) {
		if !at.At.After(since) {
			break
		}
		if (at.Reached || at.Direction == "in") && (at.Task == "" || at.Task != c.a.Self) {
			return "contacted on " + localDay(at.At, c.zone), true
		}
	}
	return "", false
}

// caps count works, not attempts: six tries of one task are one contact.
func (c *check) caps() (string, bool) {
	if c.a.Promised {
		return "", false
	}
	t := c.a.Treatment
	for _, limit := range c.p.cfg.Policy.Caps {
		if (limit.Purpose == "" && !t.Sells()) || (limit.Purpose != "" && limit.Purpose != t.Purpose) ||
			(limit.Channel != "" && limit.Channel != t.Channel) {
			continue
		}
		if n := c.count(limit); n >= limit.Max {
			return fmt.Sprintf("%d in %d days, at most %d", n, limit.Days, limit.Max), true
		}
	}
	return "", false
}

func (c *check) count(limit Cap) int {
	since := c.daysAgo(limit.Days)
	seen := map[string]bool{}
	n := 0
	add := func(at time.Time, purpose Purpose, channel Channel, work string) {
		if !at.After(since) || (limit.Purpose != "" && purpose != limit.Purpose) || (limit.Channel != "" && channel != limit.Channel) {
			return
		}
		if work == "" {
			n++
		} else if work != c.a.Self && !seen[work] {
			seen[work] = true
			n++
		}
	}
	for _, o := range c.f.Contacts {
		add(o.At, o.Purpose, o.Channel, o.Work)
	}
	for _, at := range c.k.Contacts {
		if at.Direction == "out" {
			add(at.At, Purpose(at.Purpose), Channel(at.Channel), at.Task)
		}
	}
	return n
}

// window binds the moments of contact; deciding leaves it to them.
func (c *check) window() (string, bool) {
	if c.a.Moment == AtDecide || !slices.Contains(c.p.cfg.Policy.Windowed, c.a.Treatment.Channel) {
		return "", false
	}
	if c.p.calls.open(c.k.Now, c.zone) {
		return "", false
	}
	return c.k.Now.In(c.zone).Format("Monday ") + c.p.cfg.Writer.Clock(c.k.Now.In(c.zone)) + " there", true
}

// holdout is R7. It never closes at decide: who is held out is drawn after the
// prices are known.
func (c *check) holdout() (string, bool) {
	if c.a.Moment == AtDecide || c.a.Ghost || c.a.Override || c.exempt() {
		return "", false
	}
	for _, l := range c.f.Held {
		if l == LayerGlobal || l == Layer(c.a.Treatment.Name) {
			return NotOnList, true
		}
	}
	return "", false
}

// excluded is a manager's word to leave the customer alone.
func (c *check) excluded() (string, bool) {
	e := c.k.Excluded
	if c.exempt() || !e.Holds(c.k.Now) {
		return "", false
	}
	return fmt.Sprintf("until %s: %s", localDay(e.Until, c.zone), e.Reason), true
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
