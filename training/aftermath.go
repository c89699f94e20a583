package training

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"holdfast/churn"
	"holdfast/features"
	"holdfast/history"
	"holdfast/model"
)

// Aftermath is what became of the customers of the newest date whose outcome is
// final and which the champion has not learned from. Whom we contacted counts until
// then only, and those left alone stand for them, as in training: what contact did
// is not the model's error.
type Aftermath struct {
	AsOf      time.Time
	Customers int
	Left      int
	Expected  float64   // mean risk by the champion
	Rate      float64   // share that left
	Level     float64   // what Expected is off by, on the log-odds; above zero, more left
	LevelSE   float64   // its standard error, by household
	Newest    time.Time // the newest date the champion learned from
	Before    float64   // the leaving rate then
	Shift     float64   // from Before to Rate, on the log-odds
	ShiftSE   float64
}

// The lines beyond which the level of risk, or the leaving rate, calls for another
// training: surely moved, and so far that it matters (a rate of 20 % that is 16 or 24 %).
const (
	materialLevel = 0.25
	beyondChance  = 2.58 // standard errors: 99 % of what chance does
)

const (
	aftermathDays = 28     // the least days by which the date is newer than what was learned from: nearer ones share most of their outcomes
	aftermathRows = 20_000 // of both dates, at most
	aftermathLeft = 50     // leavers below which nothing is said
)

// After looks for the aftermath.
type After struct {
	Reader   history.ShardReader
	Version  int64
	Engine   *features.Engine
	Churn    *churn.Definition
	AsOf     time.Time // nothing later is looked at
	Practice *Practice // nil takes outcomes as they came
	Seed     uint64
}

// Of compares a model with what became of the customers; nil while the newest final
// date is not four weeks newer than what the model learned from, or too few left on it.
func (a After) Of(ctx context.Context, m *model.Model) (*Aftermath, error) {
	learned := m.Card().Data.AsOfs
	at := NewestMatured(a.Churn, a.AsOf)
	if len(learned) == 0 || m.Accepts(a.Engine.Schema()) != nil {
		return nil, nil
	}
	newest := slices.MaxFunc(learned, time.Time.Compare)
	if at.Before(newest.AddDate(0, 0, aftermathDays)) {
		return nil, nil
	}
	s, err := Snapshots{
		Reader: a.Reader, Version: a.Version, Engine: a.Engine, Churn: a.Churn, Dates: []time.Time{newest, at},
		KnownAt: a.AsOf, Budget: aftermathRows, Seed: a.Seed, Practice: a.Practice,
	}.Build(ctx)
	if err != nil {
		return nil, fmt.Errorf("look at what became of the customers of %s: %w", at.Format(time.DateOnly), err)
	}
	then, now := s.On(0), s.On(1)
	for _, part := range []*Sample{then, now} {
		if left, _ := part.Positives(); left < aftermathLeft || part.Rows()-left < aftermathLeft {
			return nil, nil
		}
	}
	return aftermath(m, then, now, newest, at)
}

func aftermath(m *model.Model, then, now *Sample, newest, at time.Time) (*Aftermath, error) {
	p, err := scored(m, now)
	if err != nil {
		return nil, fmt.Errorf("score the customers of %s: %w", at.Format(time.DateOnly), err)
	}
	off, err := levelOf(now, p)
	if err != nil {
		return nil, err
	}
	before, err := levelOf(then, slices.Repeat([]float64{.5}, then.Rows()))
	if err != nil {
		return nil, err
	}
	after, err := levelOf(now, slices.Repeat([]float64{.5}, now.Rows()))
	if err != nil {
		return nil, err
	}
	out := &Aftermath{
		AsOf: at, Customers: now.Rows(), Rate: now.BaseRate(), Level: off.Offset, LevelSE: math.Sqrt(off.Variance),
		Newest: newest, Before: then.BaseRate(), Shift: after.Offset - before.Offset, ShiftSE: math.Sqrt(after.Variance + before.Variance),
	}
	out.Left, _ = now.Positives()
	all := 0.0
	for i, w := range now.W {
		out.Expected, all = out.Expected+float64(w*p[i]), all+w
	}
	out.Expected /= all
	return out, nil
}
