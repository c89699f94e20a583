package training

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"holdfast/features"
	"holdfast/model"
	"holdfast/training/baseline"
)

// smallBase is how many distinct leavers it takes before the families of the
// configuration compete. With fewer, many features find many patterns and most
// of them are chance.
const smallBase = 200

// smallFeatures is how many features a model of few leavers looks at.
const smallFeatures = 5

// smallPenalty is the prior on its weights, each feature of variance 1: a
// standard deviation of about a half on the log-odds.
const smallPenalty = 4.0

// nameSmall is the family that stands in while few have left.
const nameSmall = "small"

// small is a logistic regression on the five features, each of another concept,
// that rank the training rows best, with a strong prior, and with levels of the
// segments that are partially pooled.
func small(segments []string) Candidate {
	return Candidate{Name: nameSmall, Fit: func(ctx context.Context, s *Sample, seed uint64) (*model.Model, error) {
		m, err := fitSmall(ctx, s, seed)
		if err != nil {
			return nil, err
		}
		return pooled(m, s, segments)
	}}
}

func fitSmall(ctx context.Context, s *Sample, seed uint64) (*model.Model, error) {
	keep, err := bestAlone(s, smallFeatures)
	if err != nil {
		return nil, err
	}
	// Fitted on these columns alone, and written on the schema of all: the others
	// would cost their square in time and weigh nothing.
	var at []int
	x := features.Matrix{Schema: features.Schema{Version: s.X.Schema.Version}, Rows: s.Rows()}
	for j, c := range s.X.Schema.Columns {
		if keep[j] {
			at, x.Schema.Columns = append(at, j), append(x.Schema.Columns, c)
		}
	}
	for i := range s.Rows() {
		row := s.X.Row(i)
		for _, j := range at {
			x.Data = append(x.Data, row[j])
		}
	}
	few, err := baseline.FitLogistic(ctx, &x, s.Y, s.W, baseline.LogisticOptions{L2: smallPenalty, Group: s.Household, Seed: seed})
	if err != nil {
		return nil, err
	}
	body := *few.Linear()
	body.Columns = make([]model.LinearColumn, len(s.X.Schema.Columns))
	for k, j := range at {
		body.Columns[j] = few.Linear().Columns[k]
	}
	return model.NewLinear(s.X.Schema, &body, few.Card())
}

// bestAlone marks the n numeric columns that rank leavers best, no two of one concept.
func bestAlone(s *Sample, n int) ([]bool, error) {
	auc, err := s.alone()
	if err != nil {
		return nil, err
	}
	var all []int
	for j, c := range s.X.Schema.Columns {
		if len(c.Levels) == 0 {
			all = append(all, j)
		}
	}
	slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(auc[b], auc[a]) })
	keep, used := make([]bool, len(s.X.Schema.Columns)), make(map[string]bool)
	for _, j := range all {
		if concept := s.X.Schema.Columns[j].Concept; n > 0 && !used[concept] {
			keep[j], used[concept] = true, true
			n--
		}
	}
	return keep, nil
}

// fewSentence says why a model looks at five features only.
func fewSentence(leavers int) string {
	return fmt.Sprintf("Only %d customers have left so far and it takes %d for the configured families to compete: this model looks at the %d features that tell most, with a strong prior, and its ranges are wide.",
		leavers, smallBase, smallFeatures)
}
