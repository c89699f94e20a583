package value_test

import (
	"math"
	"testing"

	"holdfast/internal/stats"
	"holdfast/value"
)

// BenchmarkFitCDNOW fits the published sample of 2,357 customers.
func BenchmarkFitCDNOW(b *testing.B) {
	all, _ := summary(b)
	for _, kind := range value.Kinds() {
		b.Run(string(kind), func(b *testing.B) {
			for b.Loop() {
				fitAll(b, kind, all)
			}
		})
	}
}

// BenchmarkFitMillion fits a million planted customers seen by the day, for
// one to two years.
func BenchmarkFitMillion(b *testing.B) {
	all := planted(value.BGNBD{R: .5, Alpha: 6, A: .8, B: 2.5}, 1_000_000, stats.Stream(3, 1))
	for i := range all {
		all[i].Age = math.Round(14*all[i].Age) / 7
		all[i].Last = min(math.Round(14*all[i].Last)/7, all[i].Age)
		if all[i].Repeats == 0 {
			all[i].Last = 0
		}
	}
	for _, kind := range value.Kinds() {
		b.Run(string(kind), func(b *testing.B) {
			for b.Loop() {
				fitAll(b, kind, all)
			}
		})
	}
}

func fitAll(b *testing.B, kind value.Kind, all []value.Behaviour) {
	b.Helper()
	c, err := value.NewCohort(all)
	if err != nil {
		b.Fatal(err)
	}
	_, fit, err := value.FitBuying(kind, c)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(c.Groups()), "groups")
	b.ReportMetric(fit.LogLikelihood, "lnL")
}
