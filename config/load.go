package config

import (
	"bytes"
	"errors"
	"os"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"holdfast/internal/fault"
)

// Load reads the file over the defaults and checks it. Every refusal is
// Invalid and begins with file:line:column.
func Load(path string) (*Config, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fault.New(fault.Invalid, "there is no configuration file %s: run `holdfast init` to write one", path)
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "read the configuration: %w", err)
	}
	return Parse(path, text)
}

// Parse is Load for text that is already read; name stands in the refusals.
func Parse(name string, text []byte) (*Config, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, refused(name, err)
	}
	if err := oneDocument(name, file); err != nil {
		return nil, err
	}
	c := Default()
	if len(bytes.TrimSpace(text)) > 0 && len(file.Docs) == 1 && file.Docs[0].Body != nil {
		if err := shaped(name, file.Docs[0].Body); err != nil {
			return nil, err
		}
		if err := yaml.NodeToValue(file.Docs[0].Body, c, yaml.Strict()); err != nil {
			return nil, refused(name, err)
		}
	}
	if err := c.Validate(); err != nil {
		line, column := locate(file, fieldOf(err))
		return nil, at(name, line, column, err)
	}
	c.Hash, c.PolicyText = digest(text), policyText(string(text))
	return c, nil
}

// oneDocument refuses a text of several documents.
func oneDocument(name string, file *ast.File) error {
	if len(file.Docs) < 2 {
		return nil
	}
	return at(name, file.Docs[1].Start.Position.Line, 1, fault.New(fault.Invalid, "a second document begins; keep everything in one"))
}

// at puts the place in a text before what is wrong there, as editors read it;
// as people do in a text without a name, which somebody pasted.
func at(name string, line, column int, why error) error {
	if name == "" {
		return fault.New(fault.Invalid, "line %d, column %d: %w", fault.Line(line), fault.Exact(column), why)
	}
	return fault.New(fault.Invalid, "%s:%d:%d: %w", name, fault.Exact(line), fault.Exact(column), why)
}

var fieldPath = regexp.MustCompile(`^[a-z_][a-z0-9_]*(\[\d+\])?(\.[A-Za-z_][A-Za-z0-9_-]*(\[\d+\])?)*`)

// fieldOf reads the path at the start of a refusal: training.row_budget.
func fieldOf(err error) string { return fieldPath.FindString(err.Error()) }

// locate finds where the field stands, or the nearest thing around it that the
// file does say; 1:1 when it says nothing of the kind.
func locate(file *ast.File, field string) (line, column int) {
	for field != "" {
		if p, err := yaml.PathString("$." + field); err == nil {
			if node, err := p.FilterFile(file); err == nil && node != nil {
				return place(node)
			}
		}
		cut := strings.LastIndexAny(field, ".[")
		if cut < 0 {
			break
		}
		field = field[:cut]
	}
	return 1, 1
}

func place(node ast.Node) (line, column int) {
	if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 {
		node = m.Values[0].Key
	}
	pos := node.GetToken().Position
	return pos.Line, pos.Column
}

// under puts a section's name before the field that a refusal names.
func under(section string, err error) error {
	if err == nil {
		return nil
	}
	return fault.New(fault.Of(err), "%s.%w", section, err)
}
