package training

import (
	"context"
	"fmt"
	"time"

	"holdfast/churn"
	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/model"
)

// Choose trains a champion as of an instant.
type Choose struct {
	Reader  history.ShardReader
	Version int64
	Engine  *features.Engine
	Judges  Judges
	From    time.Time // no snapshot is earlier
	AsOf    time.Time // nothing later is looked at
	Config  Config
	Binary  string // version of the program, for the card
	// Practice is what we did to the customers; nil takes outcomes as they came.
	Practice *Practice
	// Champion is the family in office, empty when there is none: another one
	// replaces it only if it surely predicts better.
	Champion string
	// Incumbent is the model in office; nil when there is none. A refresh that is
	// surely worse than it does not go live.
	Incumbent *model.Model
}

// Chosen is a trained champion with what led to it.
type Chosen struct {
	Model  *model.Model
	Winner string
	Held   TestDate // the newest matured date, predicted from dates matured before it
	Rows   int
	Left   int
}

// Train compares the candidates on the newest matured date, each trained on
// the dates that had matured by then, and fits the best of them on everything
// matured at AsOf. With too little history for a held-out date it is Held back:
// no model goes live unjudged; so it is when nobody left, when nothing could be
// fitted, and when the best is surely worse than the naive rule. While few have
// left the naive rule itself is the champion, and says why.
func (c Choose) Train(ctx context.Context) (*Chosen, error) {
	def := c.Judges.Churn
	dates := TrainingDates(def, c.From, c.AsOf, c.Config.EveryDays, c.Config.Snapshots)
	if len(dates) == 0 {
		return nil, c.tooShort(def)
	}
	newest := dates[len(dates)-1]
	earlier := Matured(dates, def, newest)
	if len(earlier) == 0 {
		return nil, c.tooShort(def)
	}
	all, test, err := c.samples(ctx, dates)
	if err != nil {
		return nil, err
	}
	// Labels of the earlier dates had matured by the test date, and the embargo
	// keeps the windows apart.
	train := all.Where(func(i int) bool { return all.Date[i] < len(earlier) })
	if all.Leavers < c.Config.MinLeavers {
		return c.standIn(ctx, all, train, test, newest, tooFew(all.Leavers, c.Config.MinLeavers))
	}
	if all.Leavers < smallBase {
		c.Judges.Candidates = []Candidate{small(c.Config.Stakes.Segments)}
	}
	late, err := c.lookForLeaks(ctx, train, test, newest)
	if err != nil {
		return nil, err
	}
	held, err := c.Judges.At(ctx, train, test, newest)
	if err != nil {
		return nil, fmt.Errorf("judge candidates: %w", err)
	}
	best, stays, err := held.elect(c.Champion, c.Config.Seed)
	if err != nil {
		return nil, err
	}
	if best < 0 {
		return nil, fault.New(fault.Held, "no candidate could be trained: %s", held.Trials[0].Failed)
	}
	best, office, err := held.stand(best, c.Champion, c.Incumbent, c.Config.Seed)
	if err != nil {
		return nil, err
	}
	if t := held.Trials[best]; t.AgainstNaive.Low > 0 {
		if all.Leavers < smallBase {
			return c.standIn(ctx, all, train, test, newest, notBetter(t, newest))
		}
		return nil, fault.New(fault.Held, "the best candidate, %s, predicts %s worse than the naive rule does (log loss %.4f against %.4f): "+
			"look at the features and the feeds", t.Candidate, newest.Format(time.DateOnly), t.Metrics.LogLoss, held.Naive.LogLoss)
	}
	jumped, err := jumps(train, held.test, held.Trials[best].model)
	if err != nil {
		return nil, fmt.Errorf("look for leaks: %w", err)
	}
	if err := blocked(jumped); err != nil {
		return nil, err
	}
	f, err := fitCalibrated(ctx, c.Judges.Candidates[best], all, c.Config.Seed)
	if err != nil {
		return nil, fmt.Errorf("train the champion: %w", err)
	}
	past, err := pastLevels(ctx, c.Judges.Candidates[best], c.Judges, all, f.model)
	if err != nil {
		return nil, fmt.Errorf("test the champion on past dates: %w", err)
	}
	left, _ := all.Positives()
	out := &Chosen{Winner: held.Trials[best].Candidate, Held: held, Rows: all.Rows(), Left: left}
	card := c.card(f.model.Card(), out, all, best)
	card.Settings, card.Cells = append(card.Settings, f.setting()), cells(all)
	if r, err := fitRange(f.slice, f.risks, past, c.Config.Seed); err == nil {
		card.Range = r
	} // without one the card says that there is none
	card.Sentences = append(card.Sentences, rangeSentence(card.Range), late.sentence(newest))
	if all.Leavers < smallBase {
		card.Sentences = append(card.Sentences, fewSentence(all.Leavers))
	}
	for _, s := range []string{stays, office} {
		if s != "" {
			card.Sentences = append(card.Sentences, s)
		}
	}
	if card.Pictures, err = held.pictures(best); err != nil {
		return nil, err
	}
	out.Model = f.model.WithCard(card)
	return out, nil
}

