package training

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/model"
)

// Leak is a sign that a feature, or the way rows are made, knows the outcome.
type Leak struct {
	Feature string `json:"feature,omitempty"` // empty: the rows as a whole
	Says    string `json:"says"`              // a full sentence
}

// The lines of the X-ray.
const (
	leakAUC     = 0.95 // one feature alone ranks as well as this
	processAUC  = 0.70 // a feature named after the process of leaving ranks as well as this
	leakJump    = 0.25 // AUC lost when features are as old as an outcome takes
	leakLeavers = 20   // leavers below which nothing can be said
)

// process names what a business notes while, or after, a customer leaves.
var process = regexp.MustCompile(`cancel|terminat|surrender|attrition|churn|naive_bayes|clos(ing|ed|ure)|(final|lapse|exit|leaving)_(status|reason|date)|exit_|end_reason|retention_offer|win_?back`)

// XRay looks for leaks in the labelled rows of a date that is judged and in the
// training rows before it: a feature that is too good alone, one named after the
// process of leaving that ranks well, an identifier, labels that are predicted
// though they were drawn by lot. What it finds blocks promotion.
func XRay(ctx context.Context, train, test *Sample, seed uint64) ([]Leak, error) {
	if left, _ := test.Positives(); left < leakLeavers || test.Rows()-left < leakLeavers {
		return nil, nil
	}
	var out []Leak
	for j, c := range test.X.Schema.Columns {
		v := test.X.Column(j, nil)
		rank := v
		if len(c.Levels) > 0 {
			rank = leavingRates(train, train.X.Column(j, nil), v)
		}
		auc, err := alone(test, rank)
		if err != nil {
			return nil, fmt.Errorf("look at %s alone: %w", c.Name, err)
		}
		switch {
		case auc > leakAUC:
			out = append(out, Leak{c.Name, fmt.Sprintf("%s alone ranks leavers with AUC %.3f: it knows the outcome.", c.Name, auc)})
		case auc > processAUC && process.MatchString(c.Name):
			out = append(out, Leak{c.Name, fmt.Sprintf("%s is named after the process of leaving and ranks leavers with AUC %.3f.", c.Name, auc)})
		case test.identifies(v):
			out = append(out, Leak{c.Name, fmt.Sprintf("%s is another number for every customer: it is an identifier and no trait.", c.Name)})
		}
	}
	shuffled, err := shuffledLabels(ctx, train, test, seed)
	if err != nil {
		return nil, err
	}
	return append(out, shuffled...), nil
}

// blocked is the refusal that leaks are worth, nil without any.
func blocked(leaks []Leak) error {
	if len(leaks) == 0 {
		return nil
	}
	return fault.New(fault.Held, "%d signs that the features know the outcome: %s Leave such features out", len(leaks), leaks[0].Says)
}

// alone is the AUC of one feature in its better direction; missing values are a
// class of their own, below all others or above them.
func alone(s *Sample, v []float64) (float64, error) {
	best := 0.0
	for _, missing := range []float64{-math.MaxFloat64, math.MaxFloat64} {
		x := slices.Clone(v)
		for i := range x {
			if math.IsNaN(x[i]) {
				x[i] = missing
			}
			x[i] = min(max(x[i], -math.MaxFloat64), math.MaxFloat64)
		}
		auc, err := stats.AUC(s.Y, x, s.W)
		if err != nil {
			return 0, err
		}
		best = max(best, auc, 1-auc)
		if !slices.ContainsFunc(v, math.IsNaN) {
			break
		}
	}
	return best, nil
}

// leavingRates replaces the levels of a category by how often they left in the
// training rows; a level that these do not have is missing.
func leavingRates(train *Sample, levels, v []float64) []float64 {
	left, all := make(map[float64]float64), make(map[float64]float64)
	for i, level := range levels {
		if math.IsNaN(level) {
			level = math.MaxFloat64
		}
		left[level] += train.W[i] * train.Y[i]
		all[level] += train.W[i]
	}
	out := make([]float64, len(v))
	for i, level := range v {
		if math.IsNaN(level) {
			level = math.MaxFloat64
		}
		out[i] = math.NaN()
		if all[level] > 0 {
			out[i] = left[level] / all[level]
		}
	}
	return out
}

// identifies says whether a column is a whole number of its own for each of at
// least a hundred customers, and rises or falls with how they are numbered.
func (s *Sample) identifies(v []float64) bool {
	if len(v) < 100 {
		return false
	}
	seen := make(map[float64]bool, len(v))
	order := make([]int, len(v))
	for i, x := range v {
		if x != math.Trunc(x) || seen[x] { // NaN is never equal to itself
			return false
		}
		seen[x], order[i] = true, i
	}
	slices.SortFunc(order, func(a, b int) int { return int(s.Customer[a] - s.Customer[b]) })
	up, down := true, true
	for k := 1; k < len(order); k++ {
		up = up && v[order[k]] > v[order[k-1]]
		down = down && v[order[k]] < v[order[k-1]]
	}
	return up || down
}

// jumps scores the test customers by their rows of an outcome's length before:
// a model that is good only while its features are newer than that is a leak.
// What a customer is like fades slowly; a note of the leaving itself appears at
// once.
func jumps(train, test *Sample, m *model.Model) ([]Leak, error) {
	before := -1
	for d, at := range train.Dates {
		if len(test.Dates) > 0 && !at.Add(train.Embargo).After(test.Dates[0]) {
			before = d
		}
	}
	label := make(map[int64]float64, test.Rows())
	for i, c := range test.Customer {
		label[c] = test.Y[i]
	}
	old := train.Where(func(i int) bool {
		_, known := label[train.Customer[i]]
		return train.Date[i] == before && known
	})
	for i, c := range old.Customer {
		old.Y[i] = label[c]
	}
	if rows, _ := old.Positives(); rows < leakLeavers || old.Rows()-rows < leakLeavers {
		return nil, nil
	}
	both := make(map[int64]bool, old.Rows())
	for _, c := range old.Customer {
		both[c] = true
	}
	now := test.Where(func(i int) bool { return both[test.Customer[i]] })
	var auc [2]float64
	for k, s := range []*Sample{now, old} {
		p, err := scored(m, s)
		if err != nil {
			return nil, err
		}
		if auc[k], err = stats.AUC(s.Y, p, nil); err != nil {
			return nil, fmt.Errorf("judge older rows: %w", err)
		}
	}
	if auc[0]-auc[1] > leakJump {
		return []Leak{{"", fmt.Sprintf("The same customers are ranked with AUC %.3f by tonight's features and %.3f by those of %s: something appears only when they leave.",
			auc[0], auc[1], train.Dates[before].Format("2006-01-02"))}}, nil
	}
	return nil, nil
}
