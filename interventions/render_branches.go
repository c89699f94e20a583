package interventions

import (
	"fmt"
	"reflect"
	"text/template"
	"text/template/parse"
)

// A template that is tried with one letter shows what that letter shows: a field
// in a branch that it does not take is met in the night. So every branch is gone
// through by what is written there.

// misnamed is the first field of a template that no Letter has, in words; empty
// where there is none.
func misnamed(t *template.Template) string {
	for _, each := range t.Templates() {
		whole := letterType
		if each.Name() != t.Name() { // called with what is said where it is called
			whole = nil
		}
		if each.Tree != nil {
			f := templateFields{tree: each.Tree, whole: whole}
			if why := f.within(each.Root, whole); why != "" {
				return why
			}
		}
	}
	return ""
}

var letterType = reflect.TypeFor[Letter]()

// templateFields looks through a template's pieces. Types are nil where they are not
// known, and then nothing is said.
type templateFields struct {
	tree  *parse.Tree
	whole reflect.Type // of $
}

// within looks through a piece in which dot is of a type.
func (f templateFields) within(node parse.Node, dot reflect.Type) string {
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
				if why := f.each(c.Args, dot); why != "" {
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
		if why := f.within(at.List, f.typeOf(at.Pipe, dot)); why != "" {
			return why
		}
		return f.each([]parse.Node{at.Pipe, at.ElseList}, dot)
	case *parse.RangeNode:
		if why := f.within(at.List, nil); why != "" {
			return why
		}
		return f.each([]parse.Node{at.Pipe, at.ElseList}, dot)
	}
	return ""
}

func (f templateFields) each(nodes []parse.Node, dot reflect.Type) string {
	for _, n := range nodes {
		if why := f.within(n, dot); why != "" {
			return why
		}
	}
	return ""
}

// path follows fields from a type on.
func (f templateFields) path(node parse.Node, from reflect.Type, names []string) string {
	for _, name := range names {
		next, ok := fieldType(from, name)
		if !ok {
			place, _ := f.tree.ErrorContext(node)
			return fmt.Sprintf("%s: there is no field %s in %s", place, name, node)
		}
		from = next
	}
	return ""
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