// lookForLeaks refuses features that know the outcome, and says what of them is
// known better today than it was on the newest date.
func (c Choose) lookForLeaks(ctx context.Context, train, test *Sample, newest time.Time) (*Hindsight, error) {
	leaks, err := XRay(ctx, train, test, c.Config.Seed)
	if err != nil {
		return nil, fmt.Errorf("look for leaks: %w", err)
	}
	late, err := c.snapshots([]time.Time{newest}).LookBack(ctx)
	if err != nil {
		return nil, fmt.Errorf("look back on %s: %w", newest.Format(time.DateOnly), err)
	}
	return late, blocked(append(leaks, late.leaks()...))
}

// snapshots builds rows of these dates from what is known at AsOf.
func (c Choose) snapshots(dates []time.Time) Snapshots {
	return Snapshots{
		Reader: c.Reader, Engine: c.Engine, Churn: c.Judges.Churn, Dates: dates, KnownAt: c.AsOf,
		Version: c.Version, Budget: c.Config.RowBudget, Seed: c.Config.Seed,
		Practice: c.Practice,
	}
}

// samples builds the rows of all dates, and those of the newest again under a
// budget of their own: its share of the first may be a few hundred rows.
func (c Choose) samples(ctx context.Context, dates []time.Time) (all, test *Sample, err error) {
	build := c.snapshots(dates)
	if all, err = build.Build(ctx); err != nil {
		return nil, nil, err
	}
	build.Dates = dates[len(dates)-1:]
	if test, err = build.Build(ctx); err != nil {
		return nil, nil, err
	}
	if left, _ := test.Positives(); left == 0 || left == test.Rows() {
		return nil, nil, fault.New(fault.Held, "%d of %d customers left after %s, the date that candidates are judged on: wait for more history",
			left, test.Rows(), build.Dates[0].Format(time.DateOnly))
	}
	return all, test, nil
}

func (c Choose) tooShort(def *churn.Definition) error {
	return fault.New(fault.Held, "the history from %s to %s is too short to train and test a model: "+
		"an outcome takes %d days to become final and two are needed one after the other",
		c.From.Format(time.DateOnly), c.AsOf.Format(time.DateOnly), int(def.MaturesAt(c.AsOf).Sub(c.AsOf).Hours()/24))
}

// Evidence is what is known about the champion when asking for a new one.
type Evidence struct {
	AsOf      time.Time
	TrainedAt time.Time // as-of the champion was trained at; zero without one
	Schema    string    // hash of the schema it expects
	Now       string    // hash of the schema that is made now
	PSI       float64   // of its scores against those in training; 0 when unknown
	Critical  float64   // the null distribution's 95 % critical value
	// Feature is the one that moved farthest beyond chance between the champion's
	// first night and its newest; empty when none has.
	Feature         string
	FeaturePSI      float64
	FeatureCritical float64
	// Waiting names a trained model that people have not released yet, trained at
	// WaitingSince; empty when there is none or none of the schema made now.
	Waiting      string
	WaitingSince time.Time
}

