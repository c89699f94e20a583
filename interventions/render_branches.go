package interventions

import (
	"reflect"
	"text/template"
	"text/template/parse"

	"holdfast/internal/fault"
)

// A template that is tried with one letter shows what that letter shows: a field
// in a branch that it does not take is met in the night. So every branch is gone
// through by what is written there.

// misnamed refuses the first field of a template that no Letter has.
func misnamed(t *template.Template) error {
	for _, each := range t.Templates() {
		whole := letterType
		if each.Name() != t.Name() { // called with what is said where it is called
			whole = nil
		}
		if each.Tree != nil {
			f := templateFields{tree: each.Tree, whole: whole}
			if why := f.within(each.Root, whole); why != nil {
				return why
			}
		}
	}
	return nil
}

var letterType = reflect.TypeFor[Letter]()

// templateFields looks through a template's pieces. Types are nil where they are not
// known, and then nothing is said.
type templateFields struct {
	tree  *parse.Tree
	whole reflect.Type // of $
}

// within looks through a piece in which dot is of a type.
func (f templateFields) within(node parse.Node, dot reflect.Type) error {
	switch at := node.(type) {
	case *parse.ListNode:
		if at != nil {
			return f.each(at.Nodes, dot)
		}
	case *parse.ActionNode:
		return f.within(at.Pipe, dot)
	case *parse.TemplateNode:
		return f.within(at.Pipe, dot)
	case *parse.PipeNode:
		if at != nil {
			for _, c := range at.Cmds {
				if why := f.each(c.Args, dot); why != nil {
					return why
				}
			}
		}
	case *parse.FieldNode:
		return f.path(at, dot, at.Ident)
	case *parse.VariableNode:
		if at.Ident[0] == "$" {
			return f.path(at, f.whole, at.Ident[1:])
		}
	case *parse.IfNode:
		return f.each([]parse.Node{at.Pipe, at.List, at.ElseList}, dot)
	case *parse.WithNode:
		if why := f.within(at.List, f.typeOf(at.Pipe, dot)); why != nil {
			return why
		}
		return f.each([]parse.Node{at.Pipe, at.ElseList}, dot)
	case *parse.RangeNode:
		if why := f.within(at.List, nil); why != nil {
			return why
		}
		return f.each([]parse.Node{at.Pipe, at.ElseList}, dot)
	}
	return nil
}

func (f templateFields) each(nodes []parse.Node, dot reflect.Type) error {
	for _, n := range nodes {
		if why := f.within(n, dot); why != nil {
			return why
		}
	}
	return nil
}

// path follows fields from a type on.
func (f templateFields) path(node parse.Node, from reflect.Type, names []string) error {
	for _, name := range names {
		next, ok := fieldType(from, name)
		if !ok {
			place, _ := f.tree.ErrorContext(node)
			return fault.New(fault.Invalid, "%s: there is no field %s in %s", place, name, node.String())
		}
		from = next
	}
	return nil
}

// fieldType is the type of a field; false says that there is no such field.
func fieldType(from reflect.Type, name string) (reflect.Type, bool) {
	switch {
	case from == nil:
		return nil, true
	case from.Kind() == reflect.Map:
		return from.Elem(), true
	case from.Kind() != reflect.Struct:
		return nil, false
	}
	field, ok := from.FieldByName(name)
	return field.Type, ok
}

// typeOf is the type of a pipe that is one field, or nil.
func (f templateFields) typeOf(pipe *parse.PipeNode, dot reflect.Type) reflect.Type {
	if len(pipe.Decl) > 0 || len(pipe.Cmds) != 1 || len(pipe.Cmds[0].Args) != 1 {
		return nil
	}
	field, is := pipe.Cmds[0].Args[0].(*parse.FieldNode)
	if !is {
		return nil
	}
	for _, name := range field.Ident {
		dot, _ = fieldType(dot, name)
	}
	return dot
}
