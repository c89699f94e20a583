package config

import (
	"bytes"
	"cmp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// MaxPolicy is the most that the text of a policy may be, in bytes.
const MaxPolicy = 64 << 10

// policyKey is the section that a policy is.
const policyKey = "interventions"

// ParsePolicy reads an interventions section, with its key and nothing beside
// it, over the defaults, and checks it with the rest of this configuration,
// which stays as it is. Every refusal is Invalid and begins with
// name:line:column, or with the line and the column in words where name is
// empty.
func (c *Config) ParsePolicy(name string, text []byte) (interventions.Config, error) {
	none := interventions.Config{}
	if len(text) > MaxPolicy {
		return none, fault.New(fault.Invalid, "%s has %d bytes: a policy may have %d at most", cmp.Or(name, policyKey), fault.Exact(len(text)), fault.Exact(MaxPolicy))
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return none, refused(name, err)
	}
	if len(bytes.TrimSpace(text)) == 0 || len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return none, at(name, 1, 1, fault.New(fault.Invalid, "nothing stands here; begin with %s: and write the treatments under it", policyKey))
	}
	if err := oneDocument(name, file); err != nil {
		return none, err
	}
	body := file.Docs[0].Body
	if err := onlyPolicy(name, body); err != nil {
		return none, err
	}
	if again := (aliases{}).in(body); again != nil {
		line, column := place(again)
		return none, at(name, line, column, fault.New(fault.Invalid, "what stands elsewhere is named here; write it out"))
	}
	if err := shaped(name, body); err != nil {
		return none, err
	}
	with := *c
	with.Interventions = interventions.DefaultConfig()
	if err := yaml.NodeToValue(body, &with, yaml.Strict()); err != nil {
		return none, refused(name, err)
	}
	err = under(policyKey, with.Interventions.Validate())
	if err == nil {
		err = with.agree()
	}
	if err != nil {
		line, column := locate(file, fieldOf(err))
		return none, at(name, line, column, err)
	}
	return with.Interventions, nil
}

// policyText cuts the section of the policy out of a configuration file: from
// the line of its key to the next line that begins at the margin, without the
// comments that stand before that one.
func policyText(file string) string {
	var section []string
	length := 0 // of the section without what may belong to the next
	for line := range strings.Lines(file) {
		margin := strings.TrimSpace(line) != "" && !strings.ContainsAny(line[:1], " \t")
		switch {
		case strings.HasPrefix(line, policyKey+":"):
			section = append(section, line)
		case len(section) == 0:
			continue
		case margin && line[0] != '#':
			return strings.Join(section[:length], "")
		default:
			section = append(section, line)
		}
		if margin == strings.HasPrefix(line, policyKey) && strings.TrimSpace(line) != "" {
			length = len(section)
		}
	}
	return strings.Join(section[:length], "")
}

// onlyPolicy refuses a text that is not one mapping of the section's key.
func onlyPolicy(name string, body ast.Node) error {
	var values []*ast.MappingValueNode
	switch n := body.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		line, column := place(body)
		return at(name, line, column, fault.New(fault.Invalid, "a policy is the section %s of a configuration; begin with %s:", policyKey, policyKey))
	}
	for _, v := range values {
		if key := v.Key.GetToken(); key.Value != policyKey {
			return at(name, key.Position.Line, key.Position.Column,
				fault.New(fault.Invalid, "%q stands here, and a policy is the section %s alone; take the others out", key.Value, policyKey))
		}
	}
	return nil
}

// aliases finds nodes that repeat others: a few lines of them can stand for
// more than memory holds.
type aliases struct{ found *ast.AliasNode }

func (a aliases) in(body ast.Node) ast.Node {
	ast.Walk(&a, body)
	if a.found == nil {
		return nil
	}
	return a.found
}

// Visit looks at one node.
func (a *aliases) Visit(node ast.Node) ast.Visitor {
	if n, ok := node.(*ast.AliasNode); ok && a.found == nil {
		a.found = n
	}
	return a
}
