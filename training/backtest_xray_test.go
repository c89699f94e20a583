package training_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"holdfast/training"
)

// A back-test says that a feature is written down after customers leave, and
// where too few left to say anything, that.
func TestBacktestXRay(t *testing.T) {
	t.Parallel()
	at := func(day int) time.Time { return opened.AddDate(0, 0, day) }
	shard, engine := goneShop(t)
	cfg := training.Default()
	cfg.Stakes.Capacity = 30
	judges := cfg.NewJudges(shopChurn(t, 0), stopped)
	judges.Candidates = []training.Candidate{ridge}
	for _, c := range []struct {
		day                int
		feature, words, at string
	}{
		{300, "profile_state", "one sign that the features know the outcome", "written down after they leave"},
		{249, "", "nothing can be said", ""}, // the first have just stopped
	} {
		r, err := training.Backtest{
			Reader: shards{shard}, Engine: engine, Judges: judges, Seed: 1, Budget: 20_000, EveryDays: 10, Snapshots: 3, MinLeavers: 1,
			Tests: []time.Time{at(c.day)}, From: at(30), KnownAt: at(c.day + 120),
		}.Run(context.Background(), nil)
		if err != nil {
			t.Fatalf("day %d: %v", c.day, err)
		}
		x := r.XRay
		if !strings.Contains(x.Verdict(), c.words) || (len(x.Leaks) == 1) != (c.feature != "") {
			t.Fatalf("day %d: %s %+v", c.day, x.Verdict(), x)
		}
		if c.feature != "" && (x.Leaks[0].Feature != c.feature || !strings.Contains(x.Leaks[0].Says, c.at) || !strings.Contains(x.Late, c.feature)) {
			t.Errorf("day %d: %+v", c.day, x)
		}
	}
}
