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
	at   ast.Node
	text string
}

func (m *misfit) Error() string {
	line, column := place(m.at)
	return fmt.Sprintf("%d:%d: %s", line, column, m.text)
}

// fits compares a node with the type it will be read into, deeper than the
// decoder does: it names the keys that there are, refuses 7.5 where a whole
// number belongs, and knows where a bad duration stands. The decoder runs after
// it and has the last word.
func fits(node ast.Node, t reflect.Type, path string) error {
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
			return &misfit{n, fmt.Sprintf("%s is a list; write %s", named(path), wanted(t))}
		}
		for i, v := range n.Values {
			if err := fits(v, t.Elem(), fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
		return nil
	}
	return fitsScalar(node, t, path)
}

func fitsMapping(at ast.Node, values []*ast.MappingValueNode, t reflect.Type, path string) error {
	if t.Kind() != reflect.Struct && t.Kind() != reflect.Map {
		return &misfit{at, fmt.Sprintf("%s has keys of its own; write %s", path, wanted(t))}
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
			return &misfit{v.Key, fmt.Sprintf("%s no key %q; the keys are %s", has(path), key, strings.Join(keysOf(t), ", "))}
		}
		if err := fits(v.Value, of, strings.TrimPrefix(path+"."+key, ".")); err != nil {
			return err
		}
	}
	return nil
}

func has(path string) string {
	if path == "" {
		return "there is"
	}
	return path + " has"
}

func named(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

func fitsScalar(node ast.Node, t reflect.Type, path string) error {
	value := node.GetToken().Value
	bad := func() error {
		return &misfit{node, fmt.Sprintf("%s is %q; write %s", named(path), value, instead(t, path, value))}
	}
	switch {
	case reflect.PointerTo(t).Implements(textUnmarshaler):
		if err := yaml.NodeToValue(node, reflect.New(t).Interface()); err != nil {
			return &misfit{node, fmt.Sprintf("%s: %s", path, oneLine(err.Error()))}
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

// wanted says in words what belongs into a type.
func wanted(t reflect.Type) string {
	if t == reflect.TypeFor[time.Duration]() {
		return "a duration such as 30s or 10m"
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Uint64:
		return "a whole number from 0"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Struct:
		return "the keys " + strings.Join(keysOf(t), ", ")
	case reflect.Map:
		return "keys with a value each"
	}
	return "text"
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
	if err := fits(body, reflect.TypeFor[Config](), ""); err != nil {
		return fault.New(fault.Invalid, "%s:%w", name, err)
	}
	return nil
}
