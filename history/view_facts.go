package history

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// SubscriptionState is a subscription as known at as-of: its newest terms, its
// end if that has happened, and how the terms came to be.
type SubscriptionState struct {
	Subscription
	Ref                int64
	Since              time.Time // when its first known version occurred
	Changed            time.Time // when its newest version occurred
	Ended              time.Time // zero while it runs
	EndKind            string    // voluntary, involuntary, unavoidable; empty while it runs
	EndReason          string
	Renewals           int       // versions that moved RenewsAt later
	Renewed            time.Time // when the last of them occurred; zero without one
	PlanChanges        int       // versions with another plan than the one before
	PriceChanges       int       // versions with another value than the one before
	PreviousValueMinor int64     // value before the last price change; 0 without one
	PriceChanged       time.Time
}

// ActiveAt says whether the subscription runs at t, as far as is known.
func (s *SubscriptionState) ActiveAt(t time.Time) bool {
	return !s.Start.After(t) && (s.Ended.IsZero() || t.Before(s.Ended))
}

// IssueState is a service issue as known at as-of.
type IssueState struct {
	Issue
	Ref        int64
	Opened     time.Time
	Closed     time.Time // zero while it is open
	Resolution string
}

// ContactAt is a contact and when it took place.
type ContactAt struct {
	Contact
	Ref int64
	At  time.Time
}

// ConsentAt is a consent or objection and when it was given.
type ConsentAt struct {
	Consent
	Ref int64
	At  time.Time
}

// PointAt is a contact point and since when it is known.
type PointAt struct {
	ContactPoint
	Ref   int64
	Since time.Time
}

// Household returns the household the customer belonged to: the newest visible
// relation, else a household of one.
func (v View) Household() HouseholdID {
	id, _ := v.household()
	return id
}

// InHousehold says whether a relation to a household was known.
func (v View) InHousehold() bool {
	_, ok := v.household()
	return ok
}

func (v *View) household() (HouseholdID, bool) {
	id, ok, newest := HouseholdID(v.customer.ID), false, int64(0)
	for _, f := range v.of(kindRelation) {
		r := f.fact.Body.(Relation)
		if r.Kind == "household" && (!ok || f.occurred >= newest) {
			id, ok, newest = r.Household, true, f.occurred
		}
	}
	return id, ok
}

// Attribute returns the newest visible value of a profile attribute. It is not
// ok when none is visible or the newest says that the value is unknown.
func (v View) Attribute(name string) (value string, ok bool) {
	newest, found := int64(0), false
	for _, f := range v.of(kindProfile) {
		if found && f.occurred < newest {
			continue
		}
		if a, has := f.fact.Body.(Profile).Attributes[name]; has {
			value, newest, found = a, f.occurred, true
		}
	}
	return value, value != ""
}

