package training

import (
	"fmt"
	"math"
	"slices"

	"holdfast/features"
	"holdfast/model"
)

// pooled gives every segment of a logistic regression a level of its own, as far as
// its leavers prove one:
//
//	u(segment) = S / (I + 1/τ²)      S = Σ w·(y − p)      I = Σ w·p·(1 − p)
//
// τ² is how much segments differ beyond what chance makes of them, by the method of
// moments (DerSimonian and Laird 1986): 0, and nothing changes, where chance
// explains it all; a segment of few leavers stays near the others. The segments are
// the first of the named columns that is a category, or the first of the schema.
func pooled(m *model.Model, s *Sample, named []string) (*model.Model, error) {
	j := segmentColumn(s.X.Schema, named)
	if j < 0 {
		return m, nil
	}
	p, err := scored(m, s)
	if err != nil {
		return nil, fmt.Errorf("pool segments: %w", err)
	}
	column := s.X.Schema.Columns[j]
	score, info := make([]float64, max(1, len(column.Levels))), make([]float64, max(1, len(column.Levels)))
	for i := range p {
		if x := s.X.Row(i)[j]; !math.IsNaN(x) {
			k := model.Level(x, len(score))
			score[k] += float64(s.W[i] * (s.Y[i] - p[i]))
			info[k] += float64(s.W[i] * p[i] * (1 - p[i]))
		}
	}
	tau := spread(score, info)
	if tau == 0 {
		return m, nil
	}
	level, mean, total := make([]float64, len(score)), 0.0, 0.0
	for k := range level {
		level[k] = score[k] / (info[k] + 1/tau)
		mean, total = mean+float64(info[k]*level[k]), total+info[k]
	}
	mean /= total
	for k := range level {
		level[k] -= mean // contributions begin at the mean customer
	}
	body := *m.Linear()
	body.Intercept += mean
	body.Columns = slices.Clone(body.Columns)
	body.Columns[j] = model.LinearColumn{Shape: model.OneHot, Levels: level, Missing: -mean}
	card := m.Card()
	card.Settings = append(slices.Clone(card.Settings), model.Setting{
		Name: "levels by " + column.Name, Value: fmt.Sprintf("partially pooled, standard deviation %.2f on the log-odds", math.Sqrt(tau)),
	})
	return model.NewLinear(s.X.Schema, &body, card)
}

func segmentColumn(schema features.Schema, named []string) int {
	isCategory := func(j int) bool { return j >= 0 && schema.Columns[j].Kind == features.Categorical }
	for _, name := range named {
		if j := schema.Index(name); isCategory(j) {
			return j
		}
	}
	for j := range schema.Columns {
		if isCategory(j) {
			return j
		}
	}
	return -1
}

// spread is the variance of segments' levels beyond that of chance.
func spread(score, info []float64) float64 {
	var sum, squares, mean, n float64
	for k, i := range info {
		if i > 0 {
			sum, squares, mean, n = sum+i, squares+float64(i*i), mean+score[k], n+1
		}
	}
	if n < 2 {
		return 0
	}
	mean /= sum
	q := 0.0
	for k, i := range info {
		if i > 0 {
			d := score[k]/i - mean
			q += float64(i * d * d)
		}
	}
	return math.Max(0, (q-(n-1))/(sum-squares/sum))
}
