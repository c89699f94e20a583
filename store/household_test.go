package store_test

import (
	"fmt"
	"testing"
	"time"

	"holdfast/history"
)

// A household is found by its members of today: who moved out is not among them.
func TestHousehold(t *testing.T) {
	forEachBench(t, func(b bench) {
		people(b)
		lives := func(ref int64, id history.CustomerID, house history.HouseholdID, at time.Time) history.Fact {
			return history.Fact{
				Stamp: history.Stamp{Customer: id, Ref: ref, Occurred: at},
				Kind:  history.FactRelation, Body: history.Relation{Kind: "household", Household: house},
			}
		}
		must(b.T, b.RecordFacts(b.Context(), noon, []history.Fact{
			lives(1, 5, 900, noon.Add(-time.Hour)), lives(2, 6, 900, noon.Add(-time.Hour)), lives(3, 7, 900, noon.Add(-2*time.Hour)),
			lives(4, 7, 901, noon.Add(-time.Hour)), lives(5, 8, 901, noon.Add(-time.Hour)),
		}))
		members := func(house history.HouseholdID, limit int) string {
			views, err := b.Household(b.Context(), house, noon.Add(time.Minute), limit)
			must(b.T, err)
			said := ""
			for _, v := range views {
				said += fmt.Sprint(v.Customer().ID, " ")
			}
			return said
		}
		for _, x := range []struct {
			house history.HouseholdID
			limit int
			want  string
		}{{900, 9, "5 6 "}, {900, 1, "5 "}, {901, 9, "7 8 "}, {902, 9, ""}} {
			if got := members(x.house, x.limit); got != x.want {
				b.Errorf("household %d has %q, want %q", x.house, got, x.want)
			}
		}
	})
}
