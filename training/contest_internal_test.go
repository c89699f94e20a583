package training

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"holdfast/churn"
	"holdfast/history"
	"holdfast/internal/stats"
	"holdfast/model"
)

// Who may be live goes by how many left, and with few by the comparison with the
// naive rule.
func TestContestOfFewLeavers(t *testing.T) {
	t.Parallel()
	step := func(v float64) float64 { return map[bool]float64{true: .9, false: .01}[v > 84] }
	j := Judges{Naive: silenceJudges, Seed: 1, Now: time.Now, Candidates: []Candidate{{Name: "a"}, {Name: "b"}}}
	for name, c := range map[string]struct {
		customers int
		chance    func(float64) float64
		want      string
		words     string
	}{
		"too few":               {60, func(float64) float64 { return .1 }, "", "(training.min_leavers) to fit a model"},
		"few":                   {400, func(float64) float64 { return .08 }, nameSmall, "it would stand back for the rule if that were surely above zero"},
		"few, and a good rule":  {400, step, "", "so the naive rule stands in."},
		"many":                  {1200, func(float64) float64 { return .1 }, "a b", ""},
		"many, and a good rule": {1500, step, "a b", ""},
	} {
		s := rare(4, c.customers, c.chance)
		_, s.Leavers = s.Positives()
		who, err := j.contest(context.Background(), s, 50, 1)
		if err != nil {
			t.Fatal(name, err)
		}
		var names []string
		for _, k := range who.candidates {
			names = append(names, k.Name)
		}
		said := strings.Join(who.says, " ")
		if got := strings.Join(names, " "); got != c.want || (c.words == "") != (said == "") || !strings.Contains(said, c.words) ||
			who.short != (s.Leavers < 50) || who.few() != (c.want == nameSmall) {
			t.Errorf("%s, %d leavers: %q, short %v: %s", name, s.Leavers, got, who.short, said)
		}
	}
}

// Where the model of few leavers could not be fitted for the newest date that was
// final, the naive rule would have been live.
func TestNoFitBeforeIsSaid(t *testing.T) {
	t.Parallel()
	def, err := churn.New(churn.Config{Kind: churn.Lapse, SilenceDays: 20, Activity: []string{"purchase"}, Population: churn.Population{ActiveWithinDays: 20}},
		history.Vocabulary{Kinds: []string{"other", "purchase"}})
	if err != nil {
		t.Fatal(err)
	}
	j := Judges{Naive: silenceJudges, Churn: def, Stakes: DefaultStakes(), Seed: 1, Now: time.Now, Candidates: []Candidate{{
		Name: nameSmall, Fit: func(context.Context, *Sample, uint64) (*model.Model, error) { return nil, errors.New("no rows please") },
	}}}
	s := rare(4, 300, func(v float64) float64 { return stats.Sigmoid(v/9 - 9) })
	if name, failed, err := j.championBefore(context.Background(), s); err != nil || name != nameSmall || !strings.Contains(failed, "no rows please") {
		t.Errorf("%s, %q, %v", name, failed, err)
	}
	j.Candidates = nil
	if name, failed, err := j.championBefore(context.Background(), s); err != nil || name != NameNaive || failed != "" {
		t.Errorf("%s, %q, %v", name, failed, err)
	}
}
