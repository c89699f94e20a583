package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast/web/catalogue"
)

// englishRefusals lists, file by file, the refusals that stay English.
const (
	englishRefusals = "testdata/english_refusals.txt"
	englishHead     = `# Refusals that stay English, file by file, because nobody reads them on a page
# of their own work: those of the configuration, but for the policy, which is
# pasted on a page; of the command line, of databases and files that an
# operator mends there; of the API, which speaks English; and of what cannot be
# unless a program is wrong. What a page says is in catalogue/de.txt.
# go test ./web -run EveryRefusal -update writes the list anew.
`
)

// TestEveryRefusalIsTranslatedOrListed: a sentence that a package behind the
// pages refuses with is in the catalogue, or is listed as English on purpose.
// With -update the list is written; whoever adds a line to it says with it that
// nobody reads that sentence on a page.
func TestEveryRefusalIsTranslatedOrListed(t *testing.T) {
	t.Parallel()
	all, err := catalogue.Languages()
	if err != nil {
		t.Fatal(err)
	}
	german, found := all["de"], 0
	var english []string
	for _, dir := range []string{"access", "history", "interventions", "measurement", "nightly", "queue", "store", "web"} {
		files, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has %d files: %v", dir, len(files), err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, format := range refusalsOf(t, file) {
				found++
				if !german.Has(format) {
					english = append(english, strings.TrimPrefix(filepath.ToSlash(file), "../")+": "+format)
				}
			}
		}
	}
	if found < 400 {
		t.Fatalf("only %d refusals found", found)
	}
	slices.Sort(english)
	english = slices.Compact(english)
	if *update {
		if err := os.WriteFile(englishRefusals, []byte(englishHead+strings.Join(english, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	data, err := os.ReadFile(englishRefusals)
	if err != nil {
		t.Fatal(err)
	}
	list, headed := strings.CutPrefix(string(data), englishHead)
	if !headed {
		t.Errorf("%s does not begin with what it is", englishRefusals)
	}
	listed := strings.Split(strings.TrimSpace(list), "\n")
	for _, line := range english {
		if !slices.Contains(listed, line) {
			t.Errorf("%s\nis read in English: add its file to refusals in catalogue_test.go, or itself to fewRefusals, and translate it, or list it in %s (-update)", line, englishRefusals)
		}
	}
	for _, line := range listed {
		if !slices.Contains(english, line) {
			t.Errorf("%s: nothing says %q in English: take it out", englishRefusals, line)
		}
	}
}

// TestManagersAndOperatorsAreRefusedInTheirLanguage: by the pages' own forms and
// by what stands behind them.
func TestManagersAndOperatorsAreRefusedInTheirLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.config.Language = "de" })
	mia, oli := w.as(t, "mia"), w.as(t, "oli")
	for _, c := range []struct {
		b    *browser
		path string
		form url.Values
		want string
	}{
		{mia, "/board/pause", url.Values{"treatment": {"retention_call"}}, "Eine Pause braucht einen Grund"},
		{mia, "/board/pause", url.Values{"treatment": {"flowers"}, "reason": {"wrong prices"}}, "Es gibt keine Maßnahme &#34;flowers&#34;"},
		{mia, "/board/absent", url.Values{"name": {"ann"}}, "Eine Abwesenheit braucht einen Grund"},
		{mia, "/risk/chosen", url.Values{"do": {"exclude"}}, "Niemand wurde gewählt"},
		{mia, "/decisions/hold", url.Values{}, "Die nächste Liste zurückzuhalten braucht einen Grund"},
		{oli, "/decisions/hold/end", url.Values{}, "Niemand hält die nächste Liste von Hand zurück"},
		{oli, "/decisions/3/withdraw", url.Values{}, "„Liste zurücknehmen“ braucht einen Grund"},
		{oli, "/decisions/99/withdraw", url.Values{"reason": {"wrong prices"}}, "Diese Liste gibt es nicht"},
	} {
		if got := c.b.post(c.path, c.form); got.status < 400 || !strings.Contains(got.body, c.want) {
			t.Errorf("%s: %d, does not say %q:\n%s", c.path, got.status, c.want, got.body)
		}
	}
}

// TestADifferenceIsReadInTheReadersLanguage: gates and treatments in words.
func TestADifferenceIsReadInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.config.Language = "de" })
	w.as(t, "mia").get("/decisions/3/difference").must(t, 200,
		"zuvor: der letzte Kontakt ist zu kurz her", "zuvor: nicht auf dieser Liste", "jetzt: diese Arbeit ist offen").without(t, "cool off", "open work")
}

// refusalsOf are the formats that a file makes faults of.
func refusalsOf(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return refusalsIn(parsed)
}

// refusalsIn are those of a piece of source.
func refusalsIn(source ast.Node) (formats []string) {
	ast.Inspect(source, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) < 2 {
			return true
		}
		switch f := call.Fun.(type) {
		case *ast.SelectorExpr:
			if at, ok := f.X.(*ast.Ident); !ok || at.Name != "fault" || f.Sel.Name != "New" {
				return true
			}
		case *ast.Ident:
			if f.Name != "found" {
				return true
			}
		default:
			return true
		}
		if format := joined(call.Args[1]); format != "" && format != "%s" && format != "%w" {
			formats = append(formats, strings.ReplaceAll(format, "\n", " "))
		}
		return true
	})
	return formats
}

// joined is a text that the source writes in one piece or several; empty where
// it is made otherwise.
func joined(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return s
		}
	case *ast.BinaryExpr:
		if left, right := joined(e.X), joined(e.Y); left != "" && right != "" {
			return left + right
		}
	}
	return ""
}
