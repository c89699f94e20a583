package scoring

import (
	"fmt"
	"time"

	"holdfast/features"
	"holdfast/history"
	"holdfast/value"
)

// blockCustomers is how many customers are scored and explained together, which
// takes a fraction of the time that one after another would.
const blockCustomers = 256

// block is customers of the population on their way to a score.
type block struct {
	*Scorer
	staker    *value.Staker
	cells     *Cells          // nil: features are not counted
	rows      features.Matrix // of the customers in scores
	scores    []*Score
	views     []history.View
	prev      []Previous
	scratches []history.Scratch // the views of a block are used together

	risks, contributions []float64 // room
}

func newBlock(s *Scorer, staker *value.Staker) *block {
	width := len(s.Engine.Schema().Columns)
	return &block{
		Scorer: s, staker: staker,
		rows:      features.Matrix{Schema: s.Engine.Schema(), Data: make([]float64, 0, blockCustomers*width)},
		scratches: make([]history.Scratch, blockCustomers),
		risks:     make([]float64, blockCustomers), contributions: make([]float64, blockCustomers*width),
	}
}

// ObjectsToProfiling is why a customer who objects has no score.
const ObjectsToProfiling = "objects to profiling"

// view cuts the history of a customer, who is then added or forgotten.
func (b *block) view(shard *history.Shard, i int, asOf time.Time) history.View {
	return shard.View(i, asOf, &b.scratches[len(b.scores)])
}

// add begins a customer's score. Those outside the population are done with it;
// the others wait for finish.
func (b *block) add(out *Score, v history.View, prev Previous) {
	*out = Score{
		Customer: v.Customer().ID, Household: v.Household(), AsOf: v.AsOf(),
		ValueMinor: b.Value.Trailing(v), ValueBy: value.ByTrailing, TenureDays: tenureDays(v), Model: b.ModelID,
	}
	if ok, why := b.Churn.InPopulation(v); !ok {
		out.Excluded = why
		return
	}
	if _, objects := history.ProfilingObjection(v.Consents()); objects {
		out.Excluded = ObjectsToProfiling
		return
	}
	out.stake(b.staker, v)
	from := len(b.rows.Data)
	b.rows.Data = b.rows.Data[:from+len(b.rows.Schema.Columns)]
	b.Engine.Row(v, b.rows.Data[from:])
	b.rows.Rows++
	b.scores, b.views, b.prev = append(b.scores, out), append(b.views, v), append(b.prev, prev)
}

// finish gives everybody who waits a risk and its reasons, and empties the block.
func (b *block) finish() error {
	risks, contributions := b.risks[:b.rows.Rows], b.contributions[:len(b.rows.Data)]
	if err := b.Model.Score(&b.rows, risks); err != nil {
		return b.blame(err)
	}
	if _, err := b.Model.ContributionsOf(&b.rows, contributions); err != nil {
		return b.blame(err)
	}
	width := len(b.rows.Schema.Columns)
	for k, out := range b.scores {
		b.cells.add(b.rows.Row(k))
		out.Risk = risks[k]
		out.RiskLow, out.RiskHigh, _ = b.Model.Card().Range.At(out.Risk)
		out.Band = b.Config.band(out.Risk, b.prev[k].Band)
		b.Config.episode(out, b.prev[k], renewedAt(b.views[k]))
		out.Reasons = reasons(b.Engine.Writer(), b.Model, b.rows.Row(k), contributions[k*width:(k+1)*width])
		for r := range out.Reasons {
			if fact := b.Engine.Evidence(b.views[k], b.Engine.Schema().Index(out.Reasons[r].Feature)); fact != out.Reasons[r].Text {
				out.Reasons[r].Evidence = fact
			}
		}
	}
	b.rows.Rows, b.rows.Data = 0, b.rows.Data[:0]
	b.scores, b.views, b.prev = b.scores[:0], b.views[:0], b.prev[:0]
	return nil
}

// blame names the customer at whom scoring the block failed, if it was one.
func (b *block) blame(err error) error {
	one := make([]float64, len(b.rows.Schema.Columns))
	for k, v := range b.views {
		_, cause := b.Model.Probability(b.rows.Row(k))
		if cause == nil {
			_, cause = b.Model.Contributions(b.rows.Row(k), one)
		}
		if cause != nil {
			return fmt.Errorf("score customer %s %s: %w", v.Customer().Source, v.Customer().Key, cause)
		}
	}
	return err
}
