package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/web/catalogue"
)

// policyRefusals are the formats that the text of a policy is refused with, and
// the file of each: those of every function and variable that reading a policy
// comes to, by name, in the two packages that do it, and of every Visit, which
// the readers of YAML and of expressions call.
func policyRefusals(t *testing.T) map[string]string {
	t.Helper()
	formats := map[string]string{}
	for dir, begin := range map[string]string{"../config": "ParsePolicy", "../interventions": "NewPolicy"} {
		named := declarations(t, dir)
		seen := map[string]bool{}
		if dir == "../config" {
			seen["Validate"] = true // checks the sections that nobody pastes
		}
		var follow func(name string)
		follow = func(name string) {
			if seen[name] {
				return
			}
			seen[name] = true
			for _, d := range named[name] {
				for _, format := range refusalsIn(d.node) {
					formats[format] = d.file
				}
				ast.Inspect(d.node, func(n ast.Node) bool {
					if id, ok := n.(*ast.Ident); ok {
						follow(id.Name)
					}
					return true
				})
			}
		}
		follow(begin)
		follow("Visit")
	}
	return formats
}

// declaration is a function or a variable of a package.
type declaration struct {
	file string
	node ast.Node
}

// declarations are those of a package, by name; methods of several types can
// have one.
func declarations(t *testing.T, dir string) map[string][]declaration {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string][]declaration{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				named[d.Name.Name] = append(named[d.Name.Name], declaration{file, d})
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok {
						for _, name := range v.Names {
							named[name.Name] = append(named[name.Name], declaration{file, v})
						}
					}
				}
			}
		}
	}
	return named
}

// TestEveryRefusalOfAPolicyIsTranslated: managers paste policies on a page, so
// none of what refuses them may be listed as English.
func TestEveryRefusalOfAPolicyIsTranslated(t *testing.T) {
	t.Parallel()
	all, err := catalogue.Languages()
	if err != nil {
		t.Fatal(err)
	}
	formats := policyRefusals(t)
	if len(formats) < 120 {
		t.Fatalf("only %d refusals found", len(formats))
	}
	for format, file := range formats {
		if !all["de"].Has(format) {
			t.Errorf("%s refuses a policy with %q, which has no German", file, format)
		}
	}
}
