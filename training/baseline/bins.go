package baseline

import (
	"cmp"
	"math"
	"slices"

	"holdfast/features"
	"holdfast/model"
)

// maxBins is how many steps a numeric column is cut into for the forest.
const maxBins = 128

// binning codes one column as small whole numbers for golearn, whose trees know
// neither missing nor infinite values (a missing one makes them search for ever).
//
//	numeric:      0, 1, …, b-1 by size, b for missing
//	categorical:  levels by rising leaving rate; rare and unseen ones with "other"
type binning struct {
	edges   []float64 // numeric: bin k holds x <= edges[k], the last bin the rest
	codes   []int     // categorical: code of each level, then of missing
	missing bool      // whether a training row lacked the value
}

// newBinning learns the codes of column j from the sample's rows.
func newBinning(s *sample, j int) binning {
	if c := s.x.Schema.Columns[j]; c.Kind == features.Categorical {
		return levelBinning(s, j, max(1, len(c.Levels)))
	}
	var b binning
	var values []float64
	w := len(s.x.Schema.Columns)
	for _, i := range s.rows {
		if x := s.x.Data[i*w+j]; math.IsNaN(x) {
			b.missing = true
		} else {
			values = append(values, x)
		}
	}
	slices.Sort(values)
	b.edges = cuts(values)
	return b
}

// cuts places at most maxBins-1 edges between different values, so that the bins
// hold about as many rows each.
func cuts(sorted []float64) []float64 {
	var edges []float64
	step := float64(len(sorted)) / maxBins
	next := step
	for i := 1; i < len(sorted); i++ {
		lo, hi := sorted[i-1], sorted[i]
		if lo == hi || float64(i) < next-1e-9 {
			continue
		}
		edge := lo + (hi-lo)/2
		if !(edge >= lo && edge < hi) { // neighbours, or infinitely far apart
			edge = lo
		}
		edges = append(edges, edge)
		next = float64(i) + step
	}
	return edges
}

// levelBinning ranks the levels by their leaving rate, which makes the best split
// of the levels into two a split of the ranks (Breiman et al. 1984, theorem 4.5).
func levelBinning(s *sample, j, levels int) binning {
	rows, left, weight := make([]int, levels+1), make([]float64, levels+1), make([]float64, levels+1)
	w := len(s.x.Schema.Columns)
	var allLeft, all float64
	for _, i := range s.rows {
		k := levels
		if x := s.x.Data[i*w+j]; !math.IsNaN(x) {
			k = model.Level(x, levels)
		}
		rows[k]++
		weight[k] += s.weight(i)
		left[k] += float64(s.weight(i) * s.y[i])
		all += s.weight(i)
		allLeft += float64(s.weight(i) * s.y[i])
	}
	b := binning{missing: rows[levels] > 0, codes: make([]int, levels+1)}
	order := []int{0} // level 0 stands for the rare ones too
	for k := 1; k <= levels; k++ {
		if rows[k] >= minLevelRows || (k == levels && b.missing) {
			order = append(order, k)
			continue
		}
		weight[0] += weight[k]
		left[0] += left[k]
	}
	rate := func(k int) float64 { // pulled towards the mean by the weight of one row
		return (left[k] + allLeft/all) / (weight[k] + 1)
	}
	slices.SortFunc(order, func(a, c int) int { return cmp.Or(cmp.Compare(rate(a), rate(c)), cmp.Compare(a, c)) })
	for k := range b.codes {
		b.codes[k] = -1
	}
	for code, k := range order {
		b.codes[k] = code
	}
	for k := range b.codes {
		if b.codes[k] < 0 {
			b.codes[k] = b.codes[0]
		}
	}
	return b
}

// code returns the code of value x.
func (b *binning) code(x float64) int {
	if b.codes != nil {
		if math.IsNaN(x) {
			return b.codes[len(b.codes)-1]
		}
		return b.codes[model.Level(x, len(b.codes)-1)]
	}
	if math.IsNaN(x) {
		return len(b.edges) + 1
	}
	k, _ := slices.BinarySearch(b.edges, x)
	return k
}

// set returns the levels whose code is at most code, as a model keeps them.
func (b *binning) set(code int) []uint64 {
	levels := len(b.codes) - 1
	words := make([]uint64, model.SetWords(levels))
	for l, c := range b.codes[:levels] {
		if c <= code {
			words[l/64] |= 1 << (l % 64)
		}
	}
	return words
}

// threshold returns the largest value whose code is at most code.
func (b *binning) threshold(code int) float64 {
	if code < len(b.edges) {
		return b.edges[code]
	}
	return math.Inf(1)
}
