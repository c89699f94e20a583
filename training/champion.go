package training

import (
	"context"
	"fmt"
	"strings"
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
	t := trainings{newest: dates[len(dates)-1]}
	if len(Matured(dates, def, t.newest)) == 0 {
		return nil, c.tooShort(def)
	}
	var err error
	if t.all, t.test, err = c.samples(ctx, dates); err != nil {
		return nil, err
	}
	// Labels of the earlier dates had matured by the test date, and the embargo
	// keeps the windows apart.
	t.train = c.Judges.knownBy(t.all, t.newest)
	who, err := c.Judges.contest(ctx, t.all, c.Config.MinLeavers, c.Config.Seed)
	if err != nil {
		return nil, err
	}
	if who.short {
		return c.standIn(ctx, t, strings.Join(who.says, " "))
	}
	late, err := c.lookForLeaks(ctx, t.train, t.test, t.newest)
	if err != nil {
		return nil, err
	}
	t.say(late.sentence(t.newest))
	if len(who.candidates) == 0 {
		return c.standIn(ctx, t, strings.Join(who.says, " "))
	}
	c.Judges.Candidates = who.candidates
	for _, sentence := range who.says {
		t.say(sentence)
	}
	held, best, err := c.elected(ctx, &t)
	if err != nil {
		return nil, err
	}
	if who.few() {
		return c.installFew(ctx, t, held, best)
	}
	if best < 0 {
		return nil, fault.New(fault.Held, "no candidate could be trained: %s", held.Trials[0].Failed)
	}
	if worst := held.Trials[best]; worst.AgainstNaive.Low > 0 {
		return nil, fault.New(fault.Held, "the best candidate, %s, predicts %s worse than the naive rule does (log loss %.4f against %.4f): "+
			"look at the features and the feeds", worst.Candidate, t.newest.Format(time.DateOnly), worst.Metrics.LogLoss, held.Naive.LogLoss)
	}
	return c.install(ctx, t, held, best)
}

// trainings are the rows that a champion is chosen on, and what its card will say.
type trainings struct {
	all    *Sample // everything matured
	train  *Sample // what of it had matured by the newest date
	test   *Sample // the newest date under a budget of its own
	newest time.Time
	says   []string
}

func (t *trainings) say(sentence string) {
	if sentence != "" {
		t.says = append(t.says, sentence)
	}
}

// installFew makes the model of few leavers champion; where it could not be fitted the
// naive rule stands in.
func (c Choose) installFew(ctx context.Context, t trainings, held TestDate, best int) (*Chosen, error) {
	if best < 0 {
		return c.standIn(ctx, t, notFitted(held.Trials[0].Failed))
	}
	return c.install(ctx, t, held, best)
}

// elected judges the candidates on the newest date and returns the trial that should
// be live, -1 where none could be fitted.
func (c Choose) elected(ctx context.Context, t *trainings) (held TestDate, best int, err error) {
	if held, err = c.Judges.At(ctx, t.train, t.test, t.newest); err != nil {
		return held, 0, fmt.Errorf("judge candidates: %w", err)
	}
	best, stays, err := held.elect(c.Champion, c.Config.Seed)
	if err != nil || best < 0 {
		return held, best, err
	}
	best, office, err := held.stand(best, c.Champion, c.Incumbent, c.Config.Seed)
	if err != nil {
		return held, 0, err
	}
	t.say(stays)
	t.say(office)
	jumped, err := jumps(t.train, held.test, held.Trials[best].model)
	if err != nil {
		return held, 0, fmt.Errorf("look for leaks: %w", err)
	}
	return held, best, blocked(jumped)
}

// install fits the elected candidate to everything that has matured, and writes its
// card.
func (c Choose) install(ctx context.Context, t trainings, held TestDate, best int) (*Chosen, error) {
	family := c.Judges.Candidates[best]
	f, err := fitCalibrated(ctx, family, t.all, c.Config.Seed)
	if err != nil {
		return nil, fmt.Errorf("train the champion: %w", err)
	}
	past, err := pastLevels(ctx, family, c.Judges, t.all, f.model)
	if err != nil {
		return nil, fmt.Errorf("test the champion on past dates: %w", err)
	}
	left, _ := t.all.Positives()
	out := &Chosen{Winner: held.Trials[best].Candidate, Held: held, Rows: t.all.Rows(), Left: left}
	card := c.card(f.model.Card(), out, t.all, best)
	card.Settings, card.Cells = append(card.Settings, f.setting()), cells(t.all)
	if r, err := fitRange(f.slice, f.risks, levels(past), c.Config.Seed); err == nil {
		card.Range = r
	} // without one the card says that there is none
	card.Sentences = append(card.Sentences, rangeSentence(card.Range))
	if said := heldSentence(rangesHeld(past, c.Config.Seed)); card.Range != nil && said != "" {
		card.Sentences = append(card.Sentences, said)
	}
	card.Sentences = append(card.Sentences, t.says...)
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
	build.Young = c.Judges.youngDates(dates, c.AsOf, c.Config.EveryDays)
	if all, err = build.Build(ctx); err != nil {
		return nil, nil, err
	}
	build.Dates, build.Young = dates[len(dates)-1:], nil
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
	if against.High >= 0 && out.Winner != NameNaive {
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
