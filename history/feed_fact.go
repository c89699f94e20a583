package history

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"holdfast/internal/tabular"
)

// facts reads a row of any feed but events into the small facts it says.
type facts struct {
	row
	learned int64 // when facts that do not say it became known
	file    int
	id      CustomerID
	base    uint64 // identity of the row
	gone    bool
	out     []carried
	err     error
}

// read reads one row. The facts are valid until the next one.
func (f *facts) read() (id CustomerID, key []byte, out []carried) {
	f.out = f.out[:0]
	f.id, key = f.customer()
	f.gone = f.row.gone()
	switch {
	case len(f.key) > 0:
		f.base = f.keyed()
	default:
		f.base = xxh64(key, f.seed)
	}
	switch f.feed.Kind {
	case FeedCustomers:
		f.customerRow()
	case FeedSubscriptions:
		f.subscription()
	case FeedIssues:
		f.issue()
	case FeedContacts:
		f.contact()
	case FeedConsents:
		f.consent()
	case FeedRelations:
		f.relation(f.ours.household, f.dated(), 0)
	}
	return f.id, key, f.out
}

// when is the instant a fact is true from and when it became known.
type when struct {
	occurred, recorded int64
	assumed            bool
}

// dated gives when what the row says happened. Without a date it holds since
// ever and is known from the import on.
func (f *facts) dated() when {
	occurred, ok := f.past(f.ours.occurred)
	if !ok {
		return f.undated()
	}
	recorded, assumed := f.known(occurred)
	return when{occurred, recorded, assumed}
}

func (f *facts) undated() when {
	if at, ok := f.past(f.ours.recorded); ok {
		return when{0, at, false}
	}
	return when{0, f.learned, true}
}

// at gives when something happened that may lie ahead, such as the end of a
// contract.
func (f *facts) at(from *field) (when, bool) {
	occurred, ok := f.micros(from)
	if !ok {
		return f.undated(), false
	}
	recorded, assumed := f.known(occurred)
	return when{occurred, recorded, assumed}, true
}

// emit adds one fact of the row.
func (f *facts) emit(kind uint8, ref uint64, w when, flags uint8, body any) {
	text := []byte("{}")
	if f.gone {
		flags |= carryDeleted
	}
	if flags&carryDeleted == 0 {
		var err error
		if text, err = json.Marshal(body); err != nil && f.err == nil {
			f.err = fmt.Errorf("write a fact of line %d: %w", f.b.Line(f.row.at), err)
		}
	}
	f.out = append(f.out, carried{
		kind: kind, flags: flags | boolean(w.assumed)*carryAssumed, customer: int64(f.id), ref: int64(ref),
		occurred: w.occurred, recorded: w.recorded, place: placeOf(f.file, f.b.Line(f.row.at)), body: text,
	})
}

// withdraw adds that a fact the row could hold is not there.
func (f *facts) withdraw(kind uint8, ref uint64, w when) {
	f.emit(kind, ref, w, carryDeleted|carrySoft, nil)
}

// part gives the identity of one of several facts of a row.
func (f *facts) part(name string) uint64 { return xxh64([]byte(name), f.base) }

func (f *facts) customerRow() {
	w := f.dated()
	if len(f.ours.attributes) > 0 {
		values := make(map[string]string, len(f.ours.attributes))
		for _, a := range f.ours.attributes {
			values[a.name] = string(f.raw(a.field))
		}
		f.emit(kindProfile, f.base, w, 0, Profile{Attributes: values})
	}
	for _, p := range [...]struct {
		channel string
		field   *field
	}{{"phone", f.ours.phone}, {"email", f.ours.email}, {"post", f.ours.post}} {
		if p.field == nil {
			continue
		}
		if value := f.text(p.field); value != "" || f.gone {
			f.emit(kindContactPoint, f.part(p.channel), w, f.soft(), ContactPoint{Channel: p.channel, Value: value})
		} else {
			f.withdraw(kindContactPoint, f.part(p.channel), w)
		}
	}
	if f.ours.household != nil {
		f.relation(f.ours.household, w, f.soft())
	}
	for _, c := range f.ours.consents {
		ref := f.part("consent/" + c.purpose + "/" + c.channel)
		if f.empty(c.field) && !f.gone {
			f.withdraw(kindConsent, ref, w)
			continue
		}
		body := Consent{Purpose: c.purpose, Channel: c.channel}
		if !f.gone {
			body.Allowed = f.truth(c.field)
		}
		f.emit(kindConsent, ref, w, f.soft(), body)
	}
}

// soft marks what a deleted row takes along: it need not have been there.
func (f *facts) soft() uint8 {
	if f.gone {
		return carrySoft
	}
	return 0
}

