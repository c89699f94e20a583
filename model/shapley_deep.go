package model

import "slices"

// deepGroup is the leaves below one node with too many features on their ways for
// a table of all combinations. The features split by there are split in two: those
// that come again below the node, of which a table has all combinations, and those
// above it, which all the leaves have in common. The integral is summed over
// points; the product over the features above is that of two halves of them, each
// of which has a table.
type deepGroup struct {
	points int

	above  []groupMember // lines of a bin: the member's bit if the way's splits on it are taken
	low    int           // members in the first half
	halves [2][]float64  // products at the points for every combination of a half
	worths []float64     // of each feature above, not taken and taken: (o-z) / (t o + (1-t) z) at the points

	below []groupMember
	table []float64 // a line of points numbers for the sum of the leaves, and for each member below
}

// maxPoints is how many points a way of deepColumns needs: a power of two.
const maxPoints = (deepColumns + 1) / 2

// deepGroup prepares the group of some neighbouring leaves whose splits below
// their common node are on the columns below.
func (m *explainMaker) deepGroup(ways []leafWay, below []int) deepGroup {
	longest := 0
	for i := range ways {
		longest = max(longest, len(ways[i].columns))
	}
	at, weights := gaussLegendre(points(longest))
	g := deepGroup{points: len(at)}
	found, members, numbers := m.findCells(below, ways, len(at)*(1+len(below)))
	g.below, g.table = members, make([]float64, numbers)
	for i := range ways {
		g.addWay(&ways[i], i, below, found, at)
	}
	g.addAbove(m.bins, &ways[0], below, at, weights)
	return g
}

// addAbove writes down what the features above the node multiply by.
func (g *deepGroup) addAbove(b *bins, way *leafWay, below []int, at, weights []float64) {
	var zero []float64
	for j, k := range way.columns {
		if slices.Contains(below, k) {
			continue
		}
		member := groupMember{column: k, lines: make([]uint16, int(b.columns[k].missing)+1)}
		for bin := range member.lines {
			member.lines[bin] = uint16(way.takes[j][bin/64]>>(bin%64)&1) << len(zero)
		}
		for _, one := range [2]bool{false, true} {
			for _, t := range at {
				g.worths = append(g.worths, worth(t, way.zero[j], one))
			}
		}
		g.above, zero = append(g.above, member), append(zero, way.zero[j])
	}
	g.low = len(zero) / 2
	for half, zero := range [2][]float64{zero[:g.low], zero[g.low:]} {
		for taken := range 1 << len(zero) {
			for q, t := range at {
				product := 1.0
				if half == 0 {
					product = weights[q]
				}
				for j, z := range zero {
					product *= factor(t, z, taken>>j&1 == 1)
				}
				g.halves[half] = append(g.halves[half], product)
			}
		}
	}
}

// addWay adds way number i to the table.
func (g *deepGroup) addWay(way *leafWay, i int, below []int, found []cells, at []float64) {
	var own []int // places in way of its columns below the node
	var member []int
	for j, k := range way.columns {
		if place, ok := slices.BinarySearch(below, k); ok {
			own, member = append(own, j), append(member, place)
		}
	}
	eachLine(found, func(line int, cell []int) {
		into := g.table[line*len(at)*(1+len(below)):]
		for q, t := range at {
			product := way.value
			for a, j := range own {
				product *= factor(t, way.zero[j], found[member[a]].taken[cell[member[a]]]>>i&1 == 1)
			}
			into[q] += product
			for a, j := range own {
				into[(1+member[a])*len(at)+q] += product * worth(t, way.zero[j], found[member[a]].taken[cell[member[a]]]>>i&1 == 1)
			}
		}
	})
}

// addDeep adds the values of a deep group for the first n rows.
func (b *explainBlock) addDeep(g *deepGroup, n int) {
	lines := b.find(g.below, b.lines[:n])
	q := g.points
	for i, taken := range b.find(g.above, b.above[:n]) {
		taken := int(taken)
		table := g.table[lines[i]:][:(1+len(g.below))*q]
		low := g.halves[0][taken&(1<<g.low-1)*q:][:q]
		high := g.halves[1][taken>>g.low*q:][:q]
		var above, product [maxPoints]float64
		for p, v := range low {
			above[p] = v * high[p]
			product[p] = above[p] * table[p]
		}
		for j, m := range g.above {
			b.phi[m.column*b.rows+i] += dot(g.worths[(2*j+taken>>j&1)*q:][:q], &product)
		}
		for j, m := range g.below {
			b.phi[m.column*b.rows+i] += dot(table[(1+j)*q:][:q], &above)
		}
	}
}

func dot(a []float64, b *[maxPoints]float64) float64 {
	var sum float64
	for p, v := range a {
		sum += v * b[p&(maxPoints-1)]
	}
	return sum
}
