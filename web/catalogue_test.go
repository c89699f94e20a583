package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast/web"
	"holdfast/web/catalogue"
)

// notYet are the pages and files whose texts have no translation yet. The list
// only ever becomes shorter: a new page is translated from its first day.
var notYet []string

// refusals are the files whose errors people read on pages.
var refusals = []string{
	"../access/door.go", "../access/presence.go", "../access/view.go", "../cmd/holdfast/desk.go", "../cmd/holdfast/desk_list_steer.go", "../cmd/holdfast/desk_models.go",
	"../cmd/holdfast/desk_policy.go", "../cmd/holdfast/desk_steer.go", "../cmd/holdfast/preview_cmd.go", "../interventions/apply.go", "../interventions/approval.go",
	"../interventions/correct.go", "../interventions/desk.go", "../interventions/dispositions.go", "../interventions/exclusion.go",
	"../interventions/fits.go", "../interventions/hold.go", "../interventions/machine.go", "../interventions/mail.go",
	"../interventions/pause.go", "../interventions/recommendation.go", "../interventions/request.go", "../interventions/resolve.go",
	"../interventions/revise.go", "../interventions/roster.go", "../interventions/steps.go", "../nightly/rerun.go",
	"../store/absent.go", "../store/approvals.go", "../store/consents.go", "../store/decisions.go", "../store/desk.go",
	"../store/desk_save.go", "../store/export_rows.go", "../store/facts.go", "../store/handled_lost.go", "../store/holds.go",
	"../store/jobs_end.go", "../store/messages.go", "../store/messages_arrived.go", "../store/models.go", "../store/pauses.go", "../store/publications.go",
	"../store/publications_again.go", "../store/publications_diff.go", "../store/publications_release.go", "../store/reads.go",
	"../store/rehearsals.go", "../store/revisions.go", "../store/risk.go", "../store/roster.go", "../store/runs.go",
	"../store/runs_drift.go", "../store/runs_shards.go", "../store/saved_views.go", "approvals.go", "attrition_people.go",
	"audit.go", "board_steer.go", "chosen.go", "customer.go", "day.go", "decisions.go", "desk.go", "floor.go", "found.go", "list_steer.go",
	"lost.go", "manager.go", "operator.go", "owners.go", "rehearsals.go", "release.go", "revisions.go", "roster.go", "routes.go",
	"scope.go", "server.go", "signin.go", "speech.go", "task.go", "thanks.go", "undo.go", "views.go", "wrapform.go",
}

// texts is every text that the pages can say, with where.
type texts map[string][]string

func (x texts) add(text, where string) { x[text] = append(x[text], where) }

// wanted says whether a text is to be translated: it is said somewhere else
// than on the pages of notYet.
func (x texts) wanted(text string) bool {
	return slices.ContainsFunc(x[text], func(where string) bool { return !slices.Contains(notYet, where) })
}

// TestCatalogue holds every language's file against what the pages say: each
// text is there, translated, and nothing else is.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	said := allTexts(t)
	var want []string
	for text := range said {
		if said.wanted(text) {
			want = append(want, text)
		}
	}
	if len(want) < 200 {
		t.Fatalf("only %d texts found", len(want))
	}
	all, err := catalogue.Languages()
	if err != nil {
		t.Fatal(err)
	}
	for code, l := range all {
		if len(l.Texts()) == 0 {
			continue // made by rule
		}
		path := filepath.Join("catalogue", code+".txt")
		if *update {
			old, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			head, _, _ := strings.Cut(string(old), "\n\n")
			if err := os.WriteFile(path, []byte(l.File(head+"\n", want)), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		for _, text := range want {
			if !l.Has(text) {
				t.Errorf("%s has no translation of %q (%s): run go test ./web -run TestCatalogue -update, and translate it", path, text, said[text][0])
			}
			if slices.Contains(said[text], "count") && l.Text(text) != text {
				t.Errorf("%s: %q is counted: give its forms", path, text)
			}
		}
		for _, text := range l.Texts() {
			if !said.wanted(text) {
				t.Errorf("%s: nothing says %q: take it out", path, text)
			}
		}
	}
}

// TestNotYetIsTrue: the list of what is not translated names what there is.
func TestNotYetIsTrue(t *testing.T) {
	t.Parallel()
	for _, name := range notYet {
		if _, err := os.Stat(filepath.Join("templates", name)); err != nil {
			t.Errorf("%s is no page any more: take it out of the list", name)
		}
	}
	if !slices.IsSorted(notYet) || !slices.IsSorted(refusals) {
		t.Error("sort the lists")
	}
}

// allTexts finds every text of the templates and of the Go files.
func allTexts(t *testing.T) texts {
	t.Helper()
	said := texts{}
	templates, err := fs.Glob(os.DirFS("templates"), "*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range templates {
		source, err := os.ReadFile(filepath.Join("templates", name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := catalogue.Rewrite(name, string(source), func(text string) string { said.add(text, name); return text }); err != nil {
			t.Fatal(err)
		}
		for _, noun := range countedIn(string(source)) {
			said.add("%s "+noun, "count")
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	pictures, err := filepath.Glob("../internal/picture/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Concat(files, pictures, refusals) {
		if !strings.HasSuffix(name, "_test.go") {
			said.fromGo(t, name)
		}
	}
	for text, where := range policyRefusals(t) {
		said.put(text, where)
	}
	for _, text := range web.Phrases() {
		said.add(text, "phrases")
	}
	return said
}

var counted = regexp.MustCompile(`\{\{[^}]*\bplural (?:\([^)]*\)|\S+) "([^"]+)"`)

// countedIn are the nouns that a template counts.
func countedIn(source string) []string {
	var nouns []string
	for _, m := range counted.FindAllStringSubmatch(source, -1) {
		nouns = append(nouns, m[1])
	}
	return nouns
}

// fromGo adds what a file looks up in the catalogue, the titles of its pages,
// and its refusals when they are read at the desk.
func (x texts) fromGo(t *testing.T, name string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		lit := func(i int) string {
			if i >= len(call.Args) {
				return ""
			}
			b, ok := call.Args[i].(*ast.BasicLit)
			if !ok || b.Kind != token.STRING {
				return ""
			}
			s, err := strconv.Unquote(b.Value)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		if f, ok := call.Fun.(*ast.Ident); ok && f.Name == "found" && slices.Contains(refusals, name) {
			x.put(lit(1), name)
		}
		fun, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		switch {
		case inLanguage(fun.X) && (fun.Sel.Name == "Text" || fun.Sel.Name == "Say"):
			x.put(lit(0), name)
		case inLanguage(fun.X) && fun.Sel.Name == "plural" && lit(1) != "":
			x.put("%s "+lit(1), "count")
		case inLanguage(fun.X) && fun.Sel.Name == "Count":
			x.put(lit(2), "count")
		case fun.Sel.Name == "show":
			x.put(lit(3), lit(2)+".html")
		case fun.Sel.Name == "frame":
			x.put(lit(1), name)
		case fun.Sel.Name == "New" && slices.Contains(refusals, name):
			if at, ok := fun.X.(*ast.Ident); ok && at.Name == "fault" {
				x.put(lit(1), name)
			}
		}
		return true
	})
}

func (x texts) put(text, where string) {
	if text != "" && text != "%s" {
		x.add(text, where)
	}
}

// inLanguage says whether an expression is the language of a request: in, r.in.
func inLanguage(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "in"
	case *ast.SelectorExpr:
		return e.Sel.Name == "in"
	}
	return false
}
