package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast/web"
)

// sentenceFiles are the files whose sentences are kept in English and shown on
// pages.
var sentenceFiles = []string{"../nightly/check.go", "../training/due.go", "../training/riskrange.go", "../training/signs.go", "../training/small.go"}

// anyVerb is an argument of any kind.
var anyVerb = regexp.MustCompile(`%%|%[-+# 0]*[0-9.]*[a-zA-Z]`)

// TestWhatNightsWriteIsTold: every sentence that a night keeps has its format
// in the list that pages read it back by.
func TestWhatNightsWriteIsTold(t *testing.T) {
	t.Parallel()
	known := web.ToldFormats()
	for _, name := range sentenceFiles {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			fun, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			at := slices.Index([]string{"Sprintf", "New"}, fun.Sel.Name)
			if x, ok := fun.X.(*ast.Ident); !ok || at < 0 || at >= len(call.Args) || (x.Name != "fmt" && x.Name != "fault") {
				return true
			}
			format := anyVerb.ReplaceAllStringFunc(folded(t, call.Args[at]), func(verb string) string {
				switch verb[len(verb)-1] {
				case '%':
					return "%"
				case 'd', 'f', 'g':
					return "%d"
				}
				return "%s"
			})
			if format = strings.TrimSuffix(format, "."); strings.Contains(strings.ReplaceAll(format, "%d %", ""), " ") && !strings.Contains(format, "most of all") && !strings.Contains(format, "%d%s") && !slices.Contains(known, format) {
				t.Errorf("%s writes %q", name, format)
			}
			return true
		})
	}
}

// folded is a literal, or several that are put together.
func folded(t *testing.T, e ast.Expr) string {
	t.Helper()
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		return s
	case *ast.BinaryExpr:
		return folded(t, e.X) + folded(t, e.Y)
	}
	return ""
}

// TestWhatWasWrittenIsTold in German: whole sentences, several together, with
// dates, amounts and nouns in them; what people wrote stays.
func TestWhatWasWrittenIsTold(t *testing.T) {
	t.Parallel()
	for kept, want := range map[string]string{
		"": "",
		"No purchase for 74 days; usually every 21":                   "Seit 74 Tagen ohne Kauf; sonst alle 21",
		"No purchase for 1 day":                                       "Seit 1 Tag ohne Kauf",
		"3 purchases in 90 days; 12 in the 90 before":                 "3 Käufe in 90 Tagen; 12 in den 90 davor",
		"Purchases worth £1,284.50 in 365 days":                       "Käufe für 1.284,50\u00a0£ in 365 Tagen",
		"Latest purchases: 4 Mar 2011 (£35.20), 11 Feb 2011 (£12)":    "Käufe zuletzt: 4. Mär 2011 (35,20\u00a0£), 11. Feb 2011 (12\u00a0£)",
		"the champion is 12 days old and its scores have not drifted": "das amtierende Modell ist 12 Tage alt, und seine Bewertungen haben sich nicht verschoben",
		"check, shard 0: the list grew from 90 to 1200 contacts: look at `holdfast list show`; `holdfast list release` publishes it as it is": "Prüfung, Teil 0: die Liste wuchs von 90 auf 1.200 Kontakte: Sehen Sie `holdfast list show` an; `holdfast list release` veröffentlicht sie, wie sie ist",
		"no purchase in 180 days": "in 180 Tagen ohne Kauf",
		"Ann said: call me later": "Ann said: call me later",
	} {
		if got := web.Told(t, "de", kept); got != want {
			t.Errorf("%q is told as %q, want %q", kept, got, want)
		}
		if got := web.Told(t, "en", kept); got != strings.Replace(kept, "1200", "1,200", 1) {
			t.Errorf("%q is told in English as %q", kept, got)
		}
	}
}
