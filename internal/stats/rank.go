package stats

import (
	"cmp"
	"math"
	"slices"
)

// Ranking is the order of some scores, highest first, equal scores in the order
// given. Made once, it answers for any number of labels and weights; a bootstrap
// pays for one sort.
type Ranking struct {
	order []int // row numbers, best score first
	ends  []int // ends[g] is one past the last position of tie group g
}

// Rank orders finite scores.
func Rank(score []float64) (*Ranking, error) {
	if len(score) == 0 {
		return nil, undefined("ranking", "no rows")
	}
	if err := checkFinite("ranking", score); err != nil {
		return nil, err
	}
	type row struct {
		score float64
		i     int
	}
	rows := make([]row, len(score))
	for i, s := range score {
		rows[i] = row{s, i}
	}
	slices.SortFunc(rows, func(a, b row) int {
		if a.score != b.score {
			return cmp.Compare(b.score, a.score)
		}
		return a.i - b.i
	})
	r := &Ranking{order: make([]int, len(rows))}
	for k, e := range rows {
		r.order[k] = e.i
		if k+1 == len(rows) || rows[k+1].score != e.score {
			r.ends = append(r.ends, k+1)
		}
	}
	return r, nil
}

// First returns the row numbers of the n best scores, best first; fewer when
// fewer were ranked. The result is not to be changed.
func (r *Ranking) First(n int) []int { return r.order[:min(max(n, 0), len(r.order))] }

// groups calls visit for each set of equal scores, highest first, with the
// weight of its positives and of its negatives.
func (r *Ranking) groups(y, w []float64, visit func(pos, neg float64)) {
	k := 0
	for _, end := range r.ends {
		pos, neg := 0.0, 0.0
		for ; k < end; k++ {
			i := r.order[k]
			if y[i] == 1 {
				pos += weight(w, i)
			} else {
				neg += weight(w, i)
			}
		}
		visit(pos, neg)
	}
}

// AUC is the area under the ROC curve of labels y under this ranking, weights
// w or nil. NaN when one class has no weight; y must hold as many rows as were
// ranked.
func (r *Ranking) AUC(y, w []float64) float64 {
	area, allPos, allNeg := 0.0, 0.0, 0.0
	r.groups(y, w, func(pos, neg float64) {
		area += float64(neg * (allPos + pos/2))
		allPos += pos
		allNeg += neg
	})
	if allPos == 0 || allNeg == 0 {
		return math.NaN()
	}
	return area / (allPos * allNeg)
}

// AUC is the probability that a leaver's score is above a stayer's, ties
// counted half: the area under the ROC curve (Hanley and McNeil 1982). y, score
// and w have one entry per row; w may be nil. ErrUndefined with one class only.
// The Gini coefficient is 2·AUC − 1.
func AUC(y, score, w []float64) (float64, error) {
	if err := checkRows("AUC", y, score, w); err != nil {
		return 0, err
	}
	r, err := Rank(score)
	if err != nil {
		return 0, err
	}
	auc := r.AUC(y, w)
	if math.IsNaN(auc) {
		return 0, undefined("AUC", "it needs leavers and stayers")
	}
	return auc, nil
}

// AveragePrecision is Σ (recall_k − recall_{k−1})·precision_k over the distinct
// scores from the highest down: the step-wise area under the precision-recall
// curve, without interpolation (scikit-learn's definition). Equal scores enter
// together. ErrUndefined without any positive.
func AveragePrecision(y, score, w []float64) (float64, error) {
	if err := checkRows("average precision", y, score, w); err != nil {
		return 0, err
	}
	r, err := Rank(score)
	if err != nil {
		return 0, err
	}
	sum, found, seen := 0.0, 0.0, 0.0
	r.groups(y, w, func(pos, neg float64) {
		found += pos
		seen += pos + neg
		if pos > 0 {
			sum += float64(pos * (found / seen))
		}
	})
	if found == 0 {
		return 0, undefined("average precision", "it needs leavers")
	}
	return sum / found, nil
}
