package model

import (
	"math"
	"slices"
)

// ColumnCells cut a column into the cells that drift is measured over: one for
// missing values, and then one for each level, or one between each two cuts.
type ColumnCells struct {
	Column int       // of the schema
	Levels int       // of a category; 0 for numbers
	Cuts   []float64 `json:",omitempty"` // of numbers, ascending
}

// Count is the number of cells.
func (c ColumnCells) Count() int {
	if c.Levels > 0 {
		return c.Levels + 1
	}
	return len(c.Cuts) + 2
}

// Of is the cell of a value, from 0 on.
func (c ColumnCells) Of(v float64) int {
	if math.IsNaN(v) {
		return 0
	}
	if c.Levels > 0 {
		return 1 + Level(v, c.Levels)
	}
	k, _ := slices.BinarySearch(c.Cuts, v)
	return 1 + k
}
