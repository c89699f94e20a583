package training_test

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"holdfast/churn"
	"holdfast/features"
	"holdfast/training"
)

// silence of 13 weeks at CDNOW, of those active within so many days, with the
// features of examples/cdnow and slices a quarter apart.
func cdnowBacktest(t testing.TB, reader shards, activeWithin int, candidates ...string) training.Backtest {
	t.Helper()
	def, err := churn.New(churn.Config{
		Kind: churn.Lapse, SilenceDays: 91, Activity: []string{"purchase"}, Population: churn.Population{ActiveWithinDays: activeWithin},
	}, retailVocab)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := features.New(features.Config{
		Events:  []features.EventKind{{Name: "purchase", Role: features.Activity, Amount: true, MarginRate: 10_000}},
		Windows: features.DefaultWindows(), Calendar: true,
	}, retailVocab)
	if err != nil {
		t.Fatal(err)
	}
	cfg := training.Default()
	cfg.Candidates = candidates
	return training.Backtest{
		Reader: reader, Engine: engine, Judges: cfg.NewJudges(def, time.Now),
		Tests: []time.Time{day("1998-03-31")}, From: day("1997-04-01"), KnownAt: day("1998-07-01"),
		EveryDays: 91, Snapshots: 4, Budget: 200_000, Seed: 1,
	}
}

// champion runs a back-test of one date and gives the champion's metrics.
func champion(t *testing.T, b training.Backtest) training.Metrics {
	t.Helper()
	t.Helper()
	report, err := b.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	d := report.Dates[0]
	for _, c := range d.Trials {
		m := c.Metrics
		t.Logf("%s, %d slices, %d rows: %s n %d, base %.4f, AUC %.4f, log loss %.4f, calibration %.3f; naive AUC %.4f, log loss %.4f; %+.4f [%.4f, %.4f] %s",
			d.AsOf.Format(time.DateOnly), len(d.Trained), d.TrainRows, c.Candidate, m.Rows, m.BaseRate, m.AUC, m.LogLoss, m.InTheLarge, d.Naive.AUC, d.Naive.LogLoss,
			c.AgainstNaive.Difference, c.AgainstNaive.Low, c.AgainstNaive.High, c.Failed)
	}
	live := d.Trials[slices.IndexFunc(d.Trials, func(c training.Trial) bool { return c.Candidate == d.Champion })]
	t.Logf("the champion, chosen before the date, is %s", d.Champion)
	if live.AgainstNaive.High >= 0 {
		t.Errorf("%s is not better than the naive rule: %+v", live.Candidate, live.AgainstNaive)
	}
	return live.Metrics
}

// Who of CDNOW's whole cohort is silent in the 13 weeks from 1998-03-31. BG/NBD
// alone reaches AUC .830 and boosted trees .837 to .839 (science.md): the
// champion must reach .837. A thin sample of the rows and the logistic alone
// stand for it unless HOLDFAST_BENCH=1.
func TestCDNOWWholeCohort(t *testing.T) {
	t.Parallel()
	b := cdnowBacktest(t, cdnow(t, 2), 600, training.NameLogistic)
	b.Budget = 12_000
	if os.Getenv("HOLDFAST_BENCH") != "" {
		b = cdnowBacktest(t, b.Reader.(shards), 600, training.NameLogistic, training.NameBoosted, training.NameBGNBD)
	}
	if m := champion(t, b); m.Rows != 23_570 || m.AUC < .837 || m.LogLoss > .3045 {
		t.Errorf("the champion: %+v, want AUC .837 and less log loss than BG/NBD's .3045", m)
	}
}

// The same of those who bought in the last 26 weeks. How many slices to learn
// from is chosen by a back-test of 1997-12-30, the newest date that was final by
// then: in the first slices nearly everybody had bought for the first time a
// few weeks before, which is true of nobody later. HOLDFAST_BENCH=1 makes the
// choice; what it chose is used here.
func TestCDNOWActiveWithin26Weeks(t *testing.T) {
	t.Parallel()
	b, chosen := cdnowBacktest(t, cdnow(t, 2), 182, training.NameLogistic), 1
	if os.Getenv("HOLDFAST_BENCH") != "" {
		least := 1.0
		for n := 1; n <= 3; n++ {
			past := b
			past.Tests, past.KnownAt, past.Snapshots = []time.Time{day("1997-12-30")}, day("1998-03-31"), n
			if m := champion(t, past); m.LogLoss < least {
				least, chosen = m.LogLoss, n
			}
		}
		b = cdnowBacktest(t, b.Reader.(shards), 182, training.NameLogistic, training.NameBoosted, training.NameBGNBD)
	}
	b.Snapshots = chosen
	if m := champion(t, b); m.Rows != 6_086 || m.AUC < .728 || m.LogLoss > .585 {
		t.Errorf("the champion of %d slices: %+v, want AUC .728 and log loss .585", chosen, m)
	}
}
