package model

// explainer holds what the Shapley values of a row need, prepared once.
//
// The value of feature i at a leaf of value v is
//
//	v (oᵢ - zᵢ) ∫₀¹ Π_{j≠i} (t oⱼ + (1-t) zⱼ) dt
//
// where the product is over the features on the way to the leaf, zⱼ is the share
// of the training rows that take j's splits on that way, and oⱼ is 1 if this row
// takes them and 0 if not. Only the oⱼ depend on the row. So neighbouring leaves
// are put in a group, the bins of each of the group's columns in cells that no oⱼ
// of the group tells apart, and the group's values are written down for every
// combination of cells: explaining a row is then looking up one line per group.
// Where that would be too many combinations, only those of the splits below the
// group's node are written down, and the integral is summed up for each row.
// Trees with more than deepColumns features on a way are walked.
type explainer struct {
	bins   *bins
	groups []leafGroup
	deep   []deepGroup
	walked []int32 // roots of trees without tables
}

// leafGroup is the leaves below one node.
type leafGroup struct {
	members []groupMember
	table   []float64 // a line of one number per member for every combination of cells
}

// groupMember is a column that some way to the group's leaves depends on.
type groupMember struct {
	column int      // of the bins
	lines  []uint16 // where the lines of a bin's cell lie, to be added up over members
}

// explainRows is how many rows are explained together: their bins and values stay
// in the cache while the tables pass by.
const explainRows = 256

// explain adds to phi the Shapley values of the sum of the leaves for every row of
// data, of width numbers each; phi has the same shape.
func (e *explainer) explain(t *Trees, data []float64, width int, phi []float64) {
	rows := len(data) / width
	if e.bins != nil {
		block := newExplainBlock(e, min(rows, explainRows))
		for from := 0; from < rows; from += explainRows {
			n := min(explainRows, rows-from)
			block.explain(data[from*width:(from+n)*width], width, phi[from*width:(from+n)*width])
		}
	}
	if len(e.walked) == 0 {
		return
	}
	w := newWalker(t)
	for i := range rows {
		for _, root := range e.walked {
			w.tree(root, data[i*width:(i+1)*width], phi[i*width:(i+1)*width])
		}
	}
}

// explainBlock is the work space of some rows, column by column.
type explainBlock struct {
	*explainer
	rows  int
	codes []uint16  // bins
	phi   []float64 // values so far
	lines []int32   // of the group at hand: where in the table
	above []int32   // of the deep group at hand
}

func newExplainBlock(e *explainer, rows int) *explainBlock {
	n := len(e.bins.columns) * rows
	return &explainBlock{
		explainer: e, rows: rows, codes: make([]uint16, n), phi: make([]float64, n),
		lines: make([]int32, rows), above: make([]int32, rows),
	}
}

func (b *explainBlock) explain(data []float64, width int, phi []float64) {
	n := len(data) / width
	clear(b.phi)
	for k := range b.bins.columns {
		c := &b.bins.columns[k]
		for i := range n {
			b.codes[k*b.rows+i] = c.bin(data[i*width+c.column])
		}
	}
	for g := range b.groups {
		if n == 1 {
			b.addOne(&b.groups[g])
		} else {
			b.add(&b.groups[g], n)
		}
	}
	for l := range b.deep {
		b.addDeep(&b.deep[l], n)
	}
	for k, c := range b.bins.columns {
		for i := range n {
			phi[i*width+c.column] += b.phi[k*b.rows+i]
		}
	}
}

// find sets lines to those of the first rows.
func (b *explainBlock) find(members []groupMember, lines []int32) []int32 {
	clear(lines)
	for _, m := range members {
		codes := b.codes[m.column*b.rows:][:len(lines)]
		for i, code := range codes {
			lines[i] += int32(m.lines[code])
		}
	}
	return lines
}

// add adds the values of one group for the first n rows.
func (b *explainBlock) add(g *leafGroup, n int) {
	lines := b.find(g.members, b.lines[:n])
	for k, m := range g.members {
		phi := b.phi[m.column*b.rows:][:len(lines)]
		table := g.table[k:]
		for i, at := range lines {
			phi[i] += table[at]
		}
	}
}

// addOne is add for the first row alone.
func (b *explainBlock) addOne(g *leafGroup) {
	at := 0
	for _, m := range g.members {
		at += int(m.lines[b.codes[m.column*b.rows]])
	}
	for k, v := range g.table[at : at+len(g.members)] {
		b.phi[g.members[k].column*b.rows] += v
	}
}

// leafValues writes to dst the values of one leaf for every combination of taken
// features: bit j of the combination is oⱼ; dst has len(zero) numbers for each.
func leafValues(value float64, zero []float64, points, weights, dst []float64) {
	d := len(zero)
	for taken := range 1 << d {
		into := dst[taken*d : (taken+1)*d]
		for q, t := range points {
			product := weights[q] * value
			for j, z := range zero {
				product *= factor(t, z, taken>>j&1 == 1)
			}
			for j, z := range zero {
				one := taken>>j&1 == 1
				f := factor(t, z, one)
				if one {
					into[j] += (1 - z) * product / f
				} else {
					into[j] -= z * product / f
				}
			}
		}
	}
}

// factor is t o + (1-t) z.
func factor(t, z float64, one bool) float64 {
	f := float64((1 - t) * z)
	if one {
		f += t
	}
	return f
}

// points returns how many points integrate a product over d features exactly but
// for one: n points of Gauss and Legendre are exact up to degree 2n-1.
func points(d int) int { return max(1, (d+1)/2) }
