package store_test

import (
	"fmt"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// people makes customers 5 and 6 of partition 1 and 7 and 8 of partition 2,
// each with an event and a fact whose refs are their ids.
func people(b bench) {
	b.Helper()
	id := b.begin()
	for _, c := range []history.Customer{
		customer(5, 1, "A5", "Eve Stone"), customer(6, 1, "A6", "Sam Hill"), customer(7, 2, "A7", "Ann Berg"), customer(8, 2, "A8", "Bo Li"),
	} {
		b.customers(id, c)
		must(b.T, b.SaveFacts(b.Context(), id, c.Partition, []history.Fact{profile(c.ID, int64(c.ID), day(1, 5), "x")}))
	}
	b.replace(id, 1, jan, event(5, 5, day(1, 2), id), event(6, 6, day(1, 3), id))
	b.replace(id, 2, jan, event(7, 7, day(1, 2), id), event(8, 8, day(1, 3), id))
	b.publish(id)
}

func TestMergesAreFollowedOverPartitions(t *testing.T) {
	forEachBench(t, func(b bench) {
		people(b)
		merge := func(from, to history.CustomerID) { must(b.T, b.MergeCustomers(b.Context(), from, to, noon)) }
		merge(5, 7) // version 2
		b.want(1, 0, "c6 e6/6 f6/6 ")
		b.want(2, 0, "c7 c8 e7/5 e7/7 e8/8 f7/5 f7/7 f8/8 ")
		merge(7, 6) // version 3: 5 → 7 → 6
		b.want(1, 0, "c6 e6/5 e6/7 e6/6 f6/5 f6/6 f6/7 ")
		b.want(2, 0, "c8 e8/8 f8/8 ")
		b.want(2, 2, "c7 c8 e7/5 e7/7 e8/8 f7/5 f7/7 f8/8 ")
		kind(b.T, fault.Conflict, b.MergeCustomers(b.Context(), 5, 6, noon)) // one already
		kind(b.T, fault.Conflict, b.MergeCustomers(b.Context(), 6, 5, noon)) // no circles
		kind(b.T, fault.NotFound, b.MergeCustomers(b.Context(), 6, 99, noon))

		for _, id := range []history.CustomerID{5, 6, 7} {
			shard, err := b.CustomerShard(b.Context(), id)
			must(b.T, err)
			if got, want := describe(shard), "c6 e6/5 e6/7 e6/6 f6/5 f6/6 f6/7 "; got != want {
				b.Errorf("customer %d shows %q, want %q", id, got, want)
			}
			shard, err = b.CustomerFacts(b.Context(), id)
			must(b.T, err)
			if got, want := describe(shard), "c6 f6/5 f6/6 f6/7 "; got != want {
				b.Errorf("facts of customer %d are %q, want %q", id, got, want)
			}
		}
		if found, err := b.FindCustomers(b.Context(), "A5", 5); err != nil || len(found) != 1 || found[0].ID != 6 {
			b.Errorf("the merged-away key finds %v (%v), want customer 6", found, err)
		}

		must(b.T, b.UnmergeCustomers(b.Context(), 7, noon.Add(time.Hour)))
		b.want(1, 0, "c6 e6/6 f6/6 ")
		b.want(2, 0, "c7 c8 e7/5 e7/7 e8/8 f7/5 f7/7 f8/8 ")
		b.want(1, 3, "c6 e6/5 e6/7 e6/6 f6/5 f6/6 f6/7 ")
		kind(b.T, fault.NotFound, b.UnmergeCustomers(b.Context(), 7, noon))
		merge(7, 8)
		b.want(2, 0, "c8 e8/5 e8/7 e8/8 f8/5 f8/7 f8/8 ")
	})
}

func TestConcurrentMergesMakeNoCircle(t *testing.T) {
	forEachBench(t, func(b bench) {
		people(b)
		errs := make(chan error)
		pairs := [][2]history.CustomerID{{5, 6}, {6, 5}, {6, 7}, {7, 5}, {7, 8}, {8, 5}}
		for _, p := range pairs {
			go func() { errs <- b.MergeCustomers(b.Context(), p[0], p[1], noon) }()
		}
		merged := 0
		for range pairs {
			if err := <-errs; err == nil {
				merged++
			} else {
				kind(b.T, fault.Conflict, err)
			}
		}
		if merged != 3 {
			b.Errorf("%d merges of four customers went through, want 3", merged)
		}
		if got := len(b.sees(1, 0)) + len(b.sees(2, 0)); got == 0 {
			b.Error("the customers are lost")
		}
	})
}

func TestFindCustomers(t *testing.T) {
	forEachBench(t, func(b bench) {
		people(b)
		point := func(ref int64, id history.CustomerID, channel, value string) history.Fact {
			return history.Fact{
				Stamp: history.Stamp{Customer: id, Ref: ref, Occurred: noon},
				Kind:  history.FactContactPoint, Body: history.ContactPoint{Channel: channel, Value: value},
			}
		}
		must(b.T, b.RecordFacts(b.Context(), noon, []history.Fact{
			point(1, 5, "phone", "+44 (20) 7946 0958"), point(2, 6, "phone", "020 7946 0111"),
			point(3, 7, "email", "Ann.Berg@Example.org"), point(4, 8, "post", "12345 Main Street"),
		}))
		for query, want := range map[string]string{
			"020 7946 0958": "5 phone", "+442079460958": "5 phone", "00442079460111": "6 phone", "7946 0111": "6 phone",
			"79460": "", "ann.berg@example.org": "7 email", "ANN.BERG@": "7 email", "a7": "7 key", "A": "7 name",
			"ber an": "7 name", "Berg Ann": "7 name", "berg sam": "", "stone": "5 name", "12345": "", " ": "", "%": "", "_5": "",
		} {
			found, err := b.FindCustomers(b.Context(), query, 5)
			must(b.T, err)
			got := ""
			for _, f := range found {
				got += fmt.Sprint(f.ID, " ", f.Match)
			}
			if got != want {
				b.Errorf("%q finds %q, want %q", query, got, want)
			}
		}
		id := b.begin() // more Bergs than are looked at, and one of them is Zoe
		for i := range 100 {
			b.customers(id, customer(history.CustomerID(200+i), 3, fmt.Sprint("B", i), fmt.Sprintf("Bob%d Berg", i)))
		}
		b.customers(id, customer(400, 3, "Z", "Zoe Berg"))
		b.publish(id)
		for query, want := range map[string]int{"berg": 2, "berg zoe": 1, "zo ber": 1, "berg bob": 2, "berg sam": 0} {
			if found, err := b.FindCustomers(b.Context(), query, 2); err != nil || len(found) != want {
				b.Errorf("%q finds %v (%v), want %d", query, found, err, want)
			}
		}
		if found, err := b.FindCustomers(b.Context(), "A6", 0); err != nil || found != nil {
			b.Errorf("limit 0 finds %v, %v", found, err)
		}
	})
}
