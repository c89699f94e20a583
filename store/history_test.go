package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/store"
)

const jan, feb = 2026 * 12, 2026*12 + 1

func day(month, d int) time.Time {
	return time.Date(2026, time.Month(month), d, 9, 0, 0, 0, time.UTC)
}

func customer(id history.CustomerID, partition int, key, name string) history.Customer {
	return history.Customer{ID: id, Partition: partition, Source: "shop", Key: key, Name: name}
}

func event(id history.CustomerID, ref int64, at time.Time, imp history.ImportID) history.Event {
	return history.Event{
		Stamp: history.Stamp{Customer: id, Ref: ref, Occurred: at, Recorded: at.Add(time.Hour), Import: imp},
		Kind:  1, AmountMinor: ref, Quantity: 1,
	}
}

func segment(t *testing.T, partition, month int, events ...history.Event) history.Segment {
	t.Helper()
	var block history.Events
	for _, e := range events {
		block.Append(e)
	}
	block.Sort()
	payload, err := history.EncodeSegment(&block)
	must(t, err)
	return history.Segment{Partition: partition, Month: month, Rows: len(events), Min: day(1, 1), Max: day(2, 28), Payload: payload}
}

func profile(id history.CustomerID, ref int64, recorded time.Time, value string) history.Fact {
	return history.Fact{
		Stamp: history.Stamp{Customer: id, Ref: ref, Occurred: recorded, Recorded: recorded},
		Kind:  history.FactProfile, Body: history.Profile{Attributes: map[string]string{"plan": value}},
	}
}

// bench is a database with one draft after another.
type bench struct {
	*testing.T
	*store.Store
}

func (b bench) begin() history.ImportID {
	b.Helper()
	id, err := b.BeginImport(b.Context(), history.Import{Feed: "shop", Files: []string{"a.csv"}, Hash: "h", Started: noon})
	must(b.T, err)
	return id
}

func (b bench) publish(id history.ImportID) {
	b.Helper()
	stale, err := b.PublishImport(b.Context(), history.Import{ID: id, Feed: "shop"}, noon)
	must(b.T, err)
	if len(stale) > 0 {
		b.Fatalf("import %d is stale at %v", id, stale)
	}
}

func (b bench) customers(id history.ImportID, customers ...history.Customer) int {
	b.Helper()
	n, err := b.SaveCustomers(b.Context(), id, customers)
	must(b.T, err)
	return n
}

// replace saves a month's segment over the live one.
func (b bench) replace(id history.ImportID, partition, month int, events ...history.Event) {
	b.Helper()
	live, err := b.LiveSegment(b.Context(), partition, month)
	must(b.T, err)
	must(b.T, b.SaveSegment(b.Context(), id, live.ID, segment(b.T, partition, month, events...)))
}

// sees describes a partition at a version.
func (b bench) sees(partition int, version int64) string {
	b.Helper()
	shard, err := b.LoadShard(b.Context(), partition, version)
	must(b.T, err)
	return describe(shard)
}

func describe(shard *history.Shard) string {
	text := ""
	for _, c := range shard.Customers {
		text += fmt.Sprintf("c%d ", c.ID)
	}
	for i := range shard.Events.Len() {
		text += fmt.Sprintf("e%d/%d ", shard.Events.Customer[i], shard.Events.Ref[i])
	}
	for _, f := range shard.Facts {
		text += fmt.Sprintf("f%d/%d ", f.Customer, f.Ref)
	}
	return text
}

func (b bench) want(partition int, version int64, want string) {
	b.Helper()
	if got := b.sees(partition, version); got != want {
		b.Errorf("partition %d at version %d shows %q, want %q", partition, version, got, want)
	}
}

func forEachBench(t *testing.T, test func(b bench)) {
	t.Helper()
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) { test(bench{t, s}) })
}

