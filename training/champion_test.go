package training_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"holdfast/internal/fault"
	"holdfast/model"
	"holdfast/training"
)

func TestDue(t *testing.T) {
	t.Parallel()
	cfg := training.Default()
	base := training.Evidence{AsOf: day("2026-06-29"), TrainedAt: day("2026-06-08"), Schema: "a", Now: "a"}
	for name, c := range map[string]struct {
		change func(*training.Evidence)
		due    bool
		why    string
	}{
		"young":               {func(*training.Evidence) {}, false, "the champion is 21 days old and its scores have not drifted"},
		"none":                {func(e *training.Evidence) { e.TrainedAt = time.Time{} }, true, "there is no champion yet"},
		"other features":      {func(e *training.Evidence) { e.Now = "b" }, true, "the features have changed since the champion was trained"},
		"a day too young":     {func(e *training.Evidence) { e.TrainedAt = day("2026-06-02") }, false, "the champion is 27 days old and its scores have not drifted"},
		"old":                 {func(e *training.Evidence) { e.TrainedAt = day("2026-06-01") }, true, "the champion is 28 days old and retrain_days is 28"},
		"drifted":             {func(e *training.Evidence) { e.PSI, e.Critical = .15, .03 }, true, "its scores have drifted: PSI 0.150, above 0.100"},
		"drifted by chance":   {func(e *training.Evidence) { e.PSI, e.Critical = .15, .2 }, false, ""},
		"drifted by a trifle": {func(e *training.Evidence) { e.PSI, e.Critical = .05, .003 }, false, ""},
		"drifted, wide null":  {func(e *training.Evidence) { e.PSI, e.Critical = .3, .25 }, true, "its scores have drifted: PSI 0.300, above 0.250"},
		"a feature drifted": {func(e *training.Evidence) {
			e.Feature, e.FeaturePSI, e.FeatureCritical = "visits", .3, .01
		}, true, "the feature visits has drifted: PSI 0.300, above 0.250"},
		"a feature, a little":  {func(e *training.Evidence) { e.Feature, e.FeaturePSI, e.FeatureCritical = "visits", .2, .01 }, false, ""},
		"a feature, by chance": {func(e *training.Evidence) { e.Feature, e.FeaturePSI, e.FeatureCritical = "visits", .3, .4 }, false, ""},
		"scores before features": {func(e *training.Evidence) {
			e.PSI, e.Critical, e.Feature, e.FeaturePSI, e.FeatureCritical = .15, .03, "visits", .3, .01
		}, true, "its scores have drifted: PSI 0.150, above 0.100"},
		"refused yesterday": {func(e *training.Evidence) {
			e.TrainedAt, e.Refused, e.RefusedAt = day("2026-06-01"), 1, day("2026-06-28")
		}, false, "the champion is 28 days old and retrain_days is 28, but what was trained on 2026-06-28 did not replace it: the next attempt is on 2026-07-05"},
		"refused a week ago": {func(e *training.Evidence) {
			e.TrainedAt, e.Refused, e.RefusedAt = day("2026-06-01"), 1, day("2026-06-22")
		}, true, "the champion is 28 days old and retrain_days is 28"},
		"refused twice, a week ago": {func(e *training.Evidence) {
			e.PSI, e.Critical, e.Refused, e.RefusedAt = .15, .03, 2, day("2026-06-22")
		}, false, "its scores have drifted: PSI 0.150, above 0.100, but what was trained on 2026-06-22 did not replace it: the next attempt is on 2026-07-06"},
		"refused often": {func(e *training.Evidence) {
			e.TrainedAt, e.Refused, e.RefusedAt = day("2026-01-01"), 40, day("2026-06-01")
		}, true, ""},
		"refused, and not due": {func(e *training.Evidence) { e.Refused, e.RefusedAt = 1, day("2026-06-28") }, false, "the champion is 21 days old and its scores have not drifted"},
		"refused, and useless now": {func(e *training.Evidence) {
			e.Now, e.Refused, e.RefusedAt = "b", 1, day("2026-06-28")
		}, true, "the features have changed since the champion was trained"},
		"a third more customers": {func(e *training.Evidence) { e.Population, e.PopulationThen = 13_500, 10_000 }, true, "it scores 13500 customers and 10000 on its first night: the population is another one"},
		"a quarter more":         {func(e *training.Evidence) { e.Population, e.PopulationThen = 12_500, 10_000 }, false, ""},
		"a third more of a few":  {func(e *training.Evidence) { e.Population, e.PopulationThen = 54, 40 }, false, ""},
		"the level is off": {func(e *training.Evidence) {
			e.Aftermath = &training.Aftermath{AsOf: day("2026-03-01"), Customers: 900, Expected: .12, Rate: .181, Level: .5, LevelSE: .1}
		}, true, "of 900 customers of 2026-03-01, whose outcome it had not learned from, it expected 12.0 % to leave and 18.1 % did"},
		"the level is off, perhaps": {func(e *training.Evidence) { e.Aftermath = &training.Aftermath{Level: .5, LevelSE: .25} }, false, ""},
		"the level is off a little": {func(e *training.Evidence) { e.Aftermath = &training.Aftermath{Level: -.2, LevelSE: .01} }, false, ""},
		"more leave": {func(e *training.Evidence) {
			e.Aftermath = &training.Aftermath{AsOf: day("2026-03-01"), Newest: day("2026-02-01"), Before: .1, Rate: .15, Shift: .46, ShiftSE: .1}
		}, true, "the leaving rate has moved from 10.0 % of the customers of 2026-02-01, the newest date it learned from, to 15.0 % of those of 2026-03-01"},
		"one waits for release": {func(e *training.Evidence) {
			e.TrainedAt, e.Waiting, e.WaitingSince = time.Time{}, "m-1", day("2026-06-02")
		}, false, "model m-1 waits to be released by two people"},
		"one has waited too long": {func(e *training.Evidence) {
			e.TrainedAt, e.Waiting, e.WaitingSince = time.Time{}, "m-1", day("2026-06-01")
		}, true, "there is no champion yet"},
		"trained on later facts":  {func(e *training.Evidence) { e.TrainedAt = day("2026-07-10") }, false, ""},
		"no champion goes before": {func(e *training.Evidence) { e.TrainedAt, e.Now = time.Time{}, "b" }, true, "there is no champion yet"},
	} {
		e := base
		c.change(&e)
		due, why := cfg.Due(e)
		if due != c.due || why == "" || (c.why != "" && why != c.why) {
			t.Errorf("%s: %v, %q; want %v, %q", name, due, why, c.due, c.why)
		}
	}
}

