package features_test

import (
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"holdfast/features"
	"holdfast/history"
)

// day0 is the first day of the made-up histories.
var day0 = time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)

var benchVocab = history.Vocabulary{Kinds: []string{"other", "purchase", "return", "login"}, Channels: []string{""}}

// busyShard makes customers with events spread over two years, known an hour
// after they happened.
func busyShard(tb testing.TB, partition, customers, each int) *history.Shard {
	tb.Helper()
	rng := rand.New(rand.NewPCG(uint64(partition), 1))
	p := history.Parts{Partition: partition, Vocab: benchVocab}
	p.Events.Grow(customers * each)
	for i := range customers {
		id := int64(i+1)<<8 | int64(partition)
		p.Customers = append(p.Customers, history.Customer{ID: history.CustomerID(id), Key: strconv.Itoa(i)})
		at := day0.UnixMicro()
		step := 2 * 730 * 24 * 3600 * 1e6 / int64(each)
		for range each {
			at += rng.Int64N(step)
			p.Events.Customer = append(p.Events.Customer, id)
			p.Events.Ref = append(p.Events.Ref, rng.Int64())
			p.Events.Occurred = append(p.Events.Occurred, at)
			p.Events.Recorded = append(p.Events.Recorded, at+3600*1e6)
			p.Events.Import = append(p.Events.Import, 1)
			p.Events.Flags = append(p.Events.Flags, 0)
			p.Events.Kind = append(p.Events.Kind, uint16(1+rng.IntN(3)))
			p.Events.Amount = append(p.Events.Amount, rng.Int64N(10000))
			p.Events.Quantity = append(p.Events.Quantity, 1)
			p.Events.Channel = append(p.Events.Channel, 0)
		}
	}
	s, err := history.AssembleShard(p)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func twelveDates() []time.Time {
	var dates []time.Time
	for m := range 12 {
		dates = append(dates, day0.AddDate(1, m+1, 0))
	}
	return dates
}

// BenchmarkRows makes rows for 20 million events at 12 dates on all cores, as
// the issue asks for (under 5 s on 2 cores).
func BenchmarkRows(b *testing.B) {
	for _, each := range []int{100, 20} {
		b.Run(strconv.Itoa(each)+" events each", func(b *testing.B) { benchRows(b, each) })
	}
}

func benchRows(b *testing.B, each int) {
	const events, partitions = 20_000_000, 8
	cfg := features.Default()
	cfg.Events = append(cfg.Events, features.EventKind{Name: "login", Role: features.Activity})
	e, err := features.New(cfg, benchVocab)
	if err != nil {
		b.Fatal(err)
	}
	// One partition's worth stands for all: they are alike, and memory is a
	// shard's.
	shard := busyShard(b, 0, events/partitions/each, each)
	dates := twelveDates()
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		var wg sync.WaitGroup
		workers := runtime.GOMAXPROCS(0)
		for w := range workers {
			wg.Go(func() {
				n := len(shard.Customers)
				for range partitions {
					err := e.Rows(shard, w*n/workers, (w+1)*n/workers, dates, func(int, int, history.View, []float64) error { return nil })
					if err != nil {
						b.Error(err)
					}
				}
			})
		}
		wg.Wait()
	}
	rows := float64(partitions*len(shard.Customers)*len(dates)) * float64(b.N)
	b.ReportMetric(rows/b.Elapsed().Seconds()/1e6, "Mrows/s")
	b.ReportMetric(float64(events*len(dates))*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mevent-dates/s")
	b.ReportMetric(float64(len(e.Schema().Columns)), "columns")
}

func BenchmarkRow(b *testing.B) {
	shard := busyShard(b, 0, 1000, 50)
	e, err := features.New(features.Default(), benchVocab)
	if err != nil {
		b.Fatal(err)
	}
	row := make([]float64, len(e.Schema().Columns))
	var scratch history.Scratch
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		e.Row(shard.View(i%1000, day0.AddDate(2, 0, 0), &scratch), row)
		i++
	}
}
