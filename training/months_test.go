package training_test

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"holdfast/training"
)

// On the seven months 2011-03 to 2011-09 of Online Retail the champion, chosen
// before each of them, is not worse than our own logistic regression, pooled and
// paired, and what must be reached on two of them is reached. It takes minutes:
// TestOnlineRetailLogistic holds those two months without the trees, and
// TestBacktestChampion the choice of a champion, on every run.
func TestOnlineRetailMonths(t *testing.T) {
	t.Parallel()
	if os.Getenv("HOLDFAST_BENCH") == "" {
		t.Skip("takes minutes: set HOLDFAST_BENCH=1")
	}
	b := retailBacktest(t, 180, training.NameLogistic, training.NameBoosted)
	b.Tests = training.Every(day("2011-03-01"), day("2011-09-01"), 1, 0)
	floors := map[string][2]float64{"2011-06-01": {.780, .556}, "2011-09-01": {.770, .586}}
	report, err := b.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Dates {
		at := d.AsOf.Format(time.DateOnly)
		for _, c := range d.Trials {
			t.Logf("%s: %s n %d, base %.4f, AUC %.4f, log loss %.4f, calibration %.2f, lift %.2f; naive AUC %.4f, log loss %.4f; %+.4f [%.4f, %.4f]; from %s, %d rows; champion %s",
				at, c.Candidate, c.Metrics.Rows, c.Metrics.BaseRate, c.Metrics.AUC, c.Metrics.LogLoss, c.Metrics.InTheLarge, c.Metrics.Lift10, d.Naive.AUC, d.Naive.LogLoss,
				c.AgainstNaive.Difference, c.AgainstNaive.Low, c.AgainstNaive.High, d.Trained[0], d.TrainRows, d.Champion)
		}
		live := d.Trials[slices.IndexFunc(d.Trials, func(c training.Trial) bool { return c.Candidate == d.Champion })].Metrics
		if want, ok := floors[at]; ok && (live.AUC < want[0] || live.LogLoss > want[1]) {
			t.Errorf("%s: the champion's AUC is %.4f and its log loss %.4f, want %.3f and %.3f", at, live.AUC, live.LogLoss, want[0], want[1])
		}
	}
	for _, c := range report.Pooled {
		t.Logf("all: %s AUC %.4f, log loss %.4f, mean risk over rate %.2f", c.Candidate, c.Metrics.AUC, c.Metrics.LogLoss, c.Metrics.InTheLarge)
	}
	champion := report.Pooled[len(report.Pooled)-1]
	if champion.Candidate != "champion" || champion.AgainstFirst == nil {
		t.Fatalf("pooled last is %+v", champion)
	}
	p := *champion.AgainstFirst
	t.Logf("all: champion AUC %.4f, log loss %.4f, against the logistic %+.4f [%.4f, %.4f]", champion.Metrics.AUC, champion.Metrics.LogLoss, p.Difference, p.Low, p.High)
	if p.Low > 0 {
		t.Errorf("the champion is worse than the logistic: log loss %+.4f [%.4f, %.4f]", p.Difference, p.Low, p.High)
	}
}
