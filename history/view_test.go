package history

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

func hour(h int) time.Time { return epoch.Add(time.Duration(h) * time.Hour) }

// drawStamp draws a stamp from so few customers, refs and hours that
// corrections, ties and late knowledge are common. Imports are numbered by the
// caller so that no two versions are the same.
func drawStamp(t *rapid.T, imp int, customers int) Stamp {
	return Stamp{
		Customer:  CustomerID(rapid.IntRange(1, customers).Draw(t, "customer")),
		Ref:       int64(rapid.IntRange(0, 6).Draw(t, "ref")),
		Occurred:  hour(rapid.IntRange(0, 20).Draw(t, "occurred")),
		Recorded:  hour(rapid.IntRange(0, 20).Draw(t, "recorded")),
		Retracted: rapid.IntRange(0, 5).Draw(t, "retracted") == 0,
		Import:    ImportID(imp),
	}
}

func drawBody(t *rapid.T) (FactKind, any) {
	n := rapid.IntRange(0, 3).Draw(t, "n")
	switch rapid.IntRange(0, 8).Draw(t, "kind") {
	case 0:
		return FactProfile, Profile{map[string]string{string(rune('a' + n%2)): []string{"", "x", "y", "z"}[n]}}
	case 1:
		return FactContactPoint, ContactPoint{Channel: "phone", Value: string(rune('0' + n)), Until: hour(n * 5)}
	case 2:
		return FactSubscription, Subscription{Start: hour(n), RenewsAt: hour(10 + n), ValueMinor: int64(n % 2), PeriodMonths: 1}
	case 3:
		return FactSubscriptionEnd, SubscriptionEnd{Kind: "voluntary"}
	case 4:
		return FactIssue, Issue{Severity: n}
	case 5:
		return FactIssueClosed, IssueClosed{}
	case 6:
		return FactContact, Contact{Channel: "phone", Direction: "in", Proactive: n == 0}
	case 7:
		return FactConsent, Consent{Channel: []string{"", "phone", "email", "post"}[n], Allowed: n%2 == 0}
	}
	return FactRelation, Relation{Kind: "household", Household: HouseholdID(100 + n)}
}

func drawParts(t *rapid.T) Parts {
	p := Parts{Vocab: Vocabulary{Kinds: []string{"other", "purchase"}}}
	for id := 1; id <= 4; id++ {
		p.Customers = append(p.Customers, Customer{ID: CustomerID(id)})
	}
	for i := range rapid.IntRange(0, 30).Draw(t, "events") {
		ev := Event{Stamp: drawStamp(t, i, 4), Kind: 1, AmountMinor: int64(i), Quantity: float64(i)}
		if rapid.Bool().Draw(t, "single") {
			p.Singles = append(p.Singles, ev)
		} else {
			p.Events.Append(ev)
		}
	}
	for i := range rapid.IntRange(0, 30).Draw(t, "facts") {
		kind, body := drawBody(t)
		p.Facts = append(p.Facts, Fact{Stamp: drawStamp(t, i, 4), Kind: kind, Body: body})
	}
	if rapid.Bool().Draw(t, "merge") {
		p.Links = append(p.Links, Link{From: 4, To: 2, Recorded: hour(rapid.IntRange(0, 20).Draw(t, "merged"))})
	}
	return p
}

// knownAs is where the link leaves a stamp: the slow and obvious way.
func knownAs(s Stamp, links []Link) Stamp {
	for _, l := range links {
		if s.Customer == l.From {
			s.Customer = l.To
			if s.Recorded.Before(l.Recorded) {
				s.Recorded = l.Recorded
			}
		}
	}
	return s
}

// wins says whether version a is newer knowledge than b, both as their source
// recorded them.
func wins(a, b Stamp) bool {
	if !a.Recorded.Equal(b.Recorded) {
		return a.Recorded.After(b.Recorded)
	}
	return a.Import > b.Import
}

