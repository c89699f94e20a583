//go:build unix

package training_test

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/stats"
	"holdfast/training"
)

// streamed is a shop of any size, of which a partition exists only while it is
// looked at, as in a database: customers buy at their own rate, 100 times in two
// years on average, until they lose interest.
type streamed struct{ customers int }

const streamedShard = 1000 // customers a partition

func (s streamed) Partitions() int { return (s.customers + streamedShard - 1) / streamedShard }

func (s streamed) LoadShard(_ context.Context, p int, _ int64) (*history.Shard, error) {
	parts := history.Parts{Partition: p, Vocab: retailVocab}
	for i := p * streamedShard; i < min((p+1)*streamedShard, s.customers); i++ {
		id, rng := history.CustomerID(i+1), stats.Stream(7, uint64(i))
		parts.Customers = append(parts.Customers, history.Customer{ID: id, Partition: p, Source: "shop"})
		gap := 2 + 8*rng.Float64()
		last := min(730, 200+1500*rng.Float64())
		ref := int64(0)
		for d := 60 * rng.Float64(); d < last; d += gap * rng.ExpFloat64() {
			ref++
			at := opened.Add(time.Duration(d * 24 * float64(time.Hour)))
			parts.Events.Append(history.Event{
				Stamp: history.Stamp{Customer: id, Ref: ref, Occurred: at, Recorded: at.Add(time.Hour), Import: 1}, Kind: 1, AmountMinor: 500 + rng.Int64N(2000),
			})
		}
	}
	parts.Events.Sort()
	return history.AssembleShard(parts)
}

// Training at size: twelve snapshots of all customers in one pass, the look
// back, and both families, with the processor time and the largest memory after
// each stage. HOLDFAST_BENCH_CUSTOMERS says how many customers (4,000 where it
// does not).
func BenchmarkTraining(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("HOLDFAST_BENCH_CUSTOMERS"))
	if err != nil {
		n = 4000
	}
	reader := streamed{n}
	engine, err := features.New(features.Config{
		Events:  []features.EventKind{{Name: "purchase", Role: features.Activity, Amount: true, MarginRate: 10_000}},
		Windows: features.DefaultWindows(), Calendar: true,
	}, retailVocab)
	if err != nil {
		b.Fatal(err)
	}
	cfg := training.Default()
	cfg.Candidates = []string{training.NameLogistic, training.NameBoosted}
	def, ctx, at := shopChurn(b, 0), context.Background(), opened.AddDate(0, 0, 720)
	dates := training.TrainingDates(def, opened.AddDate(0, 0, 90), at, 30, 12)
	build := training.Snapshots{Reader: reader, Engine: engine, Churn: def, Dates: dates, KnownAt: at, Budget: cfg.RowBudget, Seed: 1}
	for b.Loop() {
		var sample *training.Sample
		events := 0
		stage(b, "the shards alone, made and not read", func() error {
			for p := range reader.Partitions() {
				s, err := reader.LoadShard(ctx, p, 0)
				if err != nil {
					return err
				}
				events += s.Events.Len()
			}
			return nil
		})
		stage(b, "12 snapshots, shards included", func() (err error) {
			sample, err = build.Build(ctx)
			return err
		})
		b.Logf("%d customers, %d events, %d dates: %d rows of %d kept, %d columns", n, events, len(dates), sample.Rows(), sample.Seen, len(sample.X.Schema.Columns))
		stage(b, "the look back on the newest date", func() error {
			last := build
			last.Dates = dates[len(dates)-1:]
			_, err := last.LookBack(ctx)
			return err
		})
		for _, c := range cfg.Candidate(def, time.Now) {
			stage(b, c.Name+", fitted, and calibrated on four folds", func() error {
				_, err := training.FitCalibrated(ctx, c, sample, 1)
				return err
			})
		}
	}
}

// stage runs one stage and logs what it took.
func stage(b *testing.B, name string, run func() error) {
	b.Helper()
	runtime.GC()
	before, started := usage(b), time.Now()
	if err := run(); err != nil {
		b.Fatalf("%s: %v", name, err)
	}
	after := usage(b)
	cpu := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
	b.Logf("%-45s %7.1f CPU s, %7.1f s, at most %d MB so far", name, cpu.Seconds(), time.Since(started).Seconds(), after.Maxrss/1024)
}

func usage(b *testing.B) (u syscall.Rusage) {
	b.Helper()
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u
}
