package flat

import (
	"cmp"
	"slices"

	"holdfast/features"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// folds deals the rows into k folds: rows of one group into one fold, groups
// with a leaver and groups without in turn, in an order drawn by the seed.
func (d *Data) folds(k int, seed uint64) ([]int, error) {
	type group struct {
		key  uint64
		left bool
		rows []int
	}
	at := map[int64]int{}
	var groups []group
	for row, y := range d.Y {
		n := len(groups)
		if d.Group != nil {
			if k, known := at[d.Group[row]]; known {
				n = k
			}
			at[d.Group[row]] = n
		}
		if n == len(groups) {
			groups = append(groups, group{key: stats.Hash(seed, stats.HashString("flat folds"), uint64(row))})
		}
		groups[n].rows = append(groups[n].rows, row)
		groups[n].left = groups[n].left || y == 1
	}
	slices.SortFunc(groups, func(a, b group) int { return cmp.Or(cmp.Compare(a.key, b.key), a.rows[0]-b.rows[0]) })
	fold := make([]int, len(d.Y))
	var dealt [2]int
	for _, g := range groups {
		kind := 0
		if g.left {
			kind = 1
		}
		for _, row := range g.rows {
			fold[row] = dealt[kind] % k
		}
		dealt[kind]++
	}
	if dealt[0] < k || dealt[1] < k {
		return nil, fault.New(fault.Invalid,
			"%d customers left and %d stayed: cross-validation in %d folds takes at least %d of each; give more rows, fewer --folds, or --folds 0 for a model without figures",
			dealt[1], dealt[0], k, k)
	}
	return fold, nil
}

// weights gives 1 to the rows that are not in a fold and 0 to those that are:
// what a model learns from without its rows being copied.
func weights(fold []int, leave int) []float64 {
	w := make([]float64, len(fold))
	for row, f := range fold {
		if f != leave {
			w[row] = 1
		}
	}
	return w
}

// in gives the rows of a fold.
func in(fold []int, k int) []int {
	var rows []int
	for row, f := range fold {
		if f == k {
			rows = append(rows, row)
		}
	}
	return rows
}

// part copies some rows of the matrix, and their labels.
func (d *Data) part(rows []int) (*features.Matrix, []float64) {
	x := &features.Matrix{Schema: d.X.Schema, Rows: len(rows)}
	x.Data = make([]float64, 0, len(rows)*len(d.X.Schema.Columns))
	y := make([]float64, len(rows))
	for i, row := range rows {
		x.Data = append(x.Data, d.X.Row(row)...)
		y[i] = d.Y[row]
	}
	return x, y
}
