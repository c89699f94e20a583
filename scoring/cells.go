package scoring

import (
	"fmt"

	"holdfast/features"
	"holdfast/internal/stats"
	"holdfast/model"
)

// Cells count the customers of a night by the values of their features, in the
// cells that the model's card names. They are not to be shared by goroutines.
type Cells struct {
	columns []model.ColumnCells
	counts  [][]int64
}

// NewCells makes empty cells; a model whose card names none has none.
func NewCells(m *model.Model) *Cells {
	c := &Cells{columns: m.Card().Cells}
	for _, column := range c.columns {
		c.counts = append(c.counts, make([]int64, column.Count()))
	}
	return c
}

func (c *Cells) add(row []float64) {
	if c == nil {
		return
	}
	for i, column := range c.columns {
		c.counts[i][column.Of(row[column.Column])]++
	}
}

// Each tells of every cell that somebody is in: the column of the schema, the
// cell and how many.
func (c *Cells) Each(tell func(column, cell int, customers int64)) {
	for i, column := range c.columns {
		for cell, n := range c.counts[i] {
			if n > 0 {
				tell(column.Column, cell, n)
			}
		}
	}
}

// Moved is a feature whose values have moved.
type Moved struct {
	Feature  string
	PSI      float64
	Critical float64 // what the greatest PSI of all features exceeds in one case of twenty though nothing has changed
}

// Farthest compares two nights' counts by column and cell, and returns the feature
// that has moved farthest beyond chance; ok is false where none has. Features over
// all of the history are left out: they move by themselves as time passes. With k
// features compared, each has to exceed what it would in one case of twenty times
// k (Bonferroni).
func Farthest(schema features.Schema, first, now map[int]map[int]float64) (far Moved, ok bool, err error) {
	var both []int
	for column, c := range schema.Columns {
		if first[column] != nil && now[column] != nil && !c.OverAllTime() {
			both = append(both, column)
		}
	}
	for _, column := range both {
		psi, critical, err := moved(first[column], now[column], .05/float64(len(both)))
		if err != nil {
			return Moved{}, false, fmt.Errorf("compare %s of two nights: %w", schema.Columns[column].Name, err)
		}
		if psi > critical && psi > far.PSI {
			far, ok = Moved{Feature: schema.Columns[column].Name, PSI: psi, Critical: critical}, true
		}
	}
	return far, ok, nil
}

// moved is the stability index over the cells that anybody is in, and its
// critical value; 0 with one cell.
func moved(first, now map[int]float64, alpha float64) (psi, critical float64, err error) {
	cells := 0
	for cell := range first {
		cells = max(cells, cell+1)
	}
	for cell := range now {
		cells = max(cells, cell+1)
	}
	var a, b []float64
	var n, m float64
	for cell := range cells {
		if first[cell] == 0 && now[cell] == 0 {
			continue
		}
		a, b = append(a, first[cell]), append(b, now[cell])
		n, m = n+first[cell], m+now[cell]
	}
	if len(a) < 2 {
		return 0, 0, nil
	}
	if psi, err = stats.PSI(a, b); err != nil {
		return 0, 0, err
	}
	critical, err = stats.PSICritical(n, m, len(a), alpha)
	return psi, critical, err
}
