package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/store"
)

// livesIn says that a customer belongs to a household from a time on.
func livesIn(ref int64, id history.CustomerID, house history.HouseholdID, at time.Time) history.Fact {
	return history.Fact{
		Stamp: history.Stamp{Customer: id, Ref: ref, Occurred: at},
		Kind:  history.FactRelation, Body: history.Relation{Kind: "household", Household: house},
	}
}

// saidOf names the members of a household with what their profiles say.
func saidOf(t *testing.T, members []history.View, err error) (text string) {
	t.Helper()
	must(t, err)
	for _, v := range members {
		plan, _ := v.Attribute("plan")
		text += fmt.Sprintf("%d %s %s; ", v.Customer().ID, v.Customer().Name, plan)
	}
	return text
}

// A household is found by its members of today, in a file as on a card: who
// moved out is not among them, and who was merged is there once.
func TestHousehold(t *testing.T) {
	forEachBench(t, func(b bench) {
		people(b)
		early, late := noon.Add(-2*time.Hour), noon.Add(-time.Hour)
		must(b.T, b.RecordFacts(b.Context(), noon, []history.Fact{
			livesIn(1, 5, 900, late), livesIn(2, 6, 900, late), livesIn(3, 7, 900, early), livesIn(4, 7, 901, late), livesIn(5, 8, 901, early),
		}))
		want := func(house history.HouseholdID, limit int, want string) {
			b.Helper()
			now := noon.Add(time.Minute)
			file, err := b.Household(b.Context(), house, now, limit)
			if got := saidOf(b.T, file, err); got != want {
				b.Errorf("the file of household %d has %q, want %q", house, got, want)
			}
			card, err := b.Housemates(b.Context(), house, now, limit)
			if got := saidOf(b.T, card, err); got != want {
				b.Errorf("the card of household %d has %q, want %q", house, got, want)
			}
		}
		want(900, 9, "5 Eve Stone x; 6 Sam Hill x; ")
		want(900, 1, "5 Eve Stone x; ")
		want(901, 9, "7 Ann Berg x; 8 Bo Li x; ")
		want(902, 9, "")
		must(b.T, b.MergeCustomers(b.Context(), 8, 5, noon)) // of two partitions; 5 was last said to live in 900
		want(900, 9, "5 Eve Stone x; 6 Sam Hill x; ")
		want(901, 9, "7 Ann Berg x; ")
	})
}

// A card reads of many members by as many queries as of two, each by an index.
func TestHousematesAreReadTogether(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		s := open(t, newConfig(t, dialect), options())
		releasedNight(t, s, 120)
		lives := func(from, to int, house history.HouseholdID) {
			var facts []history.Fact
			for id := from; id <= to; id++ {
				facts = append(facts, livesIn(int64(9000+id), history.CustomerID(id), house, noon))
			}
			must(t, s.RecordFacts(t.Context(), noon, facts))
		}
		lives(1, 2, 900)
		lives(11, 25, 901)
		queries := map[history.HouseholdID]int{}
		for house, members := range map[history.HouseholdID]int{900: 2, 901: 15} {
			l := listed{name: fmt.Sprintf("a household of %d", members), sorts: "its members", read: func(ctx context.Context, s *store.Store) error {
				found, err := s.Housemates(ctx, house, noon.Add(time.Hour), 20)
				if len(found) != members {
					t.Errorf("household %d has %d members, want %d", house, len(found), members)
				}
				return err
			}}
			noMoreThanShown(t, s, dialect, l)
			queries[house] = len(store.Planned(t, s, func() { must(t, l.read(t.Context(), s)) }))
		}
		if queries[900] != queries[901] || queries[900] == 0 {
			t.Errorf("queries for households: %v", queries)
		}
	})
}
