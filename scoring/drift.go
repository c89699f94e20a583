package scoring

import (
	"fmt"
	"slices"

	"holdfast/internal/stats"
)

// driftEdges cut the risks of a night into the cells that drift is measured
// over; fixed, so that any two nights can be compared.
var driftEdges = []float64{.01, .02, .04, .07, .11, .16, .22, .3, .4, .55}

// DriftCells is the number of cells.
var DriftCells = len(driftEdges) + 1

// DriftCell is the cell of a risk, from 0 on.
func DriftCell(risk float64) int {
	cell, _ := slices.BinarySearch(driftEdges, risk)
	return cell
}

// Drift compares the risks of one night with those of another, given as the
// number of customers in each cell: the population stability index, and what
// it exceeds in one case of twenty though nothing has changed.
func Drift(first, now []float64) (psi, critical float64, err error) {
	if psi, err = stats.PSI(first, now); err != nil {
		return 0, 0, fmt.Errorf("compare the risks of two nights: %w", err)
	}
	var n, m float64
	for i := range first {
		n, m = n+first[i], m+now[i]
	}
	critical, err = stats.PSICritical(n, m, len(first), .05)
	return psi, critical, err
}
