package flat

import (
	"math"
	"slices"

	"holdfast/internal/tabular"
)

// bundles sums up the rows of one value of a column each.
type bundles struct {
	rows, left []int
}

// bundled gathers the rows by the values of a column of words or whole numbers.
// ok is false for other columns, and where hardly any value comes twice.
func (d *Data) bundled(c *tabular.TableColumn) (b bundles, ok bool) {
	switch {
	case c.Type == tabular.Words:
		b = bundles{make([]int, len(c.Words)), make([]int, len(c.Words))}
		for row, code := range c.Codes {
			if code >= 0 {
				b.rows[code]++
				b.left[code] += int(d.Y[row])
			}
		}
	case c.Whole:
		at := map[float64]int{}
		for row, v := range c.Numbers {
			if math.IsNaN(v) {
				continue
			}
			k, known := at[v]
			if !known {
				k = len(at)
				at[v] = k
				b.rows, b.left = append(b.rows, 0), append(b.left, 0)
			}
			b.rows[k]++
			b.left[k] += int(d.Y[row])
		}
	}
	repeated := 0
	for _, n := range b.rows {
		if n > 1 {
			repeated++
		}
	}
	return b, repeated >= fewestRows && 2*repeated >= len(b.rows)
}

// neverChanges says that the label is the same in all rows of a value, for every
// value, where by chance many would hold both leavers and stayers: of n rows of
// rate p, a share 1 − pⁿ − (1−p)ⁿ.
func (d *Data) neverChanges(b bundles) bool {
	p := float64(d.Left) / float64(len(d.Y))
	var expected float64
	mixed := 0
	for k, n := range b.rows {
		expected += 1 - math.Pow(p, float64(n)) - math.Pow(1-p, float64(n))
		if b.left[k] > 0 && b.left[k] < n {
			mixed++
		}
	}
	return expected >= fewestOfAKind && float64(mixed) <= 0.01*expected
}

// finalStatus says that a column which is not the id names customers with
// several rows each, all of which carry the label the customer ended with.
func (x *examiner) finalStatus(c *tabular.TableColumn) bool {
	if x.roles.ID != "" {
		return false
	}
	b, ok := x.d.bundled(c)
	return ok && x.d.neverChanges(b)
}

// repeatedStatus warns of a label that never changes within an id.
func (d *Data) repeatedStatus(id *tabular.TableColumn) {
	b, ok := d.bundled(id)
	if !ok || !d.neverChanges(b) {
		return
	}
	d.warn("the label %q never changes within an id, though %d ids have %.1f rows on average: it looks like the final status, written on every row, "+
		"so rows from long before a customer left already say that they will; make each row's label from the dates of its own period",
		d.Label, len(b.rows), float64(len(d.Y))/float64(len(b.rows)))
}

// group puts rows of one id together, and rows that are copies of each other.
func (d *Data) group(id *tabular.TableColumn) {
	rows := len(d.Y)
	var groups []int64
	if id != nil && len(id.Words) < rows {
		groups = make([]int64, rows)
		for row, code := range id.Codes {
			groups[row] = int64(code)
		}
	}
	first, copies := d.copies()
	if copies > 0 {
		share := float64(copies) / float64(rows)
		if share <= 0.5 {
			d.warn("%d of %d rows are copies of another row in all features and the label; copies are kept in one fold, so that none is judged by a model that has seen it", copies, rows)
			groups = joined(groups, first)
		} else {
			d.warn("%d of %d rows are copies of another row in all features and the label: the table has few different rows, and the figures say how well those are told apart", copies, rows)
		}
	}
	d.Group = groups
}

// copies gives for each row the first one that is the same, and how many rows
// have one before them.
func (d *Data) copies() (first []int, copies int) {
	seen := make(map[uint64]int, len(d.Y))
	first = make([]int, len(d.Y))
	for row, y := range d.Y {
		const prime = 0x9e3779b97f4a7c15
		h := uint64(y) + 1
		for _, v := range d.X.Row(row) {
			bits := math.Float64bits(v)
			h = (h ^ bits ^ bits>>32) * prime
			h ^= h >> 29
		}
		at, known := seen[h]
		if !known || d.Y[at] != y || !same(d.X.Row(at), d.X.Row(row)) {
			seen[h], at = row, row
		} else {
			copies++
		}
		first[row] = at
	}
	return first, copies
}

func same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(v, w float64) bool { return v == w || (math.IsNaN(v) && math.IsNaN(w)) })
}

// joined gives groups that hold both the rows of one group and the copies of
// one row.
func joined(groups []int64, first []int) []int64 {
	parent := make([]int, len(first))
	for row := range parent {
		parent[row] = row
	}
	root := func(row int) int {
		for parent[row] != row {
			parent[row] = parent[parent[row]]
			row = parent[row]
		}
		return row
	}
	firstOf := map[int64]int{}
	for row, at := range first {
		parent[root(row)] = root(at)
		if groups != nil {
			if other, known := firstOf[groups[row]]; known {
				parent[root(row)] = root(other)
			} else {
				firstOf[groups[row]] = row
			}
		}
	}
	out := make([]int64, len(first))
	for row := range out {
		out[row] = int64(root(row))
	}
	return out
}
