package web_test

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/access"
	"holdfast/web"
)

// mark says to a spreadsheet that the file is UTF-8.
const mark = "\ufeff"

// awkward are names, and whether a spreadsheet could take them for a formula.
var awkward = []struct {
	name  string
	guard bool
}{
	{"Łukasz Żółć", false},
	{"عبد الرحمن بن محمد", false},
	{"\u200fמשה כהן\u200e", false},
	{"李小龍", false},
	{"😀", false},
	{"O’Connor, Zoë", false},
	{strings.Repeat("Anna-Maria von und zu ", 40), false},
	{`a "b" 'c'`, false},
	{`"`, false},
	{"first\nsecond,third", false},
	{"a;=1+1", false},
	{"'tis", false},
	{mark + "marked", false},
	{"-5.20", false},
	{`=HYPERLINK("http://bad.example")`, true},
	{"+44 20 7946", true},
	{"-1+1", true},
	{"@SUM(A1)", true},
	{"\t=1+1", true},
	{"\r=1+1", true},
	{"\n=1+1", true},
}

// TestAFilteredExportIsExact: every row of the filter and no other, in its
// order, with the names as they are, for a spreadsheet behind a mark, and with
// an apostrophe before what it could run.
func TestAFilteredExportIsExact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.risk = manyRisks(3 * len(awkward))
	written := map[string]string{}
	for i, a := range awkward {
		r := &w.risk[3*i]
		r.Name, r.Segment, written[a.name] = a.name, "awkward", a.name
		if a.guard {
			written[a.name] = "'" + a.name
		}
	}
	var want [][]string
	for _, r := range w.selected(web.RiskQuery{Segment: "awkward"}) {
		want = append(want, []string{r.Key, written[r.Name], "awkward"})
	}
	page := w.as(t, "mia").get("/risk.csv?segment=awkward").must(t, 200).body
	text, marked := strings.CutPrefix(page, mark)
	if got := threeColumns(t, text); !marked || len(want) != len(awkward) || cmp.Diff(want, got) != "" {
		t.Errorf("marked %v (-want +got)\n%s", marked, cmp.Diff(want, got))
	}
	answer := w.call(t, w.token(t, "mia", access.ScopeExport), "GET", "/api/v1/risk.csv?segment=awkward", "").must(t, 200).body
	if answer != text {
		t.Errorf("the API sends %q, the page without its mark %q", answer, text)
	}
}

// threeColumns are the key, the name and the segment of each row.
func threeColumns(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for _, name := range []string{"key", "name", "segment"} {
		if !slices.Contains(rows[0], name) {
			t.Fatalf("no column %s in %q", name, rows[0])
		}
	}
	for _, row := range rows[1:] {
		out = append(out, []string{row[slices.Index(rows[0], "key")], row[slices.Index(rows[0], "name")], row[slices.Index(rows[0], "segment")]})
	}
	return out
}

// TestEveryDownloadIsMarked: spreadsheets read every file of the pages as UTF-8.
func TestEveryDownloadIsMarked(t *testing.T) {
	t.Parallel()
	b, found := newWorld(t, busy).as(t, "adm"), 0
	for _, r := range web.Routes() {
		if method, path := filled(r.Pattern); method == "GET" && strings.HasSuffix(path, ".csv") {
			found++
			if got := b.get(path).must(t, 200).body; strings.Count(got, mark) != 1 || !strings.HasPrefix(got, mark) {
				t.Errorf("%s begins with %q", path, got[:20])
			}
		}
	}
	if found < 4 {
		t.Errorf("only %d downloads", found)
	}
}
