package interventions

import (
	"maps"
	"slices"

	"github.com/expr-lang/expr/ast"

	"holdfast/history"
	"holdfast/internal/fault"
)

// checkProtected refuses settings that would decide by a protected attribute.
func (c *Config) checkProtected() error {
	for i, name := range c.Protected {
		if name == "" || slices.Contains(c.Protected[:i], name) {
			return fault.New(fault.Invalid, "protected_attributes[%d] is %q: name each attribute once", fault.Exact(i), name)
		}
	}
	if c.SegmentAttribute != "" && slices.Contains(c.Protected, c.SegmentAttribute) {
		return fault.New(fault.Invalid, "segment_attribute is %q, which is protected: effects are learned by segment, so choose another", c.SegmentAttribute)
	}
	return nil
}

// named finds the names that an expression speaks of.
type named struct {
	protected []string
	found     string
}

// Visit looks at one node; a name may stand behind a dot or in brackets.
func (n *named) Visit(node *ast.Node) {
	text := ""
	switch at := (*node).(type) {
	case *ast.StringNode:
		text = at.Value
	case *ast.ConstantNode:
		text, _ = at.Value.(string)
	}
	if text != "" && slices.Contains(n.protected, text) {
		n.found = text
	}
}

// usable are a customer's attributes without the protected ones: not even an
// expression that puts a name together can see them.
func (p *Policy) usable(attributes map[string]string) map[string]string {
	for _, name := range p.cfg.Protected {
		if _, there := attributes[name]; there {
			out := maps.Clone(attributes)
			for _, name := range p.cfg.Protected {
				delete(out, name)
			}
			return out
		}
	}
	return attributes
}

// Protected lists the protected attributes.
func (p *Policy) Protected() []string { return p.cfg.Protected }

// profiling closes for who objects to being profiled: no score may choose them
// for anything. What is promised and service go ahead.
func (c *check) profiling() (string, bool) {
	if c.exempt() || c.a.Treatment.Purpose == PurposeService {
		return "", false
	}
	since, objects := history.ProfilingObjection(c.k.Consents)
	return "since " + localDay(since, c.zone), objects
}
