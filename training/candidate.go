package training

import (
	"context"

	"holdfast/model"
)

// Candidate is a family of models that competes for champion.
type Candidate struct {
	Name string // as the card and the back-test show it: logistic, forest …
	// Fit trains on the sample; it must not look at anything else. The model
	// it returns is not calibrated.
	Fit func(ctx context.Context, s *Sample, seed uint64) (*model.Model, error)
	// Refit trains on other rows with the choices that like made (the strength
	// of a penalty, the number of rounds), which saves making them again for
	// every fold; nil fits anew.
	Refit func(ctx context.Context, s *Sample, seed uint64, like *model.Model) (*model.Model, error)
	// Young says that the family learns from dates whose outcome is not final too,
	// from what of it is.
	Young bool
}

// refit trains on other rows, with the choices of like where the family can.
func (c Candidate) refit(ctx context.Context, s *Sample, seed uint64, like *model.Model) (*model.Model, error) {
	if c.Refit == nil {
		return c.Fit(ctx, s, seed)
	}
	return c.Refit(ctx, s, seed, like)
}
