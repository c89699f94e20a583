package training_test

import (
	"context"
	"strings"
	"testing"

	"holdfast/internal/fault"
	"holdfast/model"
	"holdfast/training"
)

// refuses is a family that can never be fitted.
var refuses = training.Candidate{Name: "nobody", Fit: func(context.Context, *training.Sample, uint64) (*model.Model, error) {
	return nil, fault.New(fault.Invalid, "no rows please")
}}

// dim is a family that hardly sees: it tells the silence of one day from that of
// two and no more, where the naive rule sees all of it.
var dim = training.Candidate{Name: "dim", Fit: func(_ context.Context, s *training.Sample, _ uint64) (*model.Model, error) {
	body := &model.Linear{Columns: make([]model.LinearColumn, len(s.X.Schema.Columns))}
	body.Columns[s.X.Schema.Index("purchase_days_since")] = model.LinearColumn{Shape: model.Raw, High: 2, Terms: []model.Term{{Weight: 1}}}
	return model.NewLinear(s.X.Schema, body, model.Card{})
}}

func TestConfigRefusals(t *testing.T) {
	t.Parallel()
	if err := training.Default().Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*training.Config){
		"candidates: name at least one":        func(c *training.Config) { c.Candidates = nil },
		`candidates: there is no candidate "x`: func(c *training.Config) { c.Candidates = []string{"x"} },
		"snapshots: 0 is outside 1 to 120":     func(c *training.Config) { c.Snapshots = 0 },
		"every_days: 400 is outside":           func(c *training.Config) { c.EveryDays = 400 },
		"row_budget: 1 is outside":             func(c *training.Config) { c.RowBudget = 1 },
		"forest_rows: 60000 is outside":        func(c *training.Config) { c.ForestRows = 60_000 },
	} {
		c := training.Default()
		change(&c)
		if err := c.Validate(); fault.Of(err) != fault.Invalid || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