func (f *facts) relation(household *field, w when, flags uint8) {
	ref := f.part("household")
	key := f.text(household)
	if key == "" && !f.gone {
		f.withdraw(kindRelation, ref, w)
		return
	}
	f.emit(kindRelation, ref, w, flags, Relation{Kind: "household", Household: HouseholdID(customerID(f.house, []byte(key)))})
}

func (f *facts) subscription() {
	if f.gone {
		f.emit(kindSubscription, f.base, f.undated(), 0, nil)
		f.withdraw(kindSubscriptionEnd, f.base, f.undated())
		return
	}
	start, ok := f.at(f.ours.start)
	if !ok {
		f.fail(f.ours.start, tabular.Missing)
	}
	terms := start
	if !f.empty(f.ours.occurred) {
		terms = f.dated()
	}
	body := Subscription{
		Plan: f.text(f.ours.plan), Start: instantOf(start.occurred), ValueMinor: f.minor(f.ours.value),
		PeriodMonths: int(f.whole(f.ours.months)),
	}
	if renews, ok := f.micros(f.ours.renewsAt); ok {
		body.RenewsAt = instantOf(renews)
	}
	f.emit(kindSubscription, f.base, terms, 0, body)
	if f.ours.end == nil {
		return
	}
	end, ended := f.at(f.ours.end)
	if !ended {
		f.withdraw(kindSubscriptionEnd, f.base, terms)
		return
	}
	how := f.text(f.ours.endKind)
	if how == "" {
		how = "voluntary"
	}
	f.emit(kindSubscriptionEnd, f.base, end, 0, SubscriptionEnd{Kind: how, Reason: f.text(f.ours.endReason)})
}

func (f *facts) issue() {
	if f.gone {
		f.emit(kindIssue, f.base, f.undated(), 0, nil)
		f.withdraw(kindIssueClosed, f.base, f.undated())
		return
	}
	if _, ok := f.past(f.ours.opened); !ok {
		f.fail(f.ours.opened, tabular.Missing)
	}
	opened, _ := f.at(f.ours.opened)
	severity := f.whole(f.ours.severity)
	if severity < 0 || severity > 5 {
		f.fail(f.ours.severity, "is not a severity from 1 (mild) to 5")
	}
	f.emit(kindIssue, f.base, opened, 0, Issue{Category: f.text(f.ours.category), Severity: int(severity)})
	if f.ours.closed == nil {
		return
	}
	if _, ok := f.past(f.ours.closed); !ok {
		f.withdraw(kindIssueClosed, f.base, opened)
		return
	}
	closed, _ := f.at(f.ours.closed)
	if closed.occurred < opened.occurred {
		f.fail(f.ours.closed, "is before the issue was opened")
	}
	f.emit(kindIssueClosed, f.base, closed, 0, IssueClosed{Resolution: f.text(f.ours.resolution)})
}

func (f *facts) contact() {
	w := f.dated()
	if w.occurred == 0 && !f.gone {
		f.fail(f.ours.occurred, tabular.Missing)
	}
	if f.gone {
		f.emit(kindContact, f.base, w, 0, nil)
		return
	}
	f.free(kindContact, w, Contact{
		Channel: f.needed(f.ours.channel), Purpose: f.text(f.ours.purpose), Direction: f.needed(f.ours.direction),
		By: f.text(f.ours.by), Disposition: f.text(f.ours.disposition), Reached: f.truth(f.ours.reached),
		Note: f.text(f.ours.note),
	})
}

func (f *facts) consent() {
	w := f.dated()
	if f.gone {
		f.emit(kindConsent, f.base, w, 0, nil)
		return
	}
	if f.empty(f.ours.allowed) {
		f.fail(f.ours.allowed, tabular.Missing)
	}
	f.free(kindConsent, w, Consent{
		Purpose: f.text(f.ours.purpose), Channel: f.text(f.ours.channel), Allowed: f.truth(f.ours.allowed),
	})
}

// free adds a fact that is its own identity unless the feed has a key.
func (f *facts) free(kind uint8, w when, body any) {
	f.emit(kind, f.base, w, 0, body)
	if last := &f.out[len(f.out)-1]; len(f.key) == 0 {
		last.ref = int64(last.content())
	}
}

// content is the hash of what a fact says, apart from when it became known.
func (c *carried) content() uint64 {
	return contentOf(xxh64(c.body, uint64(c.kind)), c.customer, c.occurred, 0, 0, 0, 0)
}

// countable says whether two identical rows of this kind of feed are two facts.
func (m *mapper) countable() bool {
	return len(m.key) == 0 && slices.Contains([]FeedKind{FeedEvents, FeedContacts, FeedConsents}, m.feed.Kind)
}

func instantOf(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
