package flat

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"holdfast/features"
	"holdfast/internal/stats"
	"holdfast/model"
)

// Importance is how much a feature moves the risk: the mean size of its
// contribution to the log-odds, exact for every row looked at.
type Importance struct {
	Feature string  `json:"feature"`
	Mean    float64 `json:"mean_contribution"` // absolute, log-odds
	Share   float64 `json:"share"`             // of all features together
}

const explainedRows = 2000

// importance explains at most explainedRows of the rows.
func importance(m *model.Model, x *features.Matrix, workers int) ([]Importance, error) {
	rows := make([]int, 0, explainedRows)
	random := stats.Stream(stats.HashString("importance"))
	for row := range x.Rows {
		if random.IntN(x.Rows-row) < explainedRows-len(rows) {
			rows = append(rows, row)
		}
	}
	width := len(x.Schema.Columns)
	some := &features.Matrix{Schema: x.Schema, Rows: len(rows), Data: make([]float64, 0, len(rows)*width)}
	for _, row := range rows {
		some.Data = append(some.Data, x.Row(row)...)
	}
	all, err := contributions(m, some, 0, len(rows), workers)
	if err != nil {
		return nil, err
	}
	out := make([]Importance, width)
	var sum float64
	for j, c := range x.Schema.Columns {
		out[j].Feature = c.Name
		for i := range rows {
			out[j].Mean += math.Abs(all[i*width+j])
		}
		out[j].Mean /= float64(len(rows))
		sum += out[j].Mean
	}
	for j := range out {
		if sum > 0 {
			out[j].Share = out[j].Mean / sum
		}
	}
	slices.SortStableFunc(out, func(a, b Importance) int { return cmp.Compare(b.Mean, a.Mean) })
	return out, nil
}

// Reason is one feature's part in the risk of one row.
type Reason struct {
	Feature      string
	Value        string  // as the table had it; "missing" when it was not there
	Contribution float64 // to the log-odds: above 0 it raises the risk
}

// contributions explains the rows from one to before another, row after row.
func contributions(m *model.Model, x *features.Matrix, from, to, workers int) ([]float64, error) {
	width := len(x.Schema.Columns)
	all := make([]float64, (to-from)*width)
	err := eachRun(to-from, workers, func(first, end int) error {
		some := &features.Matrix{Schema: x.Schema, Rows: end - first, Data: x.Data[(from+first)*width : (from+end)*width]}
		_, err := m.ContributionsOf(some, all[first*width:end*width])
		return err
	})
	return all, err
}

// Explain gives the k largest contributions by size of each row from one to
// before another, the largest first. k is held to the number of features.
func Explain(m *model.Model, x *features.Matrix, from, to, k, workers int) ([][]Reason, error) {
	width := len(x.Schema.Columns)
	k = min(k, width)
	out := make([][]Reason, to-from)
	all, err := contributions(m, x, from, to, workers)
	if err != nil {
		return nil, err
	}
	err = eachRun(to-from, workers, func(first, end int) error {
		order := make([]int, width)
		for i := first; i < end; i++ {
			row, dst := x.Row(from+i), all[i*width:(i+1)*width]
			for j := range order {
				order[j] = j
			}
			slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(math.Abs(dst[b]), math.Abs(dst[a])) })
			out[i] = make([]Reason, k)
			for n, j := range order[:k] {
				c := &x.Schema.Columns[j]
				out[i][n] = Reason{c.Name, valueText(c, row[j]), dst[j]}
			}
		}
		return nil
	})
	return out, err
}

func valueText(c *features.Column, v float64) string {
	switch {
	case math.IsNaN(v):
		return "missing"
	case c.Kind == features.Categorical && len(c.Levels) > 0:
		return c.Levels[model.Level(v, len(c.Levels))]
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
