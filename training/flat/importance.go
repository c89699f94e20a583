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
	all := make([]float64, len(rows)*width)
	err := eachRun(len(rows), workers, func(from, to int) error {
		for i := from; i < to; i++ {
			if _, err := m.Contributions(x.Row(rows[i]), all[i*width:(i+1)*width]); err != nil {
				return err
			}
		}
		return nil
	})
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

// Explain gives the k largest contributions by size of each row from one to
// before another, the largest first. k is held to the number of features.
func Explain(m *model.Model, x *features.Matrix, from, to, k, workers int) ([][]Reason, error) {
	width := len(x.Schema.Columns)
	k = min(k, width)
	out := make([][]Reason, to-from)
	err := eachRun(to-from, workers, func(first, end int) error {
		dst, order := make([]float64, width), make([]int, width)
		for i := first; i < end; i++ {
			row := x.Row(from + i)
			if _, err := m.Contributions(row, dst); err != nil {
				return err
			}
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
