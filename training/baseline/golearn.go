package baseline

import (
	"fmt"
	"math"
	"strconv"

	"github.com/sjwhitworth/golearn/base"
	"github.com/sjwhitworth/golearn/trees"

	"holdfast/internal/fault"
)

// The two classes, as golearn names them.
const (
	stayed = "0"
	left   = "1"
)

// split is what golearn made of a node's rows: a column (a position in the list it
// was given) and a threshold among its spread codes.
type split struct {
	column    int
	threshold float64
}

// grid is a table as golearn keeps it. golearn asks which column is the class,
// and where it is, for every row it reads: grid remembers.
type grid struct {
	*base.DenseInstances
	class   []base.Attribute
	at      base.AttributeSpec   // of the class
	names   []base.Attribute     // of the columns, in their order
	columns []base.AttributeSpec // where they are
}

// AllClassAttributes returns the one class.
func (g *grid) AllClassAttributes() []base.Attribute { return g.class }

// GetAttribute returns where a column is.
func (g *grid) GetAttribute(a base.Attribute) (base.AttributeSpec, error) {
	if a == g.class[0] {
		return g.at, nil
	}
	return g.DenseInstances.GetAttribute(a)
}

// newGrid lays out a table.
func newGrid(columns, rows int) (*grid, error) {
	class := base.NewCategoricalAttribute()
	class.SetName("left")
	class.GetSysValFromString(stayed) // names the classes in this order
	class.GetSysValFromString(left)
	g := &grid{
		DenseInstances: base.NewDenseInstances(), class: []base.Attribute{class},
		names: make([]base.Attribute, columns), columns: make([]base.AttributeSpec, columns),
	}
	g.at = g.AddAttribute(class)
	for j := range g.columns {
		g.names[j] = base.NewFloatAttribute(strconv.Itoa(j))
		g.columns[j] = g.AddAttribute(g.names[j])
	}
	if columns == 1 { // golearn does not split a table of one column: give it an empty one
		g.AddAttribute(base.NewFloatAttribute("empty"))
	}
	if err := g.AddClassAttribute(class); err != nil {
		return nil, fmt.Errorf("lay out %d columns for golearn: %w", columns, err)
	}
	if err := g.Extend(rows); err != nil {
		return nil, fmt.Errorf("lay out %d rows for golearn: %w", rows, err)
	}
	return g, nil
}

// spread is how far the values of one code reach above it.
const spread = .9

// fill sets the code of a column for all rows, whose classes are given.
//
// Ties mislead golearn: its search then skips thresholds, and may report one that
// parts the rows elsewhere than where it measured. So the rows of a code are
// spread over [code, code+spread), both classes evenly. The weighted entropy is
// concave in the counts, so its least value lies at an end of a code, or, the
// counts being whole, a row or so inside: codeOf takes the better end.
func (g *grid) fill(column int, codes, classes []uint8) {
	var count, seen [256][2]float64
	for k, c := range codes {
		count[c][classes[k]]++
	}
	for k, c := range codes {
		class := classes[k]
		place := (seen[c][class] + .5) / count[c][class]
		seen[c][class]++
		v := float64(c) + float64(spread*place) + float64(1e-7*float64(class))
		g.Set(g.columns[column], k, base.PackFloatToBytes(v))
	}
}

// codeOf returns the last code that goes left of a threshold of golearn's: the
// code it lies in or the one before, whichever tells the classes better apart.
func codeOf(threshold float64, codes, classes []uint8) int {
	code := int(threshold)
	if code > 0 && !(disorder(codes, classes, code) <= disorder(codes, classes, code-1)) {
		return code - 1
	}
	return code
}

// disorder is the entropy of the classes on the two sides of a code, in nats
// summed over the rows, and infinite if a side is empty.
func disorder(codes, classes []uint8, code int) float64 {
	var count [2][2]float64 // side, class
	for k, c := range codes {
		side := 0
		if int(c) > code {
			side = 1
		}
		count[side][classes[k]]++
	}
	var sum float64
	for _, n := range count {
		total := n[0] + n[1]
		if total == 0 {
			return math.Inf(1)
		}
		for _, v := range n {
			if v > 0 {
				sum -= v * math.Log(v/total)
			}
		}
	}
	return sum
}

// label sets whether a row left (1) or stayed (0).
func (g *grid) label(row int, class uint8) {
	g.Set(g.at, row, base.PackU64ToBytes(uint64(class)))
}

// once lets golearn split by information gain at the root and nowhere below. It
// hands golearn the columns in their order: golearn's own list comes from a map,
// so that of two columns that part the rows equally well it would take now one,
// now the other.
type once struct {
	done    bool
	columns []base.Attribute
	gain    trees.InformationGainRuleGenerator
}

// GenerateSplitRule returns golearn's best split of f the first time, and then nil.
func (o *once) GenerateSplitRule(f base.FixedDataGrid) *trees.DecisionTreeRule {
	if o.done {
		return nil
	}
	o.done = true
	return o.gain.GetSplitRuleFromSelection(o.columns, f)
}

// stump lets golearn grow a tree of one split; found is false if it saw none. What
// golearn reports by panicking becomes an error.
func stump(g *grid, counts [2]int) (s split, found bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, "golearn could not split a node: %v", p)
		}
	}()
	root := trees.InferID3Tree(g, &once{columns: g.names})
	if got := [2]int{root.ClassDist[stayed], root.ClassDist[left]}; got != counts {
		return split{}, false, fault.New(fault.Internal, "golearn counted %v rows by class, we %v", got, counts)
	}
	if root.Children == nil {
		return split{}, false, nil
	}
	name := root.SplitRule.SplitAttr.GetName()
	column, err := strconv.Atoi(name)
	if err != nil || column < 0 || column >= len(g.columns) {
		return split{}, false, fault.New(fault.Internal, "golearn split on %q, which is no column", name)
	}
	return split{column, root.SplitRule.SplitVal}, true, nil
}
