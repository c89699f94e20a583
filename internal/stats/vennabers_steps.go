package stats

import (
	"math"
	"slices"
	"sort"
)

// VennAbersSteps is Venn-Abers worked out beforehand for every score there can
// be, so that scoring refits nothing: one probability at each calibration score
// and one for all scores between two of them.
//
//	Between[0] | Score[0]: At[0] | Between[1] | Score[1]: At[1] | … | Between[n]
type VennAbersSteps struct {
	Score   []float64 `json:"score"`   // ascends strictly
	At      []float64 `json:"at"`      // as many
	Between []float64 `json:"between"` // one more
}

// FitVennAbersSteps is Venn-Abers (Vovk and Petej 2014, inductive form) with its
// two probabilities merged, for rows of labels y, finite scores and weights w or
// nil. The customer that is added weighs as much as the mean row. Scores around
// which nothing changes are left out. n·log n: the pools on either side of every
// score are shared (Vovk, Petej and Fedorova 2015).
func FitVennAbersSteps(y, score, w []float64) (VennAbersSteps, error) {
	if err := checkRows("Venn-Abers", y, score, w); err != nil {
		return VennAbersSteps{}, err
	}
	xs, ys, ws := mergeTies(y, score, w)
	rows, total := 0, 0.0
	for i := range y {
		if v := weight(w, i); v > 0 {
			rows, total = rows+1, total+v
		}
	}
	for i := range ws {
		ws[i] *= float64(rows) / total
	}
	v := poolsAround(ys, ws)
	out := VennAbersSteps{Between: []float64{v.merged(0, false)}}
	for i, x := range xs {
		below := out.Between[len(out.Between)-1] // rounding must not let the steps fall
		at := math.Max(below, v.merged(i, true))
		above := math.Max(at, v.merged(i+1, false))
		if below == above {
			continue
		}
		out.Score, out.At, out.Between = append(out.Score, x), append(out.At, at), append(out.Between, above)
	}
	return out, nil
}

// Apply returns the calibrated probability of a score.
func (v VennAbersSteps) Apply(score float64) float64 {
	i := sort.SearchFloat64s(v.Score, score)
	if i < len(v.Score) && v.Score[i] == score {
		return v.At[i]
	}
	return v.Between[i]
}

// pools holds, for every point, the pooled blocks of all points before it and of
// all points from it on, as stacks that share their lower blocks.
type pools struct {
	ys, ws        []float64
	before, after []pool
	top           []int // of the points before i
	bottom        []int // of the points from i on
}

type pool struct {
	sum, weight float64
	next        int // the block farther away from the point; -1 is none
}

func (p pool) mean() float64 { return p.sum / p.weight }

func (p pool) with(q pool) pool { return pool{p.sum + q.sum, p.weight + q.weight, p.next} }

func poolsAround(ys, ws []float64) *pools {
	v := &pools{ys: ys, ws: ws}
	v.before, v.top = stacked(ys, ws, func(near, far float64) bool { return far >= near })
	v.after, v.bottom = stacked(reversed(ys), reversed(ws), func(near, far float64) bool { return far <= near })
	slices.Reverse(v.bottom)
	return v
}

// stacked pools adjacent violators point by point, and keeps the stack of every
// beginning: top[i] is the last block of the first i points.
func stacked(ys, ws []float64, violates func(near, far float64) bool) (blocks []pool, top []int) {
	top = append(top, -1)
	for i := range ys {
		b := pool{float64(ys[i] * ws[i]), ws[i], top[i]}
		for b.next >= 0 && violates(b.mean(), blocks[b.next].mean()) {
			far := blocks[b.next]
			b = b.with(far)
			b.next = far.next
		}
		blocks = append(blocks, b)
		top = append(top, len(blocks)-1)
	}
	return blocks, top
}

// merged is p1/(1 − p0 + p1) of a score before point i, or at it.
func (v *pools) merged(i int, at bool) float64 {
	p0, p1 := v.level(i, at, 0), v.level(i, at, 1)
	return p1 / (1 - p0 + p1)
}

// level is the isotonic level of a new row of this label.
func (v *pools) level(i int, at bool, label float64) float64 {
	b, far := pool{sum: label, weight: 1, next: v.top[i]}, v.bottom[i]
	if at {
		b.sum, b.weight, far = b.sum+float64(v.ys[i]*v.ws[i]), b.weight+v.ws[i], v.bottom[i+1]
	}
	for {
		switch {
		case b.next >= 0 && v.before[b.next].mean() >= b.mean():
			near := v.before[b.next]
			b = b.with(near)
			b.next = near.next
		case far >= 0 && v.after[far].mean() <= b.mean():
			b = b.with(v.after[far])
			far = v.after[far].next
		default:
			return math.Min(b.mean(), 1)
		}
	}
}

func reversed(v []float64) []float64 {
	out := slices.Clone(v)
	slices.Reverse(out)
	return out
}