// materialPSI is the drift from which a significant shift also matters.
const materialPSI = 0.10

// materialFeaturePSI is that of a single feature: one of many moves often, and the
// scores tell whether it matters.
const materialFeaturePSI = 0.25

// Due says whether a new champion should be trained, with the reason in words.
func (c Config) Due(e Evidence) (bool, string) {
	age := int(e.AsOf.Sub(e.TrainedAt).Hours() / 24)
	switch {
	case e.Waiting != "" && int(e.AsOf.Sub(e.WaitingSince).Hours()/24) < c.RetrainDays:
		return false, fmt.Sprintf("model %s waits to be released by two people", e.Waiting)
	case e.TrainedAt.IsZero():
		return true, "there is no champion yet"
	case e.Schema != e.Now:
		return true, "the features have changed since the champion was trained"
	case age >= c.RetrainDays:
		return true, fmt.Sprintf("the champion is %d days old and retrain_days is %d", age, c.RetrainDays)
	case e.PSI > materialPSI && e.PSI > e.Critical:
		return true, fmt.Sprintf("its scores have drifted: PSI %.3f, above %.3f", e.PSI, max(e.Critical, materialPSI))
	case e.Feature != "" && e.FeaturePSI > materialFeaturePSI && e.FeaturePSI > e.FeatureCritical:
		return true, fmt.Sprintf("the feature %s has drifted: PSI %.3f, above %.3f", e.Feature, e.FeaturePSI, max(e.FeatureCritical, materialFeaturePSI))
	}
	return false, fmt.Sprintf("the champion is %d days old and its scores have not drifted", age)
}

func (c Choose) card(base model.Card, out *Chosen, all *Sample, best int) model.Card {
	m, naive := out.Held.Trials[best].Metrics, out.Held.Naive
	sample := "held-out date " + out.Held.AsOf.Format(time.DateOnly)
	card := base
	card.Name, card.Version, card.TrainedAt, card.Seed = out.Winner, c.Binary, c.AsOf, c.Config.Seed
	card.Data = model.Training{
		Description: fmt.Sprintf("%d snapshots of the customers in the population, %d days apart", len(all.Dates), c.Config.EveryDays),
		AsOfs:       all.Dates, Rows: all.Rows(), Leavers: out.Left, Weight: float64(all.Rows()),
	}
	line := func(name string, v, n float64) model.Metric {
		return model.Metric{Name: name, Sample: sample, Value: v, Naive: n, Low: v, High: v}
	}
	against := out.Held.Trials[best].AgainstNaive
	card.Metrics = []model.Metric{
		line("AUC", m.AUC, naive.AUC), line("log loss", m.LogLoss, naive.LogLoss), line("Brier", m.Brier, naive.Brier),
		line("lift in the top tenth", m.Lift10, naive.Lift10),
		line("mean risk ÷ leaving rate", m.InTheLarge, naive.InTheLarge),
		{Name: "log loss against the naive rule", Sample: sample, Value: against.Difference, Low: against.Low, High: against.High},
	}
	card.Sentences = append(card.Sentences, practised(all)...)
	if against.High >= 0 && out.Winner != nameNaive {
		card.Sentences = append(card.Sentences, "It is not proven to predict better than the naive rule: the interval of the difference holds zero.")
	}
	for _, t := range out.Held.Trials {
		if t.Failed != "" {
			card.Sentences = append(card.Sentences, fmt.Sprintf("The candidate %s could not be fitted: %s.", t.Candidate, t.Failed))
		} else if t.Candidate != out.Winner {
			card.Sentences = append(card.Sentences,
				fmt.Sprintf("The candidate %s had AUC %.3f and log loss %.4f on the same date.", t.Candidate, t.Metrics.AUC, t.Metrics.LogLoss))
		}
	}
	return card
}
