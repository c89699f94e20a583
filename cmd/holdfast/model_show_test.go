package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/nightly"
	"holdfast/training"
)

func TestDriftInWords(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 6, 9, 22, 30, 0, 0, time.UTC)
	summer := time.FixedZone("summer", 2*60*60)
	for name, c := range map[string]struct {
		watch *nightly.Watch
		want  []string
	}{
		"nobody looked": {nil, []string{"Has it drifted? No night has looked at it while it was champion."}},
		"not due": {&nightly.Watch{AsOf: at, Why: "trained 3 days ago", Refused: 1, Signs: []training.Sign{
			{Of: "scores", Measure: "PSI", Words: "no two of its nights are to be compared yet"},
		}}, []string{
			"Has it drifted? On 2026-06-10 no new one was due: trained 3 days ago.",
			"  1 training since it went live left it in office.",
			"  scores        –         no two of its nights are to be compared yet",
		}},
		"due": {&nightly.Watch{AsOf: at, Due: true, Why: "its scores have drifted", Kept: "the new one is no better", Refused: 2, Signs: []training.Sign{
			{Of: "scores", Measure: "PSI", Known: true, Value: .31, Chance: .02, Material: .1, Words: "its risks now and then"},
			{Of: "leaving rate", Measure: "log-odds", Known: true, Value: -.2, Chance: .3, Material: .25, Words: "7 % left, 6 % now"},
		}}, []string{
			"Has it drifted? On 2026-06-10 a new one was due: its scores have drifted.",
			"  The champion stayed: the new one is no better.",
			"  2 trainings since it went live left it in office.",
			"  scores        moved     its risks now and then: 0.310 PSI; chance explains 0.020, from 0.10 it matters",
			"  leaving rate  as before 7 % left, 6 % now: -0.200 log-odds; chance explains 0.300, from 0.25 it matters",
		}},
	} {
		if d := cmp.Diff(c.want, driftLines(c.watch, summer)); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
}