func TestImportIsSeenOnceItIsPublished(t *testing.T) {
	forEachBench(t, func(b bench) {
		id := b.begin()
		if n := b.customers(id, customer(7, 1, "A7", "Ann"), customer(8, 1, "A8", "")); n != 2 {
			b.Errorf("created %d, want 2", n)
		}
		if n := b.customers(id, customer(7, 1, "A7", "Ann")); n != 0 {
			b.Errorf("created %d again, want 0", n)
		}
		must(b.T, b.SaveFacts(b.Context(), id, 1, []history.Fact{profile(7, 3, day(1, 5), "gold")}))
		b.replace(id, 1, jan, event(7, 1, day(1, 2), id), event(8, 2, day(1, 3), id))
		b.want(1, 0, "")
		if found, err := b.FindCustomers(b.Context(), "ann", 5); err != nil || len(found) > 0 {
			b.Errorf("a draft's customer is found: %v, %v", found, err)
		}
		ids, err := b.CustomerIDs(b.Context(), id, 1)
		must(b.T, err)
		if diff := cmp.Diff([]history.CustomerID{7, 8}, ids); diff != "" {
			b.Errorf("ids of the draft: %s", diff)
		}
		_, found, err := b.FindImport(b.Context(), "shop", "h")
		must(b.T, err)
		if found {
			b.Error("a draft is found as an import")
		}

		b.publish(id)
		b.want(1, 0, "c7 c8 e7/1 e8/2 f7/3 ")
		b.want(2, 0, "")
		imp, found, err := b.FindImport(b.Context(), "shop", "h")
		must(b.T, err)
		want := history.Import{ID: id, Feed: "shop", Files: []string{"a.csv"}, Hash: "h", Started: noon, Published: noon, Version: 1}
		if diff := cmp.Diff(want, imp); diff != "" || !found {
			b.Errorf("import (-want +got):\n%s", diff)
		}
		_, err = b.PublishImport(b.Context(), imp, noon)
		kind(b.T, fault.Conflict, err)
		kind(b.T, fault.Conflict, b.AbandonImport(b.Context(), id))
		kind(b.T, fault.Conflict, b.SaveFacts(b.Context(), id, 1, []history.Fact{profile(7, 4, noon, "late")}))
		_, err = b.SaveCustomers(b.Context(), id, []history.Customer{customer(9, 1, "A9", "")})
		kind(b.T, fault.Conflict, err)
	})
}

func kind(t *testing.T, want fault.Kind, err error) {
	t.Helper()
	if err == nil || fault.Of(err) != want {
		t.Errorf("error = %v, want one of kind %v", err, want)
	}
}

func TestVersionsStayAsTheyWere(t *testing.T) {
	forEachBench(t, func(b bench) {
		first := b.begin()
		b.customers(first, customer(7, 1, "A7", ""))
		b.replace(first, 1, jan, event(7, 1, day(1, 2), first))
		b.publish(first)
		second := b.begin()
		b.replace(second, 1, jan, event(7, 1, day(1, 2), first), event(7, 2, day(1, 3), second))
		b.replace(second, 1, feb, event(7, 3, day(2, 1), second))
		must(b.T, b.SaveFacts(b.Context(), second, 1, []history.Fact{profile(7, 5, noon, "x")}))
		b.publish(second)

		b.want(1, 1, "c7 e7/1 ")
		b.want(1, 2, "c7 e7/1 e7/2 e7/3 f7/5 ")
		must(b.T, b.UndoImport(b.Context(), second, noon))
		b.want(1, 0, "c7 e7/1 ")
		b.want(1, 2, "c7 e7/1 e7/2 e7/3 f7/5 ")
		kind(b.T, fault.Conflict, b.UndoImport(b.Context(), second, noon))
		kind(b.T, fault.NotFound, b.UndoImport(b.Context(), 99, noon))
		_, err := b.LoadShard(b.Context(), 1, 99)
		kind(b.T, fault.NotFound, err)
		_, err = b.LoadShard(b.Context(), 4, 0)
		kind(b.T, fault.Invalid, err)
	})
}

func TestPublishReturnsStaleMonths(t *testing.T) {
	forEachBench(t, func(b bench) {
		one, two := b.begin(), b.begin()
		b.customers(one, customer(7, 1, "A7", ""))
		b.replace(one, 1, jan, event(7, 1, day(1, 2), one))
		b.replace(two, 1, jan, event(7, 2, day(1, 3), two))
		b.replace(two, 1, feb, event(7, 3, day(2, 3), two))
		b.publish(one)
		stale, err := b.PublishImport(b.Context(), history.Import{ID: two}, noon)
		must(b.T, err)
		if diff := cmp.Diff([][2]int{{1, jan}}, stale); diff != "" {
			b.Errorf("stale (-want +got):\n%s", diff)
		}
		b.want(1, 0, "c7 e7/1 ")
		b.replace(two, 1, jan, event(7, 1, day(1, 2), one), event(7, 2, day(1, 3), two))
		b.publish(two)
		b.want(1, 0, "c7 e7/1 e7/2 e7/3 ")
	})
}

