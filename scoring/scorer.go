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
	return s.Counting(shard, asOf, prev, nil)
}

// Counting is Shard, and counts the features of those in the population into cells.
func (s *Scorer) Counting(shard *history.Shard, asOf time.Time, prev map[history.CustomerID]Previous, cells *Cells) ([]Score, error) {
	if err := s.Model.Accepts(s.Engine.Schema()); err != nil {
		return nil, fmt.Errorf("score partition %d: %w", shard.Partition, err)
	}
	staker, err := value.NewStaker(s.Value, s.Model.Card().Stake)
	if err != nil {
		return nil, fmt.Errorf("value the customers of partition %d: %w", shard.Partition, err)
	}
	s.Engine.Prepare(shard)
	b := newBlock(s, staker)
	b.cells = cells
	out := make([]Score, len(shard.Customers))
	for i, c := range shard.Customers {
		v := b.view(shard, i, asOf)
		b.add(&out[i], v, prev[c.ID])
		if len(b.scores) == blockCustomers || i == len(out)-1 {
			if err := b.finish(); err != nil {
				return nil, fmt.Errorf("score partition %d: %w", shard.Partition, err)
			}
		}
	}
	return out, nil
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