// slowEvents is the twin of a View's events: it looks at every event of every
// customer and compares each with all others.
func slowEvents(all []Event, links []Link, id CustomerID, asOf, known time.Time) []Event {
	var visible []Event
	for _, ev := range all {
		ev.Stamp = knownAs(ev.Stamp, links)
		if ev.Customer == id && ev.Occurred.Before(asOf) && ev.Recorded.Before(known) {
			visible = append(visible, ev)
		}
	}
	var out []Event
	for _, ev := range visible {
		newest := true
		for _, other := range visible {
			newest = newest && (other.Ref != ev.Ref || !wins(other.Stamp, ev.Stamp))
		}
		if newest && !ev.Retracted {
			out = append(out, ev)
		}
	}
	slices.SortFunc(out, func(a, b Event) int {
		if c := a.Occurred.Compare(b.Occurred); c != 0 {
			return c
		}
		return int(a.Ref - b.Ref)
	})
	return out
}

func viewEvents(v View) []Event {
	var out []Event
	for i := range v.Len() {
		out = append(out, Event{
			Stamp: Stamp{
				Customer: v.Customer().ID, Ref: v.Refs()[i], Occurred: time.UnixMicro(v.Occurred()[i]).UTC(),
				Recorded: time.UnixMicro(v.Recorded()[i]).UTC(),
			},
			Kind: v.Kinds()[i], AmountMinor: v.Amounts()[i], Quantity: v.Quantities()[i], Channel: v.Channels()[i],
		})
	}
	return out
}

func allEvents(p *Parts) []Event {
	all := slices.Clone(p.Singles)
	for i := range p.Events.Len() {
		all = append(all, p.Events.At(i))
	}
	return all
}

func TestViewEventsMatchSlowTwin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawParts(t)
		all, links := allEvents(&p), p.Links
		s, err := AssembleShard(p)
		if err != nil {
			t.Fatal(err)
		}
		var scratch Scratch
		for i := range s.Customers {
			for h := 0; h <= 21; h += rapid.IntRange(1, 6).Draw(t, "step") {
				known, v := h, s.View(i, hour(h), &scratch)
				if rapid.Bool().Draw(t, "hindsight") {
					known += rapid.IntRange(0, 8).Draw(t, "later")
					v = s.Hindsight(i, hour(h), hour(known), &scratch)
				}
				want := slowEvents(all, links, s.Customers[i].ID, hour(h), hour(known))
				for k := range want { // not shown by a View
					want[k].Import = 0
				}
				if diff := cmp.Diff(want, viewEvents(v)); diff != "" {
					t.Fatalf("customer %d as of hour %d: %s", s.Customers[i].ID, h, diff)
				}
			}
		}
	})
}

// TestPlainViewsMatchSlowTwin draws no corrections, so that the fast paths are
// taken: a prefix, a shorter prefix, a filtered copy.
func TestPlainViewsMatchSlowTwin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := Parts{Customers: []Customer{{ID: 1}}}
		for i := range rapid.IntRange(0, 12).Draw(t, "events") {
			st := drawStamp(t, i, 1)
			st.Ref, st.Retracted = int64(i), false
			p.Events.Append(Event{Stamp: st})
		}
		all := allEvents(&p)
		s, err := AssembleShard(p)
		if err != nil {
			t.Fatal(err)
		}
		if s.lag[0] == corrected {
			t.Fatal("no event has two versions, but the customer is marked so")
		}
		for h := range 22 {
			want := slowEvents(all, nil, 1, hour(h), hour(h))
			for k := range want {
				want[k].Import = 0
			}
			if diff := cmp.Diff(want, viewEvents(s.View(0, hour(h), nil))); diff != "" {
				t.Fatalf("as of hour %d: %s", h, diff)
			}
			want = slowEvents(all, nil, 1, hour(h), hour(h+5))
			for k := range want {
				want[k].Import = 0
			}
			if diff := cmp.Diff(want, viewEvents(s.Hindsight(0, hour(h), hour(h+5), nil))); diff != "" {
				t.Fatalf("hour %d as known 5 hours later: %s", h, diff)
			}
		}
	})
}

