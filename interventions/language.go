package interventions

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"holdfast/internal/fault"
)

// What an expression may call. None of them gives another answer the second
// time, as the clock and the names of a map do, and none makes a list or a text
// longer than what it is given; loops stand in no other loop. So one run costs
// no more than the expression's length times what is known of the customer.
var (
	loops = []string{"all", "any", "none", "one", "count"}
	calls = []string{
		"abs", "ceil", "floor", "float", "hasPrefix", "hasSuffix", "indexOf", "int", "len", "lower", "max", "min", "round",
		"split", "string", "trim", "trimPrefix", "trimSuffix", "upper",
	}
)

// maxExpression bounds the length of an expression, in bytes.
const maxExpression = 4096

// compile reads an expression over Fields that says yes or no. The error gives
// line and column.
func compile(text string, protected []string) (*vm.Program, error) {
	if text == "" {
		return nil, nil
	}
	if len(text) > maxExpression {
		return nil, fault.New(fault.Invalid, "it has %d bytes: shorten it to %d", fault.Exact(len(text)), fault.Exact(maxExpression))
	}
	tree, err := parser.Parse(text)
	if err != nil {
		return nil, placed(err)
	}
	seen := &named{protected: protected}
	ast.Walk(&tree.Node, seen)
	if seen.found != "" {
		return nil, fault.New(fault.Invalid, "it uses the attribute %q, which is protected: take it out", seen.found)
	}
	if err := bounded(tree); err != nil {
		return nil, err
	}
	options := []expr.Option{expr.Env(Fields{}), expr.AsBool(), expr.DisableAllBuiltins()}
	for _, name := range slices.Concat(loops, calls) {
		options = append(options, expr.EnableBuiltin(name))
	}
	prog, err := expr.Compile(text, options...)
	if err != nil {
		return nil, placed(err)
	}
	return prog, nil
}

// bounded refuses what may take long or differ from run to run.
func bounded(tree *parser.Tree) error {
	found := &unbounded{}
	ast.Walk(&tree.Node, found)
	if found.why == nil {
		return nil
	}
	return where((&file.Error{Location: found.at}).Bind(tree.Source), found.why)
}

// unbounded finds the first such thing.
type unbounded struct {
	at  file.Location
	why error
}

// Visit looks at one node of an expression.
func (u *unbounded) Visit(node *ast.Node) {
	switch at := (*node).(type) {
	case *ast.BinaryNode:
		if at.Operator == ".." {
			u.refuse(at, fault.New(fault.Invalid, "there are no ranges: compare with %s and %s instead", "<", ">"))
		}
	case *ast.VariableDeclaratorNode:
		u.refuse(at, fault.New(fault.Invalid, "there is no let: write what it stands for"))
	case *ast.BuiltinNode:
		u.call(at)
	case *ast.CallNode:
		name, ok := at.Callee.(*ast.IdentifierNode)
		if !ok {
			u.refuse(at, fault.New(fault.Invalid, "only the functions of the list can be called"))
			return
		}
		u.known(at, name.Value)
	}
}

func (u *unbounded) call(at *ast.BuiltinNode) {
	u.known(at, at.Name)
	for _, arg := range at.Arguments {
		if p, ok := arg.(*ast.PredicateNode); ok {
			within := &nested{}
			ast.Walk(&p.Node, within)
			if within.name != "" {
				u.refuse(at, fault.New(fault.Invalid, "%s stands in %s: no loop stands in another, nor is a text split in one", within.name, at.Name))
			}
		}
	}
}

func (u *unbounded) known(at ast.Node, name string) {
	if !slices.Contains(loops, name) && !slices.Contains(calls, name) {
		u.refuse(at, fault.New(fault.Invalid, "there is no function %s; there are %s", name, strings.Join(slices.Concat(loops, calls), ", ")))
	}
}

func (u *unbounded) refuse(at ast.Node, why error) {
	if u.why == nil {
		u.at, u.why = at.Location(), why
	}
}

// nested finds a loop, or the making of a list.
type nested struct{ name string }

// Visit looks at one node of a predicate.
func (n *nested) Visit(node *ast.Node) {
	if at, ok := (*node).(*ast.BuiltinNode); ok && (at.Name == "split" || slices.Contains(loops, at.Name)) {
		n.name = at.Name
	}
}

// Part is what one of a treatment's three expressions is about.
type Part string

// The parts, in the order in which they are asked.
const (
	PartEligibility Part = "eligibility" // may customers like this one have it at all
	PartRelevance   Part = "relevance"   // does it answer their situation
	PartSuitability Part = "suitability" // is it good for them now
)

var parts = []Part{PartEligibility, PartRelevance, PartSuitability}

// expression is the text of one of the treatment's expressions; empty is always.
func (t *Treatment) expression(part Part) string {
	switch part {
	case PartEligibility:
		return t.Eligibility
	case PartSuitability:
		return t.Suitability
	}
	return t.Relevance
}

// lacks are the words before an expression that was not true.
var lacks = map[Part]string{
	PartEligibility: "not eligible: ", PartRelevance: "not relevant: ", PartSuitability: "not suitable: ",
}

// reasonLacking is the reason of a customer whom no treatment fits, by the part
// that the nearest of them lacks.
var reasonLacking = map[Part]string{
	PartEligibility: ReasonNotEligible, PartRelevance: ReasonNotRelevant, PartSuitability: ReasonNotSuitable,
}

// compileParts compiles a treatment's expressions, in the order of parts.
func compileParts(t *Treatment, protected []string) (out [3]*vm.Program, err error) {
	for i, part := range parts {
		if out[i], err = compile(t.expression(part), protected); err != nil {
			return out, fault.New(fault.Invalid, "%s of %s: %w", string(part), t.Name, err)
		}
	}
	return out, nil
}
