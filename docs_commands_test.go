package holdfast_test

import (
	"go/ast"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A command is one subcommand as the source of cmd/holdfast makes it.
type command struct {
	name  string
	flags []string
	subs  []*command
}

func (c *command) sub(name string) *command {
	for _, s := range c.subs {
		if s.name == name {
			return s
		}
	}
	return nil
}

// commandLine reads which commands there are from the source, by following the
// functions that make them.
type commandLine struct {
	t     *testing.T
	funcs map[string]*ast.FuncDecl
}

func readCommandLine(t *testing.T) *command {
	t.Helper()
	l := commandLine{t, map[string]*ast.FuncDecl{}}
	for _, f := range tree(t) {
		if f.pkg != "cmd/holdfast" || f.test {
			continue
		}
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				l.funcs[fn.Name.Name] = fn
			}
		}
	}
	made := l.call("root", nil)
	if len(made) != 1 || len(made[0].subs) < 10 {
		t.Fatal("the commands cannot be read from cmd/holdfast: the test does not see them")
	}
	return made[0]
}

// call gives the commands that a function makes, given its string arguments.
func (l commandLine) call(name string, args []ast.Expr) []*command {
	fn := l.funcs[name]
	if fn == nil {
		return nil
	}
	words := map[string]string{} // parameter → the text given for it
	i := 0
	for _, p := range fn.Type.Params.List {
		for _, n := range p.Names {
			if i < len(args) {
				words[n.Name] = text(args[i], nil)
			}
			i++
		}
	}
	vars := map[string][]*command{}
	var out []*command
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if v, ok := n.Lhs[0].(*ast.Ident); ok && len(n.Rhs) == 1 {
				if made := l.made(n.Rhs[0], words, vars); made != nil {
					vars[v.Name] = made
				}
			}
		case *ast.CallExpr:
			l.method(n, words, vars)
		case *ast.ReturnStmt:
			if len(n.Results) == 1 {
				out = append(out, l.made(n.Results[0], words, vars)...)
			}
		case *ast.FuncLit:
			return false
		}
		return true
	})
	return out
}

// made gives the commands that an expression stands for.
func (l commandLine) made(e ast.Expr, words map[string]string, vars map[string][]*command) []*command {
	switch e := e.(type) {
	case *ast.Ident:
		return vars[e.Name]
	case *ast.UnaryExpr:
		return l.made(e.X, words, vars)
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.SelectorExpr); ok {
			return l.call(f.Sel.Name, e.Args)
		}
	case *ast.CompositeLit:
		if s, ok := e.Type.(*ast.SelectorExpr); !ok || s.Sel.Name != "Command" {
			var out []*command
			for _, x := range e.Elts {
				out = append(out, l.made(x, words, vars)...)
			}
			return out
		}
		for _, x := range e.Elts {
			if kv, ok := x.(*ast.KeyValueExpr); ok && kv.Key.(*ast.Ident).Name == "Use" {
				name, _, _ := strings.Cut(text(kv.Value, words), " ")
				return []*command{{name: name}}
			}
		}
	}
	return nil
}

// method follows c.AddCommand(…) and c.Flags().StringVar(…).
func (l commandLine) method(e *ast.CallExpr, words map[string]string, vars map[string][]*command) {
	f, ok := e.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	if v, ok := f.X.(*ast.Ident); ok && f.Sel.Name == "AddCommand" && len(vars[v.Name]) == 1 {
		for _, a := range e.Args {
			vars[v.Name][0].subs = append(vars[v.Name][0].subs, l.made(a, words, vars)...)
		}
	}
	flags, ok := f.X.(*ast.CallExpr)
	if !ok || len(e.Args) < 2 || !strings.Contains(f.Sel.Name, "Var") {
		return
	}
	if of, ok := flags.Fun.(*ast.SelectorExpr); ok && strings.HasSuffix(of.Sel.Name, "Flags") {
		if v, ok := of.X.(*ast.Ident); ok && len(vars[v.Name]) == 1 {
			vars[v.Name][0].flags = append(vars[v.Name][0].flags, text(e.Args[1], words))
		}
	}
}

// text is a string literal, or a parameter that was given one.
func text(e ast.Expr, words map[string]string) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value)
		return s
	case *ast.Ident:
		return words[e.Name]
	}
	return ""
}

var (
	invoked = regexp.MustCompile(`\bholdfast((?: [a-z][a-z-]*)+)`)
	flagged = regexp.MustCompile(`--([a-z-]+)`)
)

// wrong says what is wrong with a piece of code that may call the program.
func wrong(root *command, code string) string {
	m := invoked.FindStringSubmatchIndex(code)
	if m == nil {
		return ""
	}
	c, flags := root, append([]string{"help"}, root.flags...)
	for _, word := range strings.Fields(code[m[2]:m[3]]) {
		next := c.sub(word)
		if next == nil {
			if len(c.subs) > 0 && !takes(c) {
				return "holdfast " + strings.TrimSpace(code[m[2]:m[3]]) + ": there is no command " + word
			}
			break // an argument
		}
		c = next
		flags = append(flags, c.flags...)
	}
	for _, f := range flagged.FindAllStringSubmatch(code[m[1]:], -1) {
		if !slices.Contains(flags, f[1]) {
			return "holdfast " + c.name + " has no flag --" + f[1]
		}
	}
	return ""
}

// takes says whether a command with subcommands takes arguments of its own.
func takes(c *command) bool { return c.name == "import" }

func TestCommandsExist(t *testing.T) {
	t.Parallel()
	root := readCommandLine(t)
	seen := 0
	for _, d := range documents(t) {
		code := d.spans()
		for _, block := range append(d.blocks(""), d.blocks("sh")...) {
			for _, line := range strings.Split(block, "\n") {
				line, _, _ = strings.Cut(line, "#")
				code = append(code, line)
			}
		}
		for _, c := range code {
			if invoked.MatchString(c) {
				seen++
			}
			if w := wrong(root, c); w != "" {
				t.Errorf("%s: %s", d.path, w)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d commands found: the test does not see them", seen)
	}
	for code, want := range map[string]string{
		"holdfast fly":                      "holdfast fly: there is no command fly",
		"holdfast nightly fly":              "holdfast nightly fly: there is no command fly",
		"holdfast nightly run --soon":       "holdfast run has no flag --soon",
		"holdfast nightly run --dry-run":    "",
		"holdfast up --json":                "",
		"holdfast import orders o.csv":      "",
		"holdfast job list --state unknown": "",
	} {
		if got := wrong(root, code); got != want {
			t.Errorf("%s: got %q, want %q", code, got, want)
		}
	}
}
