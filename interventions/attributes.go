package interventions

import (
	"fmt"
	"slices"
	"text/template"
	"text/template/parse"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// Use is a place of the configuration that speaks of a profile attribute.
type Use struct {
	Field     string // such as treatments[0].relevance
	Attribute string
}

// Uses lists the profile attributes that a configuration speaks of, with their
// places: in settings, in expressions and in templates. What stands there by
// default is left out.
func (c *Config) Uses() (uses []Use) {
	usual := DefaultConfig()
	for _, u := range []struct{ field, name, usual string }{
		{"segment_attribute", c.SegmentAttribute, usual.SegmentAttribute},
		{"zone_attribute", c.ZoneAttribute, usual.ZoneAttribute},
		{"language_attribute", c.LanguageAttribute, usual.LanguageAttribute},
		{"recognition_attribute", c.RecognitionAttribute, usual.RecognitionAttribute},
	} {
		if u.name != "" && u.name != u.usual {
			uses = append(uses, Use{u.field, u.name})
		}
	}
	for i, name := range c.Protected {
		uses = append(uses, Use{fmt.Sprintf("protected_attributes[%d]", i), name})
	}
	for i := range c.Treatments {
		at := fmt.Sprintf("treatments[%d].", i)
		for _, u := range c.Treatments[i].uses() {
			uses = append(uses, Use{at + u.Field, u.Attribute})
		}
	}
	return uses
}

func (t *Treatment) uses() (uses []Use) {
	add := func(field string, names []string) {
		for _, name := range names {
			uses = append(uses, Use{field, name})
		}
	}
	if o := t.Offer; o != nil {
		for _, u := range []Use{{"offer.held_attribute", o.HeldAttribute}, {"offer.limit_attribute", o.LimitAttribute}} {
			if u.Attribute != "" {
				uses = append(uses, u)
			}
		}
	}
	for _, part := range parts {
		add(string(part), spoken(t.expression(part)))
	}
	all, err := compileLanguages(t)
	if err != nil {
		return uses // which is said where it is checked
	}
	for _, name := range append([]string{""}, sortedKeys(t.Texts)...) {
		s, at := all.own, ""
		if name != "" {
			s, at = all.others[name], "texts."+name+"."
		}
		for _, f := range []struct {
			name string
			from *template.Template
		}{{"script", s.script}, {"subject", s.subject}, {"body", s.body}} {
			if f.from != nil {
				add(at+f.name, filledIn(f.from.Root))
			}
		}
	}
	return uses
}

// spoken are the attributes that an expression speaks of.
func spoken(text string) []string {
	tree, err := parser.Parse(text)
	if text == "" || err != nil {
		return nil
	}
	seen := &speaker{}
	ast.Walk(&tree.Node, seen)
	return seen.names
}

// speaker finds attributes["name"], attributes.name and "name" in attributes.
type speaker struct{ names []string }

// Visit looks at one node of an expression.
func (s *speaker) Visit(node *ast.Node) {
	of, name := ast.Node(nil), ast.Node(nil)
	switch at := (*node).(type) {
	case *ast.MemberNode:
		of, name = at.Node, at.Property
	case *ast.BinaryNode:
		if at.Operator == "in" {
			of, name = at.Right, at.Left
		}
	}
	known, is := of.(*ast.IdentifierNode)
	text, said := name.(*ast.StringNode)
	if is && said && known.Value == "attributes" && !slices.Contains(s.names, text.Value) {
		s.names = append(s.names, text.Value)
	}
}

// filledIn are the attributes that a piece of a template speaks of, as
// .Attributes.name or index .Attributes "name".
func filledIn(node parse.Node) (names []string) {
	var within []parse.Node
	switch at := node.(type) {
	case *parse.ListNode:
		if at != nil {
			within = at.Nodes
		}
	case *parse.ActionNode:
		within = []parse.Node{at.Pipe}
	case *parse.PipeNode:
		if at != nil {
			for _, c := range at.Cmds {
				within = append(within, c)
			}
		}
	case *parse.CommandNode:
		within = at.Args
		if name, is := indexed(at.Args); is {
			names = append(names, name)
		}
	case *parse.FieldNode:
		names = attributeIn(at.Ident)
	case *parse.VariableNode:
		names = attributeIn(at.Ident[1:])
	case *parse.IfNode:
		within = []parse.Node{at.Pipe, at.List, at.ElseList}
	case *parse.RangeNode:
		within = []parse.Node{at.Pipe, at.List, at.ElseList}
	case *parse.WithNode:
		within = []parse.Node{at.Pipe, at.List, at.ElseList}
	}
	for _, n := range within {
		names = append(names, filledIn(n)...)
	}
	return names
}

func attributeIn(path []string) []string {
	if len(path) == 2 && path[0] == "Attributes" {
		return path[1:]
	}
	return nil
}

// indexed is the attribute of: index .Attributes "name".
func indexed(args []parse.Node) (string, bool) {
	if len(args) != 3 {
		return "", false
	}
	call, is := args[0].(*parse.IdentifierNode)
	of, isField := args[1].(*parse.FieldNode)
	name, isText := args[2].(*parse.StringNode)
	if !is || call.Ident != "index" || !isField || !slices.Equal(of.Ident, []string{"Attributes"}) || !isText {
		return "", false
	}
	return name.Text, true
}
