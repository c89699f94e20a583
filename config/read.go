package config

import (
	"errors"
	"os"
	"reflect"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"holdfast/internal/fault"
)

// Read reads a small YAML file that is not the configuration, such as the
// parameters of a fit, into the struct that into points to. It is as strict as
// Load: every refusal is Invalid and begins with file:line:column.
func Read(path string, into any) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return fault.New(fault.Invalid, "%s is not there; check the path of the file", path)
	}
	if err != nil {
		return fault.New(fault.Invalid, "read %s: %w", path, err)
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return refused(path, err)
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return fault.New(fault.Invalid, "%s has to be one YAML document and is %d; write keys and values", path, len(file.Docs))
	}
	if m := fits(file.Docs[0].Body, reflect.TypeOf(into), ""); m != nil {
		return m.in(path)
	}
	if err := yaml.NodeToValue(file.Docs[0].Body, into, yaml.Strict()); err != nil {
		return refused(path, err)
	}
	return nil
}
