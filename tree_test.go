package holdfast_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A goFile is what the rules need to know of one file.
type goFile struct {
	path    string   // slash-separated, from the module's root
	pkg     string   // the folder of path
	test    bool     // path ends in _test.go
	imports []string // import paths
	names   []string // names said from imported packages: path.Name
	lines   int
	set     *token.FileSet
	syntax  *ast.File
}

// tree parses every Go file of the module. It reads the files itself rather
// than asking the go command, so that Go's test cache sees each change.
func tree(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() && name != "." && (base[0] == '.' || base[0] == '_' || base == "testdata" || base == "bin") {
			return fs.SkipDir
		}
		if d.IsDir() || path.Ext(base) != ".go" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		slashed := filepath.ToSlash(name)
		files = append(files, parse(t, path.Dir(slashed), slashed, string(text)))
		return nil
	})
	if err != nil {
		t.Fatalf("read the tree: %v", err)
	}
	if len(files) < 5 {
		t.Fatalf("only %d Go files found: the test does not see the tree", len(files))
	}
	return files
}

func parse(t *testing.T, pkg, name, text string) goFile {
	t.Helper()
	f := goFile{
		path: name, pkg: pkg, test: strings.HasSuffix(name, "_test.go"),
		lines: strings.Count(text, "\n"), set: token.NewFileSet(),
	}
	var err error
	f.syntax, err = parser.ParseFile(f.set, name, text, parser.ParseComments)
	if err != nil {
		t.Fatalf("parse %s: %v", name, err)
	}
	local := map[string]string{} // name in this file → import path
	for _, spec := range f.syntax.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		f.imports = append(f.imports, imported)
		local[nameOf(spec, imported)] = imported
	}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && local[x.Name] != "" {
				f.names = append(f.names, local[x.Name]+"."+sel.Sel.Name)
			}
		}
		return true
	})
	return f
}

// nameOf guesses the name that an import has in its file: the one given, else
// the last part of the path that is not a version.
func nameOf(spec *ast.ImportSpec, imported string) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	base := path.Base(imported)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(imported))
	}
	return base
}