// slowFacts is the twin of a View's facts.
func slowFacts(all []Fact, links []Link, id CustomerID, asOf, known time.Time) map[FactKind]map[int64]Fact {
	out := map[FactKind]map[int64]Fact{}
	for _, k := range factKinds {
		out[k] = map[int64]Fact{}
	}
	for _, f := range all {
		f.Stamp = knownAs(f.Stamp, links)
		if f.Customer != id || !f.Occurred.Before(asOf) || !f.Recorded.Before(known) {
			continue
		}
		if old, ok := out[f.Kind][f.Ref]; !ok || wins(f.Stamp, old.Stamp) {
			out[f.Kind][f.Ref] = f
		}
	}
	for _, byRef := range out {
		for ref, f := range byRef {
			if f.Retracted {
				delete(byRef, ref)
			}
		}
	}
	return out
}

func TestViewFactsMatchSlowTwin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawParts(t)
		all, links := slices.Clone(p.Facts), p.Links
		s, err := AssembleShard(p)
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Customers {
			for h := 0; h <= 21; h += 3 {
				for _, known := range []int{h, h + 4} {
					want := slowFacts(all, links, s.Customers[i].ID, hour(h), hour(known))
					v := s.Hindsight(i, hour(h), hour(known), nil) // at h itself it is the View
					compareFactsOf(t, &v, want)
					compareStates(t, v, want)
				}
			}
		}
	})
}

func compareFactsOf(t *rapid.T, v *View, want map[FactKind]map[int64]Fact) {
	for k, kind := range factKinds {
		got := map[int64]Fact{}
		for _, f := range v.of(k) {
			got[f.fact.Ref] = *f.fact
		}
		if diff := cmp.Diff(want[kind], got); diff != "" {
			t.Fatalf("%s as of %v: %s", kind, v.AsOf(), diff)
		}
	}
}

func compareStates(t *rapid.T, v View, want map[FactKind]map[int64]Fact) {
	if got := len(v.Subscriptions()); got != len(want[FactSubscription]) {
		t.Fatalf("%d subscriptions, want %d", got, len(want[FactSubscription]))
	}
	for _, s := range v.Subscriptions() {
		end, ended := want[FactSubscriptionEnd][s.Ref]
		if ended == s.Ended.IsZero() || (ended && !s.Ended.Equal(end.Occurred)) {
			t.Fatalf("subscription %d ended %v, want %v", s.Ref, s.Ended, end.Occurred)
		}
	}
	for _, is := range v.Issues() {
		closed, ok := want[FactIssueClosed][is.Ref]
		if ok == is.Closed.IsZero() || (ok && !is.Closed.Equal(closed.Occurred)) {
			t.Fatalf("issue %d closed %v, want %v", is.Ref, is.Closed, closed.Occurred)
		}
	}
	ours := 0
	for _, f := range want[FactContact] {
		if f.Body.(Contact).Proactive {
			ours++
		}
	}
	if got := len(v.AllContacts()) - len(v.OrganicContacts()); got != ours {
		t.Fatalf("%d contacts are ours, want %d", got, ours)
	}
	if len(want[FactRelation]) == 0 && v.Household() != HouseholdID(v.Customer().ID) {
		t.Fatalf("household %d of a customer without one", v.Household())
	}
	for _, name := range v.AttributeNames() {
		value, ok := v.Attribute(name)
		newest, has := time.Time{}, map[string]bool{}
		for _, f := range want[FactProfile] {
			a, given := f.Body.(Profile).Attributes[name]
			if !given || f.Occurred.Before(newest) {
				continue
			}
			if f.Occurred.After(newest) {
				clear(has)
			}
			newest, has[a] = f.Occurred, true
		}
		if !has[value] || ok == (value == "") {
			t.Fatalf("%s is %q, want one of %v", name, value, has)
		}
	}
}
