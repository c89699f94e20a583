package baseline

import (
	"cmp"
	"slices"

	"holdfast/internal/fault"
	"holdfast/internal/stats"
)

// bundle is what must stay in one fold: all rows of one customer.
type bundle struct {
	key   uint64
	left  bool
	rows  []int
	group int64
}

// bundles gathers the sample's rows by customer, in an order drawn by the seed
// that does not depend on the order of the rows.
func (s *sample) bundles(seed uint64) []bundle {
	at := make(map[int64]int, len(s.rows))
	var list []bundle
	for _, i := range s.rows {
		id := int64(i)
		if s.group != nil {
			id = s.group[i]
		}
		k, ok := at[id]
		if !ok {
			k = len(list)
			at[id] = k
			list = append(list, bundle{key: stats.Hash(seed, uint64(id)), group: id})
		}
		list[k].rows = append(list[k].rows, i)
		list[k].left = list[k].left || s.y[i] == 1
	}
	slices.SortFunc(list, func(a, b bundle) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.group, b.group))
	})
	return list
}

// folds deals the customers of at most maxRows rows into k folds, those who left
// and those who stayed in turn, and returns each fold's rows.
func (s *sample) folds(k, maxRows int, seed uint64) ([][]int, error) {
	folds := make([][]int, k)
	var dealt [2]int
	rows := 0
	for _, b := range s.bundles(seed) {
		if rows += len(b.rows); rows > maxRows {
			break
		}
		class := 0
		if b.left {
			class = 1
		}
		f := dealt[class] % k
		folds[f] = append(folds[f], b.rows...)
		dealt[class]++
	}
	if dealt[0] < k || dealt[1] < k {
		return nil, fault.New(fault.Invalid,
			"choosing the strength of the penalty takes %d customers who left and %d who stayed, and there are %d and %d: "+
				"give the strength (L2) or more history", k, k, dealt[1], dealt[0])
	}
	for _, f := range folds {
		slices.Sort(f)
	}
	return folds, nil
}

// without returns the rows of all folds but one, in order.
func without(folds [][]int, leave int) []int {
	var rows []int
	for f := range folds {
		if f != leave {
			rows = append(rows, folds[f]...)
		}
	}
	slices.Sort(rows)
	return rows
}