func TestUndoKeepsCustomersOthersSpokeOf(t *testing.T) {
	forEachBench(t, func(b bench) {
		first := b.begin()
		b.customers(first, customer(6, 1, "A6", "Gone"), customer(7, 1, "A7", "Event"), customer(8, 1, "A8", "Fact"), customer(9, 1, "A9", "Single"))
		b.replace(first, 1, jan, event(6, 1, day(1, 2), first))
		b.publish(first)
		second := b.begin()
		b.replace(second, 1, feb, event(7, 2, day(2, 2), second))
		must(b.T, b.SaveFacts(b.Context(), second, 1, []history.Fact{profile(8, 5, noon, "x")}))
		b.publish(second)
		must(b.T, b.RecordEvents(b.Context(), noon, []history.Event{event(9, 4, day(3, 1), 0)}))
		must(b.T, b.UndoImport(b.Context(), first, noon))
		b.want(1, 0, "c7 c8 c9 e7/2 e9/4 f8/5 ")
		b.want(1, 1, "c6 c7 c8 c9 e6/1 e9/4 ")
		for query, want := range map[string]int{"gone": 0, "A6": 0, "event": 1, "A7": 1} {
			if found, err := b.FindCustomers(b.Context(), query, 5); err != nil || len(found) != want {
				b.Errorf("%q finds %v (%v), want %d", query, found, err, want)
			}
		}
	})
}

func TestDraftsAreSwept(t *testing.T) {
	forEachBench(t, func(b bench) {
		id := b.begin()
		b.customers(id, customer(7, 1, "A7", "Ann"))
		var facts []history.Fact
		for i := range int64(1200) {
			facts = append(facts, profile(7, i, noon, "x"))
		}
		must(b.T, b.SaveFacts(b.Context(), id, 1, facts))
		b.replace(id, 1, jan, event(7, 1, day(1, 2), id))
		b.replace(id, 1, feb, event(7, 2, day(2, 2), id))
		must(b.T, b.SaveRejections(b.Context(), id, []history.Rejection{{Row: 2, Value: "a\x00\xffb", Reason: "bad"}}))
		n, err := b.SweepAbandoned(b.Context(), noon)
		must(b.T, err)
		if n != 0 {
			b.Errorf("swept %d that had just begun", n)
		}
		n, err = b.SweepAbandoned(b.Context(), noon.Add(time.Second))
		must(b.T, err)
		if n != 1 {
			b.Errorf("swept %d, want 1", n)
		}
		for _, table := range []string{"imports", "customers", "source_keys", "customer_terms", "facts", "segments", "segment_live", "rejections"} {
			if n := store.CountRows(b.T, b.Store, table); n != 0 {
				b.Errorf("%d rows of %s are left", n, table)
			}
		}
		kind(b.T, fault.Conflict, b.AbandonImport(b.Context(), id))
	})
}

func TestFactHistory(t *testing.T) {
	forEachBench(t, func(b bench) {
		one := b.begin()
		b.customers(one, customer(7, 1, "A7", ""), customer(8, 1, "A8", ""))
		newest := func(ids ...history.CustomerID) map[int64]uint64 {
			b.Helper()
			versions, err := b.FactHistory(b.Context(), 1, history.FactProfile, ids)
			must(b.T, err)
			out := map[int64]uint64{}
			for ref, all := range versions {
				if !slices.IsSortedFunc(all, func(x, y history.FactVersion) int { return int(x.Recorded - y.Recorded) }) {
					b.Errorf("versions of %d out of order: %v", ref, all)
				}
				out[ref] = all[len(all)-1].Hash
			}
			return out
		}
		gone := profile(7, 3, day(1, 3), "x")
		gone.Retracted = true
		must(b.T, b.SaveFacts(b.Context(), one, 1, []history.Fact{
			profile(7, 1, day(1, 1), "old"), profile(7, 1, day(1, 2), "new"), profile(7, 2, day(1, 1), "same"),
			profile(7, 3, day(1, 1), "x"), gone,
			profile(7, 4, day(1, 1), "first word"), profile(7, 4, day(1, 1), "last word"), profile(8, 5, day(1, 1), "x"),
		}))
		got := newest(7)
		if len(got) != 0 {
			b.Errorf("a draft's versions show: %v", got)
		}
		b.publish(one)
		if both := newest(6, 7, 8); len(both) != 5 {
			b.Errorf("versions of two customers %v", both)
		}
		got = newest(7)
		if len(got) != 4 || got[1] == 0 || got[2] == 0 || got[3] != 0 || got[1] == got[2] {
			b.Errorf("versions %v", got)
		}
		two := b.begin()
		must(b.T, b.SaveFacts(b.Context(), two, 1, []history.Fact{profile(7, 2, day(1, 5), "other")}))
		b.publish(two)
		again := newest(7)
		if again[2] == got[2] || again[1] != got[1] {
			b.Errorf("after a correction of 2: %v, before %v", again, got)
		}
		shard, err := b.LoadShard(b.Context(), 1, 0)
		must(b.T, err)
		for _, f := range shard.Facts {
			if p := f.Body.(history.Profile); f.Ref == 4 && p.Attributes["plan"] != "last word" {
				b.Errorf("of two at the same instant %v is kept", p)
			}
		}
	})
}

