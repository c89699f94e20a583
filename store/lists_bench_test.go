package store_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"holdfast/interventions"
	"holdfast/nightly"
	"holdfast/scoring"
	"holdfast/store"
)

// BenchmarkNight measures what a night costs the database, on both kinds, with
// HOLDFAST_BENCH_CUSTOMERS customers (20,000 where not said).
func BenchmarkNight(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("HOLDFAST_BENCH_CUSTOMERS"))
	if err != nil {
		n = 20_000
	}
	for _, dialect := range []string{"sqlite", "postgres"} {
		b.Run(dialect, func(b *testing.B) {
			for b.Loop() {
				night(b, dialect, n)
			}
		})
	}
}

func night(b *testing.B, dialect string, n int) {
	// The helpers of the tests want a *testing.T; a benchmark has none.
	ok := testing.RunTests(func(_, _ string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: dialect, F: func(t *testing.T) {
		ctx := t.Context()
		s := open(t, newConfig(t, dialect), options())
		startNight(t, s, "a", noon)
		pub, err := s.Draft(ctx, "a", interventions.Publication{AsOf: noon, CreatedAt: noon})
		must(t, err)
		scores := [2][]scoring.Score{scoresOf(0, n/2, noon), scoresOf(1, n/2, noon)}
		var decisions [2][]interventions.Decision
		rate(b, "scores", n, func() {
			for p := range 2 {
				must(t, s.SaveScores(ctx, "a", p, scores[p]))
			}
		})
		rate(b, "decisions", n, func() {
			for p := range 2 {
				decisions[p] = decide(scores[p])
				must(t, s.SaveDecisions(ctx, pub.ID, p, decisions[p], scores[p]))
			}
		})
		works := 0
		start := time.Now()
		for p := range 2 { // a hundredth of those in an episode is what people can do
			w := assign(pub.ID, p, decisions[p][:len(decisions[p])/50])
			_, err := s.SaveWork(ctx, pub.ID, p, w)
			must(t, err)
			works += len(w.Tasks) + len(w.Messages)
		}
		b.ReportMetric(float64(works)/time.Since(start).Seconds(), "works/s")
		start = time.Now()
		_, err = s.Publish(ctx, "a", pub.ID, noon)
		must(t, err)
		b.ReportMetric(time.Since(start).Seconds()*1000, "publish-ms")
		b.ReportMetric(float64(works), "works")
		file(t, s, 1000)
		waits(b, "list", 100, func(int) {
			_, _, err := s.RiskList(ctx, store.RiskFilter{})
			must(t, err)
		})
		waits(b, "lease", 300, func(i int) {
			_, _ = next(t, s, fmt.Sprintf("agent%d", i), noon.Add(time.Hour))
		})
		waits(b, "decision", 100, func(i int) {
			_, err := s.DecisionOf(ctx, scores[0][i].Customer, noon)
			must(t, err)
		})
		_, err = s.Clean(ctx, noon, nightly.Default().Retention)
		must(t, err)
	}}})
	if !ok {
		b.Fatal("the night failed")
	}
}

func rate(b *testing.B, what string, n int, f func()) {
	start := time.Now()
	f()
	b.ReportMetric(float64(n)/time.Since(start).Seconds(), what+"/s")
}

// waits reports the 99th percentile of n calls, in milliseconds.
func waits(b *testing.B, what string, n int, f func(i int)) {
	took := make([]time.Duration, n)
	for i := range took {
		start := time.Now()
		f(i)
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[n*99/100].Microseconds())/1000, what+"-p99-ms")
}
