package value

import (
	"cmp"
	"slices"

	"holdfast/internal/fault"
)

// Concentration says how unevenly value lies among customers.
type Concentration struct {
	Customers int
	Total     float64
	Negative  int // customers worth less than nothing, counted as 0
	// Tenths share the value out from the most to the least valuable tenth of
	// the customers; they add up to 1.
	Tenths []Tenth
	// Lorenz has the share of all value that the least valuable customers
	// hold, at each hundredth of the customers from 0 to 1.
	Lorenz []float64
	Gini   float64 // twice the area between Lorenz's curve and the diagonal
}

// Tenth is a tenth of the customers in the order of their value.
type Tenth struct {
	Customers int
	Least     float64 // the least value in it
	Share     float64 // of all value
}

// Concentrate measures the concentration of values.
func Concentrate(values []float64) (Concentration, error) {
	c := Concentration{Customers: len(values)}
	sorted := make([]float64, len(values))
	for i, v := range values {
		if v < 0 {
			c.Negative++
		}
		sorted[i] = max(v, 0)
	}
	slices.SortFunc(sorted, func(a, b float64) int { return cmp.Compare(b, a) })
	// upTo[i] is the value of the i most valuable.
	upTo := make([]float64, len(sorted)+1)
	var weighted float64
	for i, v := range sorted {
		upTo[i+1] = upTo[i] + v
		weighted += v * float64(len(sorted)-i)
	}
	c.Total = upTo[len(sorted)]
	if !(c.Total > 0) {
		return c, fault.New(fault.Invalid, "none of the %d customers has any value: there is nothing to share out", len(values))
	}
	n := len(sorted)
	for k := range 10 {
		from, to := n*k/10, n*(k+1)/10
		t := Tenth{Customers: to - from, Share: (upTo[to] - upTo[from]) / c.Total}
		if to > from {
			t.Least = sorted[to-1]
		}
		c.Tenths = append(c.Tenths, t)
	}
	for k := range 101 {
		c.Lorenz = append(c.Lorenz, lorenz(upTo, float64(k)/100))
	}
	// G = (2·Σ i·v_i/(n·Σv)) − (n+1)/n with v rising; weighted counts i from the top.
	c.Gini = 2*weighted/(float64(n)*c.Total) - float64(n+1)/float64(n)
	return c, nil
}

// lorenz is the share of value that the least valuable share of customers holds,
// straight between customers.
func lorenz(upTo []float64, share float64) float64 {
	n := len(upTo) - 1
	at := (1 - share) * float64(n) // customers left out, from the top
	i := min(int(at), n-1)
	top := upTo[i] + (at-float64(i))*(upTo[i+1]-upTo[i])
	return max(0, 1-top/upTo[n])
}
