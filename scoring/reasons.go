package scoring

import (
	"math"
	"slices"

	"holdfast/internal/locale"

	"holdfast/features"
	"holdfast/model"
)

// maxReasons is how many reasons a person is shown: more than four are not
// likely to be helpful (commentary to Regulation B).
const maxReasons = 4

// minWeight is the smallest contribution to the log-odds that is worth words:
// it moves a risk of .30 by about one point.
const minWeight = 0.05

// reasons groups the contributions by concept, keeps the concepts that raise
// the risk, and puts the strongest into words through the feature with the
// largest part in each.
func reasons(w locale.Writer, m *model.Model, row, contributions []float64) []Reason {
	columns := m.Schema().Columns
	total := make(map[string]float64)
	lead := make(map[string]int)
	for j, c := range contributions {
		concept := columns[j].Concept
		total[concept] += c
		if k, ok := lead[concept]; (!ok || c > contributions[k]) && columns[j].Sentence != "" && !math.IsNaN(row[j]) {
			lead[concept] = j
		}
	}
	var out []Reason
	for concept, w := range total {
		j, ok := lead[concept]
		if !ok || w < minWeight || contributions[j] <= 0 {
			continue
		}
		out = append(out, Reason{Concept: concept, Weight: w, Feature: columns[j].Name, Value: row[j]})
	}
	slices.SortFunc(out, func(a, b Reason) int {
		switch {
		case a.Weight > b.Weight:
			return -1
		case a.Weight < b.Weight:
			return 1
		case a.Concept < b.Concept:
			return -1
		}
		return 1
	})
	out = out[:min(len(out), maxReasons)]
	for i := range out {
		j := m.Schema().Index(out[i].Feature)
		out[i].Text = features.Describe(w, columns[j], row[j], row, m.Schema())
	}
	return out
}