// AttributeNames returns the names of all visible attributes, sorted.
func (v View) AttributeNames() []string {
	var names []string
	for _, f := range v.of(kindProfile) {
		for n := range f.fact.Body.(Profile).Attributes {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Subscriptions returns the visible subscriptions, by start.
func (v View) Subscriptions() []SubscriptionState {
	ends := v.of(kindSubscriptionEnd)
	out := v.scratch.subs[:0]
	for _, f := range v.of(kindSubscription) {
		s := SubscriptionState{
			Subscription: f.fact.Body.(Subscription), Ref: f.fact.Ref,
			Since: f.versions[0].Occurred, Changed: f.fact.Occurred,
		}
		s.trace(f.versions)
		for len(ends) > 0 && ends[0].fact.Ref < s.Ref {
			ends = ends[1:]
		}
		if len(ends) > 0 && ends[0].fact.Ref == s.Ref {
			end := ends[0].fact.Body.(SubscriptionEnd)
			s.Ended, s.EndKind, s.EndReason = ends[0].fact.Occurred, end.Kind, end.Reason
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b SubscriptionState) int { return a.Start.Compare(b.Start) })
	v.scratch.subs = out
	return slices.Clip(out)
}

// trace counts what changed from version to version.
func (s *SubscriptionState) trace(versions []*Fact) {
	for i := 1; i < len(versions); i++ {
		was, is := versions[i-1].Body.(Subscription), versions[i].Body.(Subscription)
		if is.RenewsAt.After(was.RenewsAt) && !was.RenewsAt.IsZero() {
			s.Renewals++
			s.Renewed = versions[i].Occurred
		}
		if is.Plan != was.Plan {
			s.PlanChanges++
		}
		if is.ValueMinor != was.ValueMinor {
			s.PriceChanges++
			s.PreviousValueMinor = was.ValueMinor
			s.PriceChanged = versions[i].Occurred
		}
	}
}

// Issues returns the visible service issues, by opening.
func (v View) Issues() []IssueState {
	closes := v.of(kindIssueClosed)
	out := v.scratch.issues[:0]
	for _, f := range v.of(kindIssue) {
		s := IssueState{Issue: f.fact.Body.(Issue), Ref: f.fact.Ref, Opened: f.fact.Occurred}
		for len(closes) > 0 && closes[0].fact.Ref < s.Ref {
			closes = closes[1:]
		}
		if len(closes) > 0 && closes[0].fact.Ref == s.Ref {
			s.Closed, s.Resolution = closes[0].fact.Occurred, closes[0].fact.Body.(IssueClosed).Resolution
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b IssueState) int { return a.Opened.Compare(b.Opened) })
	v.scratch.issues = out
	return slices.Clip(out)
}

// AllContacts returns every visible contact, by time, ours included.
func (v View) AllContacts() []ContactAt { return v.contacts(true) }

// OrganicContacts returns the visible contacts that this system did not start,
// by time. Features read these: what we do to a customer is not a trait of the
// customer.
func (v View) OrganicContacts() []ContactAt { return v.contacts(false) }

func (v *View) contacts(proactive bool) []ContactAt {
	out := v.scratch.contacts[:0]
	for _, f := range v.of(kindContact) {
		c := f.fact.Body.(Contact)
		if proactive || !c.Proactive {
			out = append(out, ContactAt{c, f.fact.Ref, f.fact.Occurred})
		}
	}
	slices.SortStableFunc(out, func(a, b ContactAt) int { return a.At.Compare(b.At) })
	v.scratch.contacts = out
	return slices.Clip(out)
}

// Consents returns the visible consents and objections, by time.
func (v View) Consents() []ConsentAt {
	out := v.scratch.consents[:0]
	for _, f := range v.of(kindConsent) {
		out = append(out, ConsentAt{f.fact.Body.(Consent), f.fact.Ref, f.fact.Occurred})
	}
	slices.SortStableFunc(out, func(a, b ConsentAt) int { return a.At.Compare(b.At) })
	v.scratch.consents = out
	return slices.Clip(out)
}

// Allowed says what the newest consent that covers a purpose over a channel
// said; known is false when there is none.
func (v View) Allowed(purpose, channel string) (allowed, known bool) {
	newest := int64(0)
	for _, f := range v.of(kindConsent) {
		c := f.fact.Body.(Consent)
		covers := (c.Purpose == "" || c.Purpose == purpose) && (c.Channel == "" || c.Channel == channel)
		if !covers || (known && f.occurred < newest) {
			continue
		}
		if known && f.occurred == newest && !allowed { // at one instant, a no wins
			continue
		}
		allowed, known, newest = c.Allowed, true, f.occurred
	}
	return allowed, known
}

// ContactPoints returns the visible contact points that are valid at as-of, by
// channel, the newest first. The newest word of Holdfast's own about a value
// counts before what feeds say: most repeat every day what they said before.
func (v View) ContactPoints() []PointAt {
	out := v.scratch.points[:0]
	facts := v.of(kindContactPoint)
	for _, f := range facts {
		p := f.fact.Body.(ContactPoint)
		if until, said := ownWord(facts, p); said {
			p.Until = until
		}
		if p.Until.IsZero() || p.Until.After(v.asOf) {
			out = append(out, PointAt{p, f.fact.Ref, f.fact.Occurred})
		}
	}
	slices.SortStableFunc(out, func(a, b PointAt) int {
		if c := cmp.Compare(a.Channel, b.Channel); c != 0 {
			return c
		}
		return b.Since.Compare(a.Since)
	})
	v.scratch.points = out
	return slices.Clip(out)
}

// ownWord is until when Holdfast itself last said that a value is valid, of
// whichever fact it said so: zero for ever.
func ownWord(points []visibleFact, p ContactPoint) (until time.Time, said bool) {
	var newest time.Time
	for _, f := range points {
		for _, own := range f.versions {
			if own.Import != 0 || own.Retracted || own.Recorded.Before(newest) {
				continue
			}
			if q := own.Body.(ContactPoint); q.Channel == p.Channel && strings.EqualFold(q.Value, p.Value) {
				until, said, newest = q.Until, true, own.Recorded
			}
		}
	}
	return until, said
}

// FirstSeen returns the earliest trace of the customer: the first visible event
// or the start of the first subscription, whichever came first. Tenure is
// counted from it.
func (v View) FirstSeen() (at time.Time, ok bool) {
	if len(v.events.occurred) > 0 {
		at, ok = time.UnixMicro(v.events.occurred[0]).UTC(), true
	}
	for _, f := range v.of(kindSubscription) {
		start := f.fact.Body.(Subscription).Start
		if start.IsZero() || start.After(v.asOf) {
			start = f.fact.Occurred
		}
		if !ok || start.Before(at) {
			at, ok = start, true
		}
	}
	return at, ok
}
