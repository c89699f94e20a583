package scoring

import (
	"fmt"
	"time"

	"holdfast/churn"
	"holdfast/features"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/model"
	"holdfast/value"
)

// Scorer gives the customers of a shard their scores. It is not changed by
// scoring; one may serve many goroutines.
type Scorer struct {
	Config  Config
	Churn   *churn.Definition
	Engine  *features.Engine
	Value   *value.Margin
	Model   *model.Model
	ModelID string
}

// Shard scores every customer of the shard as of one night, in the shard's
// order: one Score each, those outside the population with the reason. prev
// holds what the night before knew; a customer absent from it is new. Rows of
// another schema than the model's are refused.
func (s *Scorer) Shard(shard *history.Shard, asOf time.Time, prev map[history.CustomerID]Previous) ([]Score, error) {
	if err := s.Model.Accepts(s.Engine.Schema()); err != nil {
		return nil, fmt.Errorf("score partition %d: %w", shard.Partition, err)
	}
	staker, err := value.NewStaker(s.Value, s.Model.Card().Stake)
	if err != nil {
		return nil, fmt.Errorf("value the customers of partition %d: %w", shard.Partition, err)
	}
	width := len(s.Engine.Schema().Columns)
	row, contributions := make([]float64, width), make([]float64, width)
	s.Engine.Prepare(shard)
	var scratch history.Scratch
	out := make([]Score, len(shard.Customers))
	for i, c := range shard.Customers {
		v := shard.View(i, asOf, &scratch)
		if err := s.one(&out[i], v, staker, prev[c.ID], row, contributions); err != nil {
			return nil, fmt.Errorf("score customer %s %s: %w", c.Source, c.Key, err)
		}
	}
	return out, nil
}

func (s *Scorer) one(out *Score, v history.View, staker *value.Staker, prev Previous, row, contributions []float64) error {
	*out = Score{
		Customer: v.Customer().ID, Household: v.Household(), AsOf: v.AsOf(),
		ValueMinor: s.Value.Trailing(v), ValueBy: value.ByTrailing, TenureDays: tenureDays(v), Model: s.ModelID,
	}
	if ok, why := s.Churn.InPopulation(v); !ok {
		out.Excluded = why
		return nil
	}
	out.stake(staker, v)
	s.Engine.Row(v, row)
	risk, err := s.Model.Probability(row)
	if err != nil {
		return err
	}
	if _, err := s.Model.Contributions(row, contributions); err != nil {
		return err
	}
	out.Risk = risk
	out.RiskLow, out.RiskHigh, _ = s.Model.Card().Range.At(risk)
	out.Band = s.Config.band(risk, prev.Band)
	s.Config.episode(out, prev, renewedAt(v))
	out.Reasons = reasons(s.Model, row, contributions)
	for i := range out.Reasons {
		out.Reasons[i].Evidence = s.Engine.Evidence(v, s.Engine.Schema().Index(out.Reasons[i].Feature))
	}
	return nil
}

// stake sets the margin at stake of somebody in the population; of those who
// left it stays what they brought in.
func (s *Score) stake(staker *value.Staker, v history.View) {
	if staker.By() == value.ByTrailing {
		return
	}
	at := staker.Of(staker.Ledger().Standing(v))
	s.ValueMinor, s.ValueLow, s.ValueHigh, s.ValueBy = at.Minor, at.Low, at.High, at.By
}

// Explain gives one customer's row with its contributions to the log-odds, both
// in the order of the schema's columns, for the explain command and page. The
// view's shard must have been prepared by the engine.
func (s *Scorer) Explain(v history.View) (row, contributions []float64, err error) {
	if err := s.Model.Accepts(s.Engine.Schema()); err != nil {
		return nil, nil, fmt.Errorf("explain: %w", err)
	}
	width := len(s.Engine.Schema().Columns)
	row, contributions = make([]float64, width), make([]float64, width)
	if ok, why := s.Churn.InPopulation(v); !ok {
		return nil, nil, fault.New(fault.Invalid, "the customer is not in the population: %s", why)
	}
	s.Engine.Row(v, row)
	_, err = s.Model.Contributions(row, contributions)
	return row, contributions, err
}