func choose(t testing.TB, customers int) training.Choose {
	t.Helper()
	cfg := training.Default()
	cfg.Candidates = []string{training.NameLogistic}
	cfg.RowBudget = 8000
	return training.Choose{
		Reader: shop(t, customers, 4, 11), Engine: shopEngine(t), Judges: cfg.NewJudges(shopChurn(t, 0), stopped),
		From: opened.AddDate(0, 0, 100), AsOf: opened.AddDate(0, 0, 420), Config: cfg, Binary: "test",
	}
}

// stopped is a clock that stands still.
func stopped() time.Time { return opened }

func TestTrain(t *testing.T) {
	t.Parallel()
	c := choose(t, 1200)
	got, err := c.Train(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	m := got.Held.Trials[0].Metrics
	t.Logf("held-out %s: AUC %.3f, log loss %.4f (naive %.4f), mean risk ÷ rate %.3f, %d rows",
		got.Held.AsOf.Format(time.DateOnly), m.AUC, m.LogLoss, got.Held.Naive.LogLoss, m.InTheLarge, got.Rows)
	if got.Winner != training.NameLogistic || m.AUC < .65 || m.LogLoss >= got.Held.Naive.LogLoss || m.InTheLarge < .8 || m.InTheLarge > 1.25 {
		t.Errorf("winner %s: %+v", got.Winner, m)
	}
	if want := opened.AddDate(0, 0, 360); !got.Held.AsOf.Equal(want) {
		t.Errorf("judged on %v, want %v: the newest date that has matured", got.Held.AsOf, want)
	}
	for _, d := range got.Held.Trained {
		if at := day(d); at.AddDate(0, 0, 60).After(got.Held.AsOf) {
			t.Errorf("judged after training on %s, whose outcome was not known then", d)
		}
	}
	card := got.Model.Card()
	if card.Name != got.Winner || card.Version != "test" || !card.TrainedAt.Equal(c.AsOf) || card.Data.Rows != got.Rows || card.Data.Leavers != got.Left {
		t.Errorf("card %+v", card)
	}
	if words := strings.Join(card.Sentences, " "); !strings.Contains(words, "with what was known by then, the range held the leaving rate of ") {
		t.Errorf("the card does not say how often the range held: %s", words)
	}
	again, err := choose(t, 1200).Train(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if a, b := got.Held.Trials[0].Metrics, again.Held.Trials[0].Metrics; a != b {
		t.Errorf("a second training differs: %+v, %+v", a, b)
	}
}

// Below min_leavers the naive rule is the champion, predicts as the rule does and
// says why; a model that is in office stays.
func TestTheNaiveRuleStandsIn(t *testing.T) {
	t.Parallel()
	c := choose(t, 500)
	c.Config.MinLeavers = 5000
	got, err := c.Train(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Join(got.Model.Card().Sentences, " ")
	if got.Winner != "naive rule" || got.Model.Kind() != model.KindForest || !strings.Contains(words, "it takes 5000 (training.min_leavers) to fit a model") ||
		strings.Contains(words, "not proven to predict better than the naive rule") || !strings.Contains(words, "gives no range") {
		t.Errorf("%s, %s: %s", got.Winner, got.Model.Kind(), words)
	}
	if m := got.Held.Trials[0].Metrics; m.LogLoss != got.Held.Naive.LogLoss {
		t.Errorf("judged with %v, and the rule has %v", m.LogLoss, got.Held.Naive.LogLoss)
	}
	c.Champion, c.Incumbent = training.NameLogistic, got.Model
	if _, err := c.Train(context.Background()); fault.Of(err) != fault.Held || !strings.Contains(err.Error(), "The model in office stays") {
		t.Errorf("with a model in office: %v", err)
	}
	c.Champion = "naive rule"
	if again, err := c.Train(context.Background()); err != nil || again.Winner != "naive rule" {
		t.Errorf("with the rule in office: %v", err)
	}
}

// Each of these holds the night for a person, and says what to do.
func TestTrainIsHeld(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*training.Choose){
		"is too short to train and test a model: an outcome takes 60 days": func(c *training.Choose) { c.From = c.AsOf.AddDate(0, 0, -59) },
		"and two are needed one after the other":                           func(c *training.Choose) { c.From = c.AsOf.AddDate(0, 0, -119) },
		"of 0 customers left after":                                        func(c *training.Choose) { c.Config.MinLeavers, c.Reader = 0, shop(t, 0, 1, 1) },
		"no candidate could be trained: fit nobody on ":                    func(c *training.Choose) { c.Judges.Candidates = []training.Candidate{refuses} },
		"worse than the naive rule does": func(c *training.Choose) {
			c.Judges.Candidates, c.Reader = []training.Candidate{dim}, shop(t, 4000, 4, 11)
		},
	} {
		c := choose(t, 500)
		change(&c)
		_, err := c.Train(context.Background())
		if err == nil || fault.Of(err) != fault.Held || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want held: %s", err, want)
		}
	}
}

// Labels that mean nothing are predicted no better than by a coin, and the
// probabilities say so.
func TestShuffledLabels(t *testing.T) {
	t.Parallel()
	s := build(t, snapshots(t, shop(t, 1500, 4, 13)))
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(s.Y), func(i, j int) { s.Y[i], s.Y[j] = s.Y[j], s.Y[i] })
	train, test := s.Where(func(i int) bool { return s.Date[i] < 2 }), s.On(2)
	judges := training.Default().NewJudges(shopChurn(t, 0), stopped)
	judges.Candidates = judges.Candidates[:1]
	got, err := judges.At(context.Background(), train, test, s.Dates[2])
	if err != nil {
		t.Fatal(err)
	}
	trial := got.Trials[0]
	if trial.Failed != "" {
		if !strings.Contains(trial.Failed, "rank leavers below stayers") {
			t.Error(trial.Failed)
		}
		return
	}
	if m := trial.Metrics; m.AUC < .45 || m.AUC > .55 || trial.AgainstNaive.Low > 0 && trial.AgainstNaive.Difference > .02 {
		t.Errorf("AUC %.3f on labels that mean nothing", m.AUC)
	}
}

// With few leavers five features alone are looked at, and the card says so; it
// keeps the range and what is drawn.
func TestTrainOnFewLeavers(t *testing.T) {
	t.Parallel()
	c := choose(t, 220)
	c.Config.MinLeavers = 10
	got, err := c.Train(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	card := got.Model.Card()
	used := 0
	for _, col := range got.Model.Linear().Columns {
		if len(col.Terms) > 0 {
			used++
		}
	}
	words := strings.Join(card.Sentences, " ")
	if got.Winner != "small" || used > 5 || used == 0 || !strings.Contains(words, "customers have left so far and it takes 200") {
		t.Errorf("winner %s with %d columns: %s", got.Winner, used, words)
	}
	if card.Range == nil || card.Pictures == nil || len(card.Pictures.Curve) == 0 || len(card.Pictures.Lift) != 3 || !strings.Contains(words, "The range on a risk") {
		t.Errorf("range %+v, pictures %+v", card.Range, card.Pictures)
	}
}
