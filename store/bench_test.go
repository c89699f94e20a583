package store_test

import (
	"fmt"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/store"
)

const (
	benchCustomers = 15_625 // a partition of a million customers
	benchFacts     = 4      // each
	benchEvents    = 20     // each and month
)

// BenchmarkStore measures what an import writes and a night reads, per kind of
// database. One partition stands for sixty-four.
func BenchmarkStore(b *testing.B) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		b.Run(dialect, func(b *testing.B) {
			cfg := newConfig(b, dialect)
			if err := store.Migrate(b.Context(), cfg, options()); err != nil {
				b.Fatal(err)
			}
			s, err := store.Open(b.Context(), cfg, options())
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close() //nolint:errcheck // the measurements stand
			fill(b, s)
			b.Run("load shard", func(b *testing.B) {
				for b.Loop() {
					shard, err := s.LoadShard(b.Context(), 1, 0)
					if err != nil || shard.Events.Len() != 3*benchEvents*benchCustomers {
						b.Fatalf("shard of %d events, %v", shard.Events.Len(), err)
					}
				}
				perSecond(b, benchCustomers, "customers/s")
			})
			b.Run("customer facts", func(b *testing.B) {
				for b.Loop() {
					if _, err := s.CustomerFacts(b.Context(), 77); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("customer shard", func(b *testing.B) {
				for b.Loop() {
					if _, err := s.CustomerShard(b.Context(), 77); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("find by phone", func(b *testing.B) {
				for b.Loop() {
					if found, err := s.FindCustomers(b.Context(), "020 7000 0077", 5); err != nil || len(found) != 1 {
						b.Fatal(found, err)
					}
				}
			})
			b.Run("record a fact", func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					if err := s.RecordFacts(b.Context(), noon, []history.Fact{profile(77, int64(i)+1e9, noon, "desk")}); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

func perSecond(b *testing.B, n int, unit string) {
	b.Helper()
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), unit)
}

// fill imports the partition and reports how fast that was.
func fill(b *testing.B, s *store.Store) {
	b.Helper()
	check := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	id, err := s.BeginImport(b.Context(), history.Import{Feed: "shop", Started: noon})
	check(err)
	customers := make([]history.Customer, benchCustomers)
	var facts []history.Fact
	for i := range customers {
		c := history.CustomerID(i + 1)
		customers[i] = customer(c, 1, fmt.Sprintf("A%07d", i), fmt.Sprintf("Name%d Surname%d", i%1000, i))
		for k := range int64(benchFacts - 1) {
			facts = append(facts, profile(c, int64(i)*10+k, day(1, 1), "gold"))
		}
		facts = append(facts, history.Fact{
			Stamp: history.Stamp{Customer: c, Ref: int64(i), Occurred: noon, Recorded: noon}, Kind: history.FactContactPoint,
			Body: history.ContactPoint{Channel: "phone", Value: fmt.Sprintf("+442070%06d", i+1)},
		})
	}
	at := time.Now()
	_, err = s.SaveCustomers(b.Context(), id, customers)
	check(err)
	saved := time.Now()
	check(s.SaveFacts(b.Context(), id, 1, facts))
	b.Logf("%s: %.0f customers and %.0f facts saved a second", s.Dialect(),
		benchCustomers/saved.Sub(at).Seconds(), float64(len(facts))/time.Since(saved).Seconds())
	for month := jan; month < jan+3; month++ {
		var block history.Events
		for i := range benchCustomers * benchEvents {
			e := event(history.CustomerID(i/benchEvents+1), int64(month)<<32+int64(i), day(1, 1), id)
			e.Occurred = time.Date(2026, time.Month(month-jan+1), 1+i%benchEvents, 0, 0, 0, 0, time.UTC)
			block.Append(e)
		}
		block.Sort()
		payload, err := history.EncodeSegment(&block)
		check(err)
		check(s.SaveSegment(b.Context(), id, 0, history.Segment{
			Partition: 1, Month: month, Rows: block.Len(), Min: day(1, 1), Max: day(1, 1), Payload: payload,
		}))
	}
	_, err = s.PublishImport(b.Context(), history.Import{ID: id}, noon)
	check(err)
}
