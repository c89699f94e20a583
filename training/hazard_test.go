package training_test

import (
	"context"
	"os"
	"testing"
	"time"

	"holdfast/model"
	"holdfast/training"
)

// Hazards beside the plain classifiers on the insurer's policies, each date predicted
// from outcomes that were final by then. HOLDFAST_BENCH=1 takes all rows and years;
// what it said is in docs/benchmarks.md, and why hazards are not among the default
// candidates. Beside them stands the same family on final outcomes alone, which shows
// what the dates teach whose outcome is not final.
func TestHazardBesidePlainTrees(t *testing.T) {
	t.Parallel()
	b := insuranceBacktest(t, training.NameBoosted, training.NameHazard)
	final := b.Judges.Candidates[1]
	final.Name = "hazard, final outcomes alone"
	fit, refit := final.Fit, final.Refit
	final.Fit = func(ctx context.Context, s *training.Sample, seed uint64) (*model.Model, error) {
		return fit(ctx, matured(s), seed)
	}
	final.Refit = func(ctx context.Context, s *training.Sample, seed uint64, like *model.Model) (*model.Model, error) {
		return refit(ctx, matured(s), seed, like)
	}
	b.Judges.Candidates = append(b.Judges.Candidates, final)
	b.EveryDays, b.Snapshots, b.Budget, b.Tests = 182, 2, 4000, []time.Time{day("2007-01-01")}
	if os.Getenv("HOLDFAST_BENCH") != "" {
		b.Snapshots, b.Budget, b.Tests = 4, 20_000, []time.Time{day("2005-01-01"), day("2006-01-01"), day("2007-01-01")}
	}
	report, err := b.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Dates {
		for _, trial := range d.Trials {
			if trial.Failed != "" {
				t.Errorf("%s, %s: %s", d.AsOf.Format(time.DateOnly), trial.Candidate, trial.Failed)
				continue
			}
			t.Logf("%s, %d rows: %s AUC %.4f, log loss %.4f (naive %.4f), mean risk ÷ rate %.2f, %.1f s, against the first %+v",
				d.AsOf.Format(time.DateOnly), d.TrainRows, trial.Candidate, trial.Metrics.AUC, trial.Metrics.LogLoss, d.Naive.LogLoss, trial.Metrics.InTheLarge, trial.Seconds, trial.AgainstFirst)
			if trial.Metrics.AUC < .5 || trial.Metrics.AUC > .85 {
				t.Errorf("%s: AUC %.4f", trial.Candidate, trial.Metrics.AUC)
			}
		}
	}
	young, err := report.Between(training.NameHazard, final.Name, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("hazards with dates whose outcome is not final, less those without, log loss, pooled: %+v", young)
	if young.Difference == 0 {
		t.Error("dates whose outcome is not final changed nothing")
	}
	for _, trial := range report.Pooled {
		t.Logf("pooled: %s AUC %.4f, log loss %.4f, against the first %+v", trial.Candidate, trial.Metrics.AUC, trial.Metrics.LogLoss, trial.AgainstFirst)
	}
}

func matured(s *training.Sample) *training.Sample {
	out := *s
	out.Young = nil
	return &out
}
