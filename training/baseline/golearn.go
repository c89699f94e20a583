package baseline

import (
	"context"
	"fmt"
	"math/rand/v2"
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

// grid is a table of codes as golearn keeps it. The class comes first, because
// golearn looks it up by walking the columns, for every row.
type grid struct {
	*base.DenseInstances
	class   base.AttributeSpec
	columns []base.AttributeSpec
}

func newGrid(columns, rows int) (*grid, error) {
	g := &grid{DenseInstances: base.NewDenseInstances(), columns: make([]base.AttributeSpec, columns)}
	class := base.NewCategoricalAttribute()
	class.SetName("left")
	class.GetSysValFromString(stayed) // names the classes in this order
	class.GetSysValFromString(left)
	g.class = g.AddAttribute(class)
	for j := range g.columns {
		g.columns[j] = g.AddAttribute(base.NewFloatAttribute(strconv.Itoa(j)))
	}
	if err := g.AddClassAttribute(class); err != nil {
		return nil, fmt.Errorf("lay out %d columns for golearn: %w", columns, err)
	}
	if err := g.Extend(rows); err != nil {
		return nil, fmt.Errorf("lay out %d rows for golearn: %w", rows, err)
	}
	return g, nil
}

// fill sets row r of the grid.
func (g *grid) fill(r int, codes []uint8, leaver bool) {
	for j, c := range codes {
		g.Set(g.columns[j], r, base.PackFloatToBytes(float64(c)))
	}
	class := uint64(0)
	if leaver {
		class = 1
	}
	g.Set(g.class, r, base.PackU64ToBytes(class))
}

// chooser is the rule by which golearn's trees split: golearn's information gain
// among columns drawn by our own seeded generator. It also says when to stop,
// which golearn's own generators cannot.
type chooser struct {
	ctx      context.Context
	late     func() bool // whether the time budget is spent
	random   *rand.Rand
	draw     int // columns looked at per split
	minRows  int // fewer are not split
	maxDepth int
	columns  int // at the root
	stopped  bool
	gain     trees.InformationGainRuleGenerator
}

// GenerateSplitRule returns golearn's best split of f, or nil for a leaf. golearn
// takes a column away from the branches below its split, so the columns that are
// missing tell the depth.
func (c *chooser) GenerateSplitRule(f base.FixedDataGrid) *trees.DecisionTreeRule {
	if c.stopped || c.ctx.Err() != nil || c.late() {
		c.stopped = true
		return nil
	}
	_, rows := f.Size()
	candidates := base.NonClassAttributes(f)
	if depth := c.columns - len(candidates); rows < c.minRows || depth >= c.maxDepth {
		return nil
	}
	for k := range min(c.draw, len(candidates)) {
		other := k + c.random.IntN(len(candidates)-k)
		candidates[k], candidates[other] = candidates[other], candidates[k]
	}
	return c.gain.GetSplitRuleFromSelection(candidates[:min(c.draw, len(candidates))], f)
}

// grow lets golearn grow one tree. What it reports by panicking becomes an error.
func grow(g *grid, rule *chooser) (root *trees.DecisionTreeNode, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, "golearn could not grow a tree: %v", p)
		}
	}()
	return trees.InferID3Tree(g, rule), nil
}
