package training_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"holdfast/training"
)

// While few have left a back-test predicts a date with whom a night would have had
// live, says why in the night's own words, and never with the configured families.
func TestBacktestOfFewLeavers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		customers int
		champion  string
		words     string
	}{
		"about 120": {customers: 220, champion: "small", words: "customers have left so far and it takes 200"},
		"about 30":  {customers: 60, champion: "naive rule", words: "customers have left so far and it takes 50 (training.min_leavers) to fit a model"},
	} {
		n := choose(t, c.customers)
		n.Config.MinLeavers = 50
		night, err := n.Train(context.Background())
		if err != nil {
			t.Fatal(name, err)
		}
		r, err := training.Backtest{
			Reader: n.Reader, Engine: n.Engine, Judges: n.Judges, From: n.From, KnownAt: n.AsOf.AddDate(0, 0, 60), Tests: []time.Time{n.AsOf},
			EveryDays: n.Config.EveryDays, Snapshots: n.Config.Snapshots, Budget: n.Config.RowBudget, MinLeavers: 50, Seed: n.Config.Seed,
		}.Run(context.Background(), nil)
		if err != nil {
			t.Fatal(name, err)
		}
		d := r.Dates[0]
		t.Logf("%s: %s on %d rows: %s", name, d.Champion, d.TrainRows, d.Few)
		if d.Champion != c.champion || night.Winner != c.champion || len(d.Trials) != 1 || d.Trials[0].Candidate != c.champion || !strings.Contains(d.Few, c.words) {
			t.Errorf("%s: champion %s, in the night %s, %d trials: %s", name, d.Champion, night.Winner, len(d.Trials), d.Few)
			continue
		}
		if words := strings.Join(night.Model.Card().Sentences, " "); !strings.Contains(words, d.Few) {
			t.Errorf("%s: the back-test says %q and the night %q", name, d.Few, words)
		}
		last := r.Pooled[len(r.Pooled)-1]
		if last.Candidate != "champion" || last.Metrics != d.Trials[0].Metrics || (c.champion == "naive rule") != (last.Metrics == d.Naive) {
			t.Errorf("%s: pooled %+v", name, last)
		}
	}
}

// Where more leave with time a report holds dates of the naive rule and of the model of
// few leavers; whoever would have been live is judged over all of them.
func TestBacktestWhileLeaversGrowInNumber(t *testing.T) {
	t.Parallel()
	n := choose(t, 220)
	r, err := training.Backtest{
		Reader: n.Reader, Engine: n.Engine, Judges: n.Judges, From: n.From, KnownAt: n.AsOf.AddDate(0, 0, 60),
		Tests:     []time.Time{opened.AddDate(0, 0, 260), n.AsOf},
		EveryDays: n.Config.EveryDays, Snapshots: n.Config.Snapshots, Budget: n.Config.RowBudget, MinLeavers: 50, Seed: n.Config.Seed,
	}.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	early, late := r.Dates[0], r.Dates[1]
	if early.Champion != training.NameNaive || late.Champion != "small" || len(r.Candidates()) != 1 || r.Candidates()[0] != "small" {
		t.Fatalf("%s, then %s, of %v: %s", early.Champion, late.Champion, r.Candidates(), early.Few)
	}
	if len(r.Pooled) != 1 || r.Pooled[0].Candidate != "champion" || r.Pooled[0].Metrics.Rows != early.Naive.Rows+late.Naive.Rows || r.Pooled[0].AgainstNaive.Difference == 0 {
		t.Errorf("pooled %+v", r.Pooled)
	}
}
