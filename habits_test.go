package holdfast_test

import (
	"go/ast"
	"go/token"
	"path"
	"strings"
	"testing"
)

const (
	maxFileLines     = 700
	maxFunctionLines = 90
)

func TestFilesAndFunctionsStaySmall(t *testing.T) {
	t.Parallel()
	for _, f := range tree(t) {
		if f.lines > maxFileLines {
			t.Errorf("%s has %d lines; split it by idea, %d is the most", f.path, f.lines, maxFileLines)
		}
		if f.test {
			continue
		}
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := f.set.Position(fn.End()).Line - f.set.Position(fn.Pos()).Line + 1; n > maxFunctionLines {
				t.Errorf("%s: %s has %d lines; %d is the most", f.path, fn.Name.Name, n, maxFunctionLines)
			}
		}
	}
}

// TestPackagesSayWhatTheyAre wants one package comment each, in the usual form.
func TestPackagesSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	said := map[string]int{}
	for _, f := range tree(t) {
		if f.test {
			continue
		}
		said[f.pkg] += 0
		if f.syntax.Doc == nil {
			continue
		}
		said[f.pkg]++
		want := "Package " + f.syntax.Name.Name + " "
		if f.syntax.Name.Name == "main" {
			want = "Command " + path.Base(f.pkg) + " "
		}
		if !strings.HasPrefix(f.syntax.Doc.Text(), want) {
			t.Errorf("%s: the package comment must begin with %q", f.path, want)
		}
	}
	for pkg, n := range said {
		if n != 1 {
			t.Errorf("%s has %d package comments, want one, in doc.go", pkg, n)
		}
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	t.Parallel()
	for _, f := range tree(t) {
		if f.test || f.syntax.Name.Name == "main" {
			continue
		}
		for _, name := range undocumented(f.syntax) {
			t.Errorf("%s: %s is exported and has no comment", f.path, name)
		}
	}
}

func TestUndocumentedNamesAreSeen(t *testing.T) {
	t.Parallel()
	f := parse(t, "x", "x.go", `package x
type A int
// B is said.
type B int
func C() {}
func (A) D() {}
func (hidden) E() {}
type hidden int
// Said together.
const (
	F = 1
	G = 2
)
var H, i = 1, 2
`)
	if got := strings.Join(undocumented(f.syntax), " "); got != "A C D H" {
		t.Errorf("undocumented = %q, want %q", got, "A C D H")
	}
}

// undocumented lists the exported top-level names without a comment. A comment
// on a group speaks for all of the group.
func undocumented(file *ast.File) []string {
	var out []string
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Doc == nil && d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d))) {
				out = append(out, d.Name.Name)
			}
		case *ast.GenDecl:
			if d.Doc == nil && d.Tok != token.IMPORT {
				for _, s := range d.Specs {
					out = append(out, undocumentedIn(s)...)
				}
			}
		}
	}
	return out
}

func undocumentedIn(s ast.Spec) []string {
	var names []*ast.Ident
	switch s := s.(type) {
	case *ast.TypeSpec:
		if s.Doc == nil && s.Comment == nil {
			names = []*ast.Ident{s.Name}
		}
	case *ast.ValueSpec:
		if s.Doc == nil && s.Comment == nil {
			names = s.Names
		}
	}
	var out []string
	for _, n := range names {
		if n.IsExported() {
			out = append(out, n.Name)
		}
	}
	return out
}

// receiver names the type of a method's receiver.
func receiver(d *ast.FuncDecl) string {
	for x := d.Recv.List[0].Type; ; {
		switch y := x.(type) {
		case *ast.StarExpr:
			x = y.X
		case *ast.IndexExpr:
			x = y.X
		case *ast.IndexListExpr:
			x = y.X
		case *ast.Ident:
			return y.Name
		default:
			return ""
		}
	}
}