func TestFactsAreKeptWhole(t *testing.T) {
	forEachBench(t, func(b bench) {
		id := b.begin()
		b.customers(id, customer(7, 1, "A7", ""))
		bodies := map[history.FactKind]any{
			history.FactProfile:         history.Profile{Attributes: map[string]string{"name": "Søren \"O'Neil\" 李"}},
			history.FactContactPoint:    history.ContactPoint{Channel: "email", Value: "a@b.example", Until: day(2, 2)},
			history.FactSubscription:    history.Subscription{Plan: "gold", Start: day(1, 1), RenewsAt: day(2, 1), ValueMinor: 999, PeriodMonths: 12},
			history.FactSubscriptionEnd: history.SubscriptionEnd{Kind: "voluntary", Reason: "price"},
			history.FactIssue:           history.Issue{Category: "late", Severity: 4},
			history.FactIssueClosed:     history.IssueClosed{Resolution: "refund"},
			history.FactContact:         history.Contact{Channel: "phone", Purpose: "retention", Direction: "out", Proactive: true, Reached: true},
			history.FactConsent:         history.Consent{Purpose: "marketing", Allowed: true},
			history.FactRelation:        history.Relation{Kind: "household", Household: 5},
		}
		var facts []history.Fact
		for k, body := range bodies {
			facts = append(facts, history.Fact{
				Kind: k, Body: body,
				Stamp: history.Stamp{
					Customer: 7, Ref: int64(len(facts)) - 3, Occurred: time.Date(1969, 12, 31, 23, 59, 59, 1000, time.UTC),
					Recorded: day(1, 1), Assumed: len(facts)%2 == 0, Import: id,
				},
			})
		}
		must(b.T, b.SaveFacts(b.Context(), id, 1, facts))
		b.publish(id)
		shard, err := b.CustomerFacts(b.Context(), 7)
		must(b.T, err)
		byRef := cmpopts.SortSlices(func(a, b history.Fact) bool { return a.Ref < b.Ref })
		if diff := cmp.Diff(facts, shard.Facts, byRef); diff != "" {
			b.Errorf("facts (-want +got):\n%s", diff)
		}
	})
}

func TestVocabularyGrows(t *testing.T) {
	forEachBench(t, func(b bench) {
		done := make(chan error)
		for i := range 8 {
			go func() {
				_, err := b.Vocabulary(b.Context(), []string{"purchase", fmt.Sprint("kind", i), "purchase"}, []string{"web"})
				done <- err
			}()
		}
		for range 8 {
			must(b.T, <-done)
		}
		v, err := b.Vocabulary(b.Context(), nil, nil)
		must(b.T, err)
		if len(v.Kinds) != 10 || v.Kinds[0] != "other" || !slices.Contains(v.Kinds, "purchase") {
			b.Errorf("kinds %q", v.Kinds)
		}
		if diff := cmp.Diff([]string{"", "web"}, v.Channels); diff != "" {
			b.Errorf("channels %s", diff)
		}
	})
}

func TestSourceKeysAreAliases(t *testing.T) {
	forEachBench(t, func(b bench) {
		id := b.begin()
		b.customers(id, customer(7, 1, "A7", "Ann"))
		b.publish(id)
		two := b.begin()
		if n := b.customers(two, history.Customer{ID: 7, Partition: 1, Source: "crm", Key: "X1"}); n != 0 {
			b.Errorf("created %d", n)
		}
		for _, want := range []map[string]history.CustomerID{{}, {"X1": 7}} {
			got, err := b.SourceKeys(b.Context(), "crm")
			must(b.T, err)
			if diff := cmp.Diff(want, got); diff != "" {
				b.Errorf("aliases (-want +got):\n%s", diff)
			}
			if len(want) == 0 {
				b.publish(two)
			}
		}
		if got, err := b.SourceKeys(b.Context(), "shop"); err != nil || len(got) > 0 {
			b.Errorf("own keys given as aliases: %v, %v", got, err)
		}
		if n := store.CountRows(b.T, b.Store, "source_keys"); n != 1 {
			b.Errorf("%d keys kept beside the customer's own, want 1", n)
		}
		for key, want := range map[string][]history.CustomerID{"A7": {7}, "X1": {7}, "a7": nil, "X2": nil} {
			ids, err := b.CustomersByKey(b.Context(), key)
			must(b.T, err)
			if !slices.Equal(want, ids) {
				b.Errorf("%s is the key of %v, want %v", key, ids, want)
			}
		}
		person, err := b.Person(b.Context(), "X1")
		must(b.T, err)
		if diff := cmp.Diff([]store.SourceKey{{Source: "crm", Key: "X1"}, {Source: "shop", Key: "A7"}}, person.Keys); diff != "" {
			b.Errorf("keys (-want +got):\n%s", diff)
		}
	})
}
