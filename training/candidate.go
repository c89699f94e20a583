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
}
