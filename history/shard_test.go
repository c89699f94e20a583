package history

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/fault"
)

func purchase(id CustomerID, ref int64, occurred, recorded int, amount int64) Event {
	return Event{Stamp: Stamp{Customer: id, Ref: ref, Occurred: hour(occurred), Recorded: hour(recorded)}, Kind: 1, AmountMinor: amount}
}

func mustAssemble(t *testing.T, p Parts) *Shard {
	t.Helper()
	s, err := AssembleShard(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMergedCustomersEventsAppearOnceTheMergeIsKnown(t *testing.T) {
	t.Parallel()
	p := Parts{
		Customers: []Customer{{ID: 3}, {ID: 1}, {ID: 2}},
		Singles:   []Event{purchase(1, 10, 1, 1, 100), purchase(2, 20, 2, 2, 200), purchase(3, 30, 3, 3, 300), purchase(9, 90, 1, 1, 1)},
		Links: []Link{
			{From: 1, To: 2, Recorded: hour(10)},
			{From: 2, To: 3, Recorded: hour(8)},
			{From: 3, To: 1, Recorded: hour(1), Ended: hour(2)},
		},
	}
	s := mustAssemble(t, p)
	if len(s.Customers) != 1 || s.Customers[0].ID != 3 || s.Orphans != 1 {
		t.Fatalf("customers %v, orphans %d; want customer 3 alone and one orphan", s.Customers, s.Orphans)
	}
	for _, c := range []struct {
		asOf int
		want []int64
	}{{5, []int64{300}}, {9, []int64{200, 300}}, {11, []int64{100, 200, 300}}} {
		if diff := cmp.Diff(c.want, s.View(0, hour(c.asOf), nil).Amounts()); diff != "" {
			t.Errorf("as of hour %d: %s", c.asOf, diff)
		}
	}
}

func TestAssembleRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		parts Parts
		want  string
	}{
		"circle":    {Parts{Links: []Link{{From: 1, To: 2}, {From: 2, To: 1}}}, "go round in a circle"},
		"two homes": {Parts{Links: []Link{{From: 1, To: 2}, {From: 1, To: 3}}}, "merged into both 2 and 3"},
		"body":      {Parts{Facts: []Fact{{Kind: FactIssue, Body: Consent{}}}}, `of kind "issue" but its body is a history.Consent`},
		"kind":      {Parts{Facts: []Fact{{Kind: "exposure", Body: Exposure{}}}}, `of kind "exposure"`},
		"columns":   {Parts{Events: Events{Customer: []int64{1}}}, "columns of 1 and 0 rows"},
	} {
		if _, err := AssembleShard(c.parts); err == nil || !strings.Contains(err.Error(), c.want) || fault.Of(err) != fault.Invalid {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

// R10 at its root: from a View nothing can be reached but values, and its
// slices have no room behind them where later facts could stand.
func TestR10_AViewHasNoWayToLaterFactsOrExposures(t *testing.T) {
	t.Parallel()
	p := Parts{Customers: []Customer{{ID: 1}, {ID: 2}}}
	for i := range 10 {
		p.Singles = append(p.Singles, purchase(1, int64(i), i, i, 5), purchase(2, int64(i/2), i, i, 5))
		p.Facts = append(p.Facts, Fact{
			Stamp: Stamp{Customer: 1, Ref: int64(i), Occurred: hour(i), Recorded: hour(i)},
			Kind:  FactContact, Body: Contact{Channel: "phone"},
		})
	}
	s := mustAssemble(t, p)
	typ := reflect.TypeFor[View]()
	for i := range typ.NumField() {
		if typ.Field(i).IsExported() {
			t.Errorf("View exports the field %s", typ.Field(i).Name)
		}
	}
	for customer := range 2 {
		v := reflect.ValueOf(s.View(customer, hour(5), nil))
		for i := range typ.NumMethod() {
			checkReach(t, v.Method(i), typ.Method(i).Name)
		}
	}
}

// checkReach looks at what one accessor gives: no pointer, map, function or
// interface to follow, no exposure, and no slice with room behind it.
func checkReach(t *testing.T, method reflect.Value, name string) {
	t.Helper()
	args := make([]reflect.Value, method.Type().NumIn())
	for i := range args {
		args[i] = reflect.Zero(method.Type().In(i))
	}
	for _, out := range method.Call(args) {
		if err := plainValue(out.Type()); err != nil {
			t.Errorf("View.%s: %v", name, err)
		}
		if out.Kind() == reflect.Slice && out.Cap() != out.Len() {
			t.Errorf("View.%s gives a slice of %d with room for %d", name, out.Len(), out.Cap())
		}
	}
}

func plainValue(t reflect.Type) error {
	switch {
	case t == reflect.TypeFor[Exposure]():
		return errors.New("yields an exposure")
	case t == reflect.TypeFor[time.Time]():
		return nil
	}
	switch t.Kind() {
	case reflect.Slice:
		return plainValue(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if err := plainValue(t.Field(i).Type); err != nil {
				return err
			}
		}
		return nil
	case reflect.Pointer, reflect.Map, reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return errors.New("yields a " + t.String() + ", which leads on")
	default:
		return nil
	}
}

func TestDeclareImmutable(t *testing.T) {
	t.Parallel()
	profile := func(ref int64, at int, attributes map[string]string) Fact {
		return Fact{Stamp: Stamp{Customer: 1, Ref: ref, Occurred: hour(at), Recorded: hour(at)}, Kind: FactProfile, Body: Profile{attributes}}
	}
	s := mustAssemble(t, Parts{
		Customers: []Customer{{ID: 1}, {ID: 2}},
		Facts: []Fact{
			profile(5, 10, map[string]string{"born": "1970", "city": "Bonn"}),
			profile(5, 12, map[string]string{"born": "1971", "city": "Ulm"}),
		},
	})
	s.DeclareImmutable([]string{"born"})
	for _, c := range []struct {
		asOf       int
		born, city string
	}{{1, "1971", ""}, {11, "1970", "Bonn"}, {13, "1971", "Ulm"}} {
		v := s.View(0, hour(c.asOf), nil)
		born, _ := v.Attribute("born")
		city, _ := v.Attribute("city")
		if born != c.born || city != c.city {
			t.Errorf("as of hour %d: born %q in %q, want %q in %q", c.asOf, born, city, c.born, c.city)
		}
	}
	if _, ok := s.View(1, hour(20), nil).Attribute("born"); ok {
		t.Error("a customer without a profile has got one")
	}
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	consent := func(ref int64, at int, c Consent) Fact {
		return Fact{Stamp: Stamp{Customer: 1, Ref: ref, Occurred: hour(at), Recorded: hour(at)}, Kind: FactConsent, Body: c}
	}
	s := mustAssemble(t, Parts{Customers: []Customer{{ID: 1}}, Facts: []Fact{
		consent(1, 1, Consent{Purpose: "marketing", Channel: "email", Allowed: true}),
		consent(2, 3, Consent{}), // no to everything
		consent(3, 5, Consent{Channel: "phone", Allowed: true}),
		consent(4, 5, Consent{Channel: "phone", Purpose: "thanks"}), // at the same instant: no wins
	}})
	for _, c := range []struct {
		asOf             int
		purpose, channel string
		allowed, known   bool
	}{
		{1, "marketing", "email", false, false},
		{2, "marketing", "email", true, true},
		{2, "retention", "email", false, false},
		{4, "marketing", "email", false, true},
		{6, "retention", "phone", true, true},
		{6, "thanks", "phone", false, true},
		{6, "retention", "email", false, true},
	} {
		allowed, known := s.View(0, hour(c.asOf), nil).Allowed(c.purpose, c.channel)
		if allowed != c.allowed || known != c.known {
			t.Errorf("hour %d, %s by %s: %v, %v; want %v, %v", c.asOf, c.purpose, c.channel, allowed, known, c.allowed, c.known)
		}
	}
}

func TestSubscriptionHistory(t *testing.T) {
	t.Parallel()
	term := func(at int, plan string, renews int, price int64) Fact {
		return Fact{
			Stamp: Stamp{Customer: 1, Ref: 7, Occurred: hour(at), Recorded: hour(at)}, Kind: FactSubscription,
			Body: Subscription{Plan: plan, Start: hour(0), RenewsAt: hour(renews), ValueMinor: price, PeriodMonths: 1},
		}
	}
	s := mustAssemble(t, Parts{Customers: []Customer{{ID: 1}}, Facts: []Fact{
		term(12, "gold", 30, 250), term(1, "basic", 10, 100), term(11, "basic", 20, 120),
	}})
	subs := s.View(0, hour(13), nil).Subscriptions()
	want := []SubscriptionState{{
		Subscription: Subscription{Plan: "gold", Start: hour(0), RenewsAt: hour(30), ValueMinor: 250, PeriodMonths: 1},
		Ref:          7, Since: hour(1), Changed: hour(12), Renewals: 2, Renewed: hour(12), PlanChanges: 1, PriceChanges: 2,
		PreviousValueMinor: 120, PriceChanged: hour(12),
	}}
	if diff := cmp.Diff(want, subs); diff != "" {
		t.Error(diff)
	}
	if at, ok := s.View(0, hour(13), nil).FirstSeen(); !ok || !at.Equal(hour(0)) {
		t.Errorf("first seen %v, %v", at, ok)
	}
}

func TestSortedBlockEncodesSmaller(t *testing.T) {
	t.Parallel()
	e, sorted := sampleSegment(t, 3000)
	var shuffled Events
	for i := range e.Len() {
		shuffled.Append(e.At((i * 1009) % e.Len()))
	}
	mixed, err := EncodeSegment(&shuffled)
	if err != nil {
		t.Fatal(err)
	}
	if len(mixed) <= len(sorted) {
		t.Errorf("%d bytes shuffled, %d sorted", len(mixed), len(sorted))
	}
	shuffled.Sort()
	if diff := cmp.Diff(e, shuffled); diff != "" {
		t.Errorf("Sort does not bring the block back: %s", diff)
	}
}

func TestViewAllocatesNothing(t *testing.T) {
	p := Parts{Customers: []Customer{{ID: 1}}}
	for i := range 50 {
		p.Singles = append(p.Singles, purchase(1, int64(i), i, i+1, 5))
	}
	s := mustAssemble(t, p)
	var scratch Scratch
	sum := 0
	if n := testing.AllocsPerRun(100, func() { sum += s.View(0, hour(30), &scratch).Len() }); n != 0 {
		t.Errorf("%v allocations for a plain view", n)
	}
}

func BenchmarkAssemble(b *testing.B) {
	const months, customers = 24, 20_000 // 480,000 events
	var block Events
	for m := range months {
		for c := range customers {
			block.Append(Event{Stamp: Stamp{Customer: CustomerID(c + 1), Ref: int64(m*customers+c) * 0x9e3779b9, Occurred: hour(m*720 + c%700), Recorded: hour(m*720 + c%700 + 1)}})
		}
	}
	var all []Customer
	for c := range customers {
		all = append(all, Customer{ID: CustomerID(c + 1)})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := AssembleShard(Parts{Customers: all, Events: block}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*float64(block.Len())/b.Elapsed().Seconds()/1e6, "Mevents/s")
}
