package training_test

import (
	"context"
	"testing"
	"time"

	"holdfast/training"
)

// Each date's champion is chosen before it, its pooled line is made of the
// chosen ones, and every trial is compared with the rule and with the first
// candidate, by segment.
func TestBacktestChampion(t *testing.T) {
	t.Parallel()
	cfg := training.Default()
	cfg.Stakes.Capacity = 30
	judges := cfg.NewJudges(shopChurn(t, 0), stopped)
	plain := ridge
	plain.Name = "plain"
	dimmed := dim
	dimmed.Name = "dim"
	judges.Candidates = []training.Candidate{dimmed, plain}
	r, err := training.Backtest{
		Reader: shop(t, 2500, 4, 11), Engine: shopEngine(t), Judges: judges, Seed: 1, Budget: 20_000, EveryDays: 30, Snapshots: 6,
		Tests: []time.Time{opened.AddDate(0, 0, 330), opened.AddDate(0, 0, 400)},
		From:  opened.AddDate(0, 0, 100), KnownAt: opened.AddDate(0, 0, 500),
	}.Run(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, d := range r.Dates {
		if d.Champion != "plain" {
			t.Errorf("%v: the champion is %q", d.AsOf, d.Champion)
		}
		best := d.Trials[1]
		if d.Trials[0].AgainstFirst != nil || best.AgainstFirst == nil || best.AgainstFirst.High >= 0 || best.AUCAgainstNaive.Low > best.AUCAgainstNaive.Difference {
			t.Errorf("%v: %+v", d.AsOf, best)
		}
		if len(best.Segments) < 2 || len(best.Curve) == 0 || best.Metrics.Lift1 == 0 || best.Metrics.Lift5 == 0 {
			t.Errorf("%v: %d segments, %d points: %+v", d.AsOf, len(best.Segments), len(best.Curve), best.Metrics)
		}
		rows += best.Metrics.Rows
	}
	if len(r.Pooled) != 3 || r.Pooled[2].Candidate != "champion" || r.Pooled[2].Metrics != r.Pooled[1].Metrics || r.Pooled[1].Metrics.Rows != rows {
		t.Fatalf("pooled %+v", r.Pooled)
	}
	// No feature knows the outcome. Those who leave this shop stop from one day to
	// the next, which looks like a note that is made of it.
	if x := r.XRay; x == nil || !x.AsOf.Equal(opened.AddDate(0, 0, 400)) || len(x.Leaks) != 1 || x.Leaks[0].Feature != "" || x.Unjudged != "" || x.Late == "" {
		t.Errorf("the X-ray of the shop: %+v", x)
	}
}
