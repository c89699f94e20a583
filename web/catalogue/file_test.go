package catalogue_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/fault"
	"holdfast/web/catalogue"
)

const small = `# Deutsch

%s promise
	one: %s Versprechen
	other: %s Versprechen

%s rings %s
	%[2]s wird von %[1]s angerufen

1,234.5
	1.234,5

2 Jan 2006, 15:04
	2. Jan 2006, 15:04

English
	Deutsch

Mar
	März

Untranslated

phone
	Telefon
`

func TestALanguageSays(t *testing.T) {
	t.Parallel()
	type code string
	de, err := catalogue.Parse("de", small)
	if err != nil {
		t.Fatal(err)
	}
	all, err := catalogue.Languages()
	if err != nil {
		t.Fatal(err)
	}
	en, at := all["en"], time.Date(2026, 3, 10, 9, 5, 0, 0, time.UTC)
	for _, c := range [][2]string{
		{de.Name(), "Deutsch"},
		{de.Code(), "de"},
		{de.Text("Untranslated"), "Untranslated"},
		{de.Text("not there"), "not there"},
		{de.Say("%s rings %s", "Ann", "Bob"), "Bob wird von Ann angerufen"},
		{de.Say("%s rings %s", "phone", code("phone")), "Telefon wird von phone angerufen"},
		{de.Count(1, "1", "%s promise"), "1 Versprechen"},
		{de.Count(1234, "1.234", "%s promise"), "1.234 Versprechen"},
		{de.Time(at, "2 Jan 2006, 15:04"), "10. März 2026, 09:05"},
		{de.Figures("−£1,234.50"), "−£1.234,50"},
		{en.Name(), "English"},
		{en.Code(), "en"},
		{en.Say("%s rings %s", "Ann", code("phone")), "Ann rings phone"},
		{en.Count(1, "1", "%s promise"), "1 promise"},
		{en.Count(0, "0", "%s promise"), "0 promises"},
		{en.Time(at, "2 Jan 2006, 15:04"), "10 Mar 2026, 09:05"},
		{en.Figures("1,234.5"), "1,234.5"},
	} {
		if c[0] != c[1] {
			t.Errorf("said %q, want %q", c[0], c[1])
		}
	}
}

func TestInventedTextsAreLongerAndMarked(t *testing.T) {
	t.Parallel()
	all, err := catalogue.Languages()
	if err != nil {
		t.Fatal(err)
	}
	xa := all[catalogue.Invented]
	text := "Nobody waits for an answer of {{.Name}}, <b>now</b> <kbd>n</kbd>."
	got := xa.Text(text)
	if !strings.HasPrefix(got, "[!! ") || !strings.HasSuffix(got, " !!]") || !strings.Contains(got, "{{.Name}}, <b>ñöŵ</b> <kbd>n</kbd>.") {
		t.Errorf("invented %q", got)
	}
	if n, m := len([]rune(got)), len([]rune(text)); n < m*13/10 {
		t.Errorf("%d runes of %d", n, m)
	}
	if got := xa.Text("– 12 %"); got != "– 12 %" {
		t.Errorf("nothing to read became %q", got)
	}
}

// TestFilesAreRefused: each mistake with what is said of it.
func TestFilesAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"b\n\tB\na\n":                      `line 3: "a" stands after "b"`,
		"a\n\tA\na\n":                      `line 3: "a" stands after "a"`,
		"\tA\n":                            "line 1: a translation without its text",
		"a\n\tA\n\tB\n":                    `line 3: "a" has two translations`,
		"a\n\tone: %s\n":                   `line 2: "%s" has %s, and its text has not`,
		"%s a\n\tone: %s A\n":              `"%s a" has 1 forms of one, other`,
		"%s a\n\tone: %s A\n\tone: %s A\n": "given twice",
		"%s a\n\tone: %s A\n\t%s A\n":      "a translation and forms",
		"%s a\n\tA\n":                      "1 times %s",
		"{{.X}} a\n\tA {{.Y}}\n":           "1 times {{.X}}",
		"a\n\tA {{.Y}}\n":                  "has {{.Y}}, and its text has not",
		"<b>a</b>\n\t<b>A\n":               "1 times </b>",
		"a\n\t<script>A\n":                 "has <script>",
		"a\n\tA <i onclick=x>\n":           "write no <",
		"a\n\t„A\" B\n":                    "write no <",
		"a\n\tA \n":                        "no spaces at its ends",
		"a\n\t\n":                          "no spaces at its ends",
	} {
		_, err := catalogue.Parse("de", text)
		if err == nil || !strings.Contains(err.Error(), want) || fault.Of(err) != fault.Invalid {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := catalogue.Parse("xx", ""); fault.Of(err) != fault.Invalid {
		t.Errorf("a language without plural forms: %v", err)
	}
}

// FuzzParse: what is read is written as it was, and reads as the same.
func FuzzParse(f *testing.F) {
	f.Add(small)
	f.Add("a\n\tone: b\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := catalogue.Parse("de", text)
		if err != nil {
			return
		}
		once := l.File("# head\n", l.Texts())
		again, err := catalogue.Parse("de", once)
		if err != nil {
			t.Fatalf("%q is not read: %v", once, err)
		}
		if d := cmp.Diff(once, again.File("# head\n", again.Texts())); d != "" {
			t.Fatal(d)
		}
	})
}
