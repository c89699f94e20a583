package stats

import (
	"cmp"
	"slices"
	"sort"
)

// PAV is the weighted least-squares non-decreasing fit to y in the order given,
// by pooling adjacent violators (Ayer et al. 1955). w may be nil. The result has
// y's length; rows of weight zero take their block's value.
func PAV(y, w []float64) []float64 {
	type block struct {
		mean, weight float64
		rows         int
	}
	// Invariant: blocks[0].mean < blocks[1].mean < …
	var blocks []block
	for i := range y {
		b := block{y[i], weight(w, i), 1}
		for len(blocks) > 0 && blocks[len(blocks)-1].mean >= b.mean {
			p := blocks[len(blocks)-1]
			blocks = blocks[:len(blocks)-1]
			if total := p.weight + b.weight; total > 0 {
				b.mean = (float64(p.mean*p.weight) + float64(b.mean*b.weight)) / total
			}
			b.weight += p.weight
			b.rows += p.rows
		}
		blocks = append(blocks, b)
	}
	out := make([]float64, 0, len(y))
	for _, b := range blocks {
		for range b.rows {
			out = append(out, b.mean)
		}
	}
	return out
}

// Isotonic is a fitted non-decreasing calibration: level Level[i] at score
// Score[i], straight in between, flat outside. Score ascends strictly.
type Isotonic struct {
	Score []float64 `json:"score"`
	Level []float64 `json:"level"`
}

// FitIsotonic fits the leaving rate as a non-decreasing function of the score.
// Equal scores are averaged first, so the order of rows does not matter. y,
// score and w have one entry per row; w may be nil; rows of weight zero are
// left out. Only the ends of flat stretches are kept.
func FitIsotonic(y, score, w []float64) (Isotonic, error) {
	if err := checkRows("isotonic regression", y, score, w); err != nil {
		return Isotonic{}, err
	}
	xs, ys, ws := mergeTies(y, score, w)
	fit := PAV(ys, ws)
	var iso Isotonic
	for i, x := range xs {
		inner := i > 0 && i+1 < len(xs) && fit[i-1] == fit[i] && fit[i] == fit[i+1]
		if !inner {
			iso.Score = append(iso.Score, x)
			iso.Level = append(iso.Level, fit[i])
		}
	}
	return iso, nil
}

// Apply returns the calibrated probability of a score.
func (iso Isotonic) Apply(score float64) float64 {
	n := len(iso.Score)
	i := sort.SearchFloat64s(iso.Score, score) // first index with Score[i] >= score
	switch {
	case i == 0:
		return iso.Level[0]
	case i == n:
		return iso.Level[n-1]
	}
	share := (score - iso.Score[i-1]) / (iso.Score[i] - iso.Score[i-1])
	return iso.Level[i-1] + float64(share*(iso.Level[i]-iso.Level[i-1]))
}

// mergeTies returns the distinct scores in ascending order with the mean label
// and the weight of each.
func mergeTies(y, score, w []float64) (xs, ys, ws []float64) {
	order := make([]int, 0, len(y))
	for i := range y {
		if weight(w, i) > 0 {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		if score[a] != score[b] {
			return cmp.Compare(score[a], score[b])
		}
		return a - b
	})
	for start := 0; start < len(order); {
		end, sum, total := start, 0.0, 0.0
		for ; end < len(order) && score[order[end]] == score[order[start]]; end++ {
			sum += float64(weight(w, order[end]) * y[order[end]])
			total += weight(w, order[end])
		}
		xs, ys, ws = append(xs, score[order[start]]), append(ys, sum/total), append(ws, total)
		start = end
	}
	return xs, ys, ws
}

// CORP is the Brier score taken apart without any bins: Brier = MCB − DSC + UNC
// (Dimitriadis, Gneiting, Jordan 2021, "Stable reliability diagrams for
// probabilistic classifiers").
type CORP struct {
	Brier          float64
	Miscalibration float64 // MCB: what isotonic recalibration would gain; 0 is perfect
	Discrimination float64 // DSC: what the recalibrated forecast gains over the base rate
	Uncertainty    float64 // UNC: rate·(1 − rate)
}

// FitCORP decomposes the Brier score of probabilities p for labels y, weights w
// or nil, one entry per row.
func FitCORP(y, p, w []float64) (CORP, error) {
	if err := checkProbabilities("CORP", y, p, w); err != nil {
		return CORP{}, err
	}
	iso, err := FitIsotonic(y, p, w)
	if err != nil {
		return CORP{}, err
	}
	recalibrated := make([]float64, len(p))
	rate, total := 0.0, 0.0
	for i := range p {
		recalibrated[i] = iso.Apply(p[i])
		rate += float64(weight(w, i) * y[i])
		total += weight(w, i)
	}
	rate /= total
	c := CORP{Brier: brier(y, p, w), Uncertainty: rate * (1 - rate)}
	best := brier(y, recalibrated, w)
	c.Miscalibration = c.Brier - best
	c.Discrimination = c.Uncertainty - best
	return c, nil
}
