package interventions

import "math"

// mixture is the linear program over proposals, solved by the revised simplex
// method from where the last solution stood:
//
//	max Σ share × worth   so that   Σ share × used(limit) ≤ amount(limit),  Σ share = 1
//
// Row k < limits is a limit, in units of its amount, the last row the shares.
// Column k < limits is the limit's slack, the next the proposal of nothing;
// together they are the basis to begin with.
type mixture struct {
	unit    []float64   // by limit
	columns [][]float64 // by column, a row each
	worth   []float64   // by column
	basis   []int       // by row, its column
	inverse [][]float64 // of the basis
	value   []float64   // by row, of its column
}

func newMixture(limits []restriction) *mixture {
	n := len(limits) + 1
	m := &mixture{unit: make([]float64, n-1), worth: make([]float64, n), basis: make([]int, n), value: make([]float64, n)}
	for i := range n {
		row := make([]float64, n)
		row[i] = 1
		m.columns = append(m.columns, row)
		m.inverse = append(m.inverse, append([]float64(nil), row...))
		m.basis[i], m.value[i] = i, 1
		if i < n-1 {
			m.unit[i] = max(1, limits[i].Amount)
			m.value[i] = limits[i].Amount / m.unit[i]
		}
	}
	return m
}

// add takes in a proposal and says whether the mix can gain by it.
func (m *mixture) add(worth float64, used []float64) bool {
	column := make([]float64, len(m.basis))
	for k, u := range m.unit {
		column[k] = used[k] / u
	}
	column[len(m.unit)] = 1
	m.columns, m.worth = append(m.columns, column), append(m.worth, worth)
	return m.gain(len(m.columns)-1, m.multipliers()) > 1e-9*max(1, math.Abs(worth))
}

// multipliers are the worth of one more unit of each row.
func (m *mixture) multipliers() []float64 {
	y := make([]float64, len(m.basis))
	for i, c := range m.basis {
		for k := range y {
			y[k] += m.worth[c] * m.inverse[i][k]
		}
	}
	return y
}

// gain is what a column adds for one unit of it.
func (m *mixture) gain(column int, y []float64) float64 {
	g := m.worth[column]
	for k, v := range m.columns[column] {
		g -= y[k] * v
	}
	return g
}

// solve returns the prices of the limits and what the best mix is worth.
func (m *mixture) solve() (prices []float64, worth float64) {
	for turn := range 40 * len(m.columns) {
		y := m.multipliers()
		enter, most := -1, 1e-12
		for c := range m.columns {
			if g := m.gain(c, y); g > most*max(1, math.Abs(m.worth[c])) {
				enter, most = c, g/max(1, math.Abs(m.worth[c]))
				if turn > 10*len(m.columns) { // the first that gains: it cannot go in circles
					break
				}
			}
		}
		if enter < 0 || !m.pivot(enter) {
			break
		}
	}
	y := m.multipliers()
	prices = make([]float64, len(m.unit))
	for k := range prices {
		prices[k] = max(0, y[k]/m.unit[k])
	}
	for i, c := range m.basis {
		worth += m.worth[c] * m.value[i]
	}
	return prices, worth
}

// pivot takes a column into the basis for the one that is used up first.
func (m *mixture) pivot(enter int) bool {
	n := len(m.basis)
	direction := make([]float64, n)
	row := -1
	for i := range n {
		for k, v := range m.columns[enter] {
			direction[i] += m.inverse[i][k] * v
		}
		if direction[i] <= 1e-11 {
			continue
		}
		if row >= 0 {
			a, b := m.value[i]*direction[row], m.value[row]*direction[i]
			if a > b || (a == b && m.basis[i] > m.basis[row]) {
				continue
			}
		}
		row = i
	}
	if row < 0 {
		return false
	}
	by := direction[row]
	for k := range n {
		m.inverse[row][k] /= by
	}
	m.value[row] /= by
	for i := range n {
		if i == row || direction[i] == 0 {
			continue
		}
		for k := range n {
			m.inverse[i][k] -= direction[i] * m.inverse[row][k]
		}
		m.value[i] = max(0, m.value[i]-direction[i]*m.value[row])
	}
	m.basis[row] = enter
	return true
}
