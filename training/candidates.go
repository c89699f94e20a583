package training

import (
	"context"
	"time"

	"holdfast/churn"
	"holdfast/model"
	"holdfast/training/baseline"
	"holdfast/training/gbdt"
)

// Candidate returns the families that the configuration names, in its order;
// hazards only where contracts end.
// Now bounds the forest's time and nothing else.
func (c Config) Candidate(def *churn.Definition, now func() time.Time) []Candidate {
	var out []Candidate
	for _, name := range c.Candidates {
		switch name {
		case NameLogistic:
			out = append(out, Candidate{Name: name, Fit: fitLogistic, Refit: refitLogistic})
		case NameForest:
			out = append(out, Candidate{Name: name, Fit: c.fitForest(now)})
		case NameBoosted:
			out = append(out, Candidate{Name: name, Fit: c.fitBoosted, Refit: refitBoosted})
		case NameBGNBD, NameMBGNBD, NameParetoNBD:
			out = append(out, buying(name, def))
		case NameHazard:
			if def.Config().Kind == churn.Contract {
				out = append(out, c.hazard(def))
			}
		}
	}
	return out
}

func fitLogistic(ctx context.Context, s *Sample, seed uint64) (*model.Model, error) {
	return baseline.FitLogistic(ctx, &s.X, s.Y, s.W, baseline.LogisticOptions{Group: s.Household, Seed: seed, Spline: spline, Knots: knots})
}

// refitLogistic takes the strength of the penalty from a fit on more rows.
func refitLogistic(ctx context.Context, s *Sample, seed uint64, like *model.Model) (*model.Model, error) {
	l2, err := baseline.Penalty(like)
	if err != nil {
		return nil, err
	}
	return baseline.FitLogistic(ctx, &s.X, s.Y, s.W, baseline.LogisticOptions{Group: s.Household, Seed: seed, L2: l2, Spline: spline, Knots: knots})
}

func (c Config) fitForest(now func() time.Time) func(context.Context, *Sample, uint64) (*model.Model, error) {
	return func(ctx context.Context, s *Sample, seed uint64) (*model.Model, error) {
		return baseline.FitForest(ctx, &s.X, s.Y, s.W, baseline.ForestOptions{
			Trees: c.ForestTrees, MaxRows: c.ForestRows, Seed: seed,
			Budget: time.Duration(c.ForestBudget) * time.Second, Now: now,
		})
	}
}

// boostedChoiceRows bounds the rows on which the trees' sizes are chosen, so that
// choosing them again for every date stays cheap.
const boostedChoiceRows = 10_000

// fitBoosted chooses the sizes of the trees and grows them. The budget counts
// work and reads no clock (package gbdt).
func (c Config) fitBoosted(ctx context.Context, s *Sample, seed uint64) (*model.Model, error) {
	opt := c.choosing()
	opt.Group, opt.Seed = s.Household, seed
	return gbdt.Train(ctx, &s.X, s.Y, s.W, opt)
}

// choosing are the options with which trees' sizes are chosen.
func (c Config) choosing() gbdt.Options {
	return gbdt.Options{Folds: 3, MaxChoiceRows: boostedChoiceRows, Budget: time.Duration(c.SizesBudget) * time.Second}
}

// refitBoosted takes the sizes of the trees from a fit on more rows.
func refitBoosted(ctx context.Context, s *Sample, seed uint64, like *model.Model) (*model.Model, error) {
	opt, err := gbdt.SizesOf(like)
	if err != nil {
		return nil, err
	}
	opt.Seed = seed
	return gbdt.Train(ctx, &s.X, s.Y, s.W, opt)
}

// The features that the naive rule of a contract looks at; for a lapse it is the
// silence since the first kind of activity.
const (
	renewalColumn     = "contract_days_to_renewal"
	contractAgeColumn = "contract_age_days"
)

// NewJudges makes the judges of a business: its candidates against the naive
// rule of its kind of churn.
func (c Config) NewJudges(def *churn.Definition, now func() time.Time) Judges {
	naive := func(s *Sample) (NaiveRule, error) {
		return FitSilence(s, def.Config().Activity[0]+"_days_since")
	}
	if def.Config().Kind == churn.Contract {
		naive = fitContract
	}
	return Judges{Candidates: c.Candidate(def, now), Churn: def, Naive: naive, Stakes: c.Stakes, Seed: c.Seed, Now: now}
}

// spline and knots bend every numeric column, so that a risk that jumps shortly
// before a renewal can be learned by a straight model.
const (
	spline = model.Hinges
	knots  = 3
)
