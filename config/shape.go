package config

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"holdfast/internal/fault"
)

// misfit is the first place where the file and the Config differ in shape.
type misfit struct {
	at  ast.Node
	why error
}

// in is the refusal of the text that it was found in.
func (m *misfit) in(name string) error {
	line, column := place(m.at)
	return at(name, line, column, m.why)
}

// fits compares a node with the type it will be read into, deeper than the
// decoder does: it names the keys that there are, refuses 7.5 where a whole
// number belongs, and knows where a bad duration stands. The decoder runs after
// it and has the last word.
func fits(node ast.Node, t reflect.Type, path string) *misfit {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch n := node.(type) {
	case *ast.NullNode, *ast.AliasNode, *ast.TagNode, nil:
		return nil
	case *ast.AnchorNode:
		return fits(n.Value, t, path)
	case *ast.MappingValueNode: // a mapping with one key
		return fitsMapping(n, []*ast.MappingValueNode{n}, t, path)
	case *ast.MappingNode:
		return fitsMapping(n, n.Values, t, path)
	case *ast.SequenceNode:
		if t.Kind() != reflect.Slice {
			return &misfit{n, misfits(path, fault.New(fault.Invalid, "is a list; write %w", wanted(t)))}
		}
		for i, v := range n.Values {
			if m := fits(v, t.Elem(), fmt.Sprintf("%s[%d]", path, i)); m != nil {
				return m
			}
		}
		return nil
	}
	return fitsScalar(node, t, path)
}

func fitsMapping(at ast.Node, values []*ast.MappingValueNode, t reflect.Type, path string) *misfit {
	if t.Kind() != reflect.Struct && t.Kind() != reflect.Map {
		return &misfit{at, fault.New(fault.Invalid, "%s has keys of its own; write %w", path, wanted(t))}
	}
	for _, v := range values {
		if v.Key.IsMergeKey() {
			continue
		}
		key := v.Key.GetToken().Value
		var of reflect.Type
		if t.Kind() == reflect.Map {
			of = t.Elem()
		} else if f, ok := fieldOfKey(t, key); ok {
			of = f
		} else {
			return &misfit{v.Key, noKey(path, key, strings.Join(keysOf(t), ", "))}
		}
		if m := fits(v.Value, of, strings.TrimPrefix(path+"."+key, ".")); m != nil {
			return m
		}
	}
	return nil
}

func noKey(path, key, keys string) error {
	if path == "" {
		return fault.New(fault.Invalid, "there is no key %q; the keys are %s", key, keys)
	}
	return fault.New(fault.Invalid, "%s has no key %q; the keys are %s", path, key, keys)
}

// misfits says what is wrong with a part of the file, or with the file itself.
func misfits(path string, why error) error {
	if path == "" {
		return fault.New(fault.Invalid, "the file %w", why)
	}
	return fault.New(fault.Invalid, "%s %w", path, why)
}

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

func fitsScalar(node ast.Node, t reflect.Type, path string) *misfit {
	value := node.GetToken().Value
	bad := func() *misfit {
		return &misfit{node, misfits(path, fault.New(fault.Invalid, "is %q; write %w", value, instead(t, path, value)))}
	}
	switch {
	case reflect.PointerTo(t).Implements(textUnmarshaler):
		if err := yaml.NodeToValue(node, reflect.New(t).Interface()); err != nil {
			return &misfit{node, fault.New(fault.Invalid, "%s: %s", path, oneLine(err.Error()))}
		}
		return nil
	case t == reflect.TypeFor[time.Duration]():
		if _, err := time.ParseDuration(value); err != nil {
			return bad()
		}
		return nil
	}
	ok := true
	switch t.Kind() {
	case reflect.Int, reflect.Int64:
		_, ok = node.(*ast.IntegerNode)
	case reflect.Uint64:
		_, ok = node.(*ast.IntegerNode)
		ok = ok && !strings.HasPrefix(value, "-")
	case reflect.Float64:
		_, whole := node.(*ast.IntegerNode)
		_, part := node.(*ast.FloatNode)
		ok = whole || part
	case reflect.Bool:
		_, ok = node.(*ast.BoolNode)
	case reflect.Slice, reflect.Map, reflect.Struct:
		ok = false
	}
	if !ok {
		return bad()
	}
	return nil
}

// wanted says what belongs into a type: part of a refusal, so that pages say it
// in the reader's language.
func wanted(t reflect.Type) error {
	if t == reflect.TypeFor[time.Duration]() {
		return fault.New(fault.Invalid, "a duration such as 30s or 10m")
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int64:
		return fault.New(fault.Invalid, "a whole number")
	case reflect.Uint64:
		return fault.New(fault.Invalid, "a whole number from 0")
	case reflect.Float64:
		return fault.New(fault.Invalid, "a number")
	case reflect.Bool:
		return fault.New(fault.Invalid, "true or false")
	case reflect.Slice:
		return fault.New(fault.Invalid, "a list")
	case reflect.Struct:
		return fault.New(fault.Invalid, "the keys %s", strings.Join(keysOf(t), ", "))
	case reflect.Map:
		return fault.New(fault.Invalid, "keys with a value each")
	}
	return fault.New(fault.Invalid, "a text")
}

// fieldOfKey finds the type that a key of a struct is read into.
func fieldOfKey(t reflect.Type, key string) (reflect.Type, bool) {
	for f := range t.Fields() {
		if name, ok := keyOf(f); ok && name == key {
			return f.Type, true
		}
	}
	return nil, false
}

func keysOf(t reflect.Type) []string {
	var keys []string
	for f := range t.Fields() {
		if name, ok := keyOf(f); ok {
			keys = append(keys, name)
		}
	}
	return slices.Clip(keys)
}

// keyOf is the key of a field in the file; fields without one are not read.
func keyOf(f reflect.StructField) (string, bool) {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if name == "" {
		name = strings.ToLower(f.Name)
	}
	return name, f.IsExported() && name != "-"
}

// shaped refuses a file whose shape is not the Config's.
func shaped(name string, body ast.Node) error {
	if m := fits(body, reflect.TypeFor[Config](), ""); m != nil {
		return m.in(name)
	}
	return nil
}
