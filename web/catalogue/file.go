package catalogue

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"holdfast/internal/fault"
)

//go:embed *.txt
var files embed.FS

// entry is one translation: a text, or the forms of a counted noun.
type entry struct {
	text  string
	forms map[string]string // plural form → "%s words"
}

// forms are the plural forms of each language and the one that a count takes,
// after the Unicode CLDR's cardinal rules for whole numbers.
var forms = map[string]struct {
	names []string
	of    func(n int) string
}{
	"de": {[]string{"one", "other"}, func(n int) string {
		if n == 1 {
			return "one"
		}
		return "other"
	}},
}

func form(code string, n int) string { return forms[code].of(n) }

// Languages returns every language there is, by its code: English, those of
// the files, and the invented one that shows what is not translated. They are
// read once and are everybody's: nobody may change them.
func Languages() (map[string]*Language, error) { return languages() }

var languages = sync.OnceValues(readLanguages)

func readLanguages() (map[string]*Language, error) {
	all := map[string]*Language{"en": {}, Invented: {code: Invented, invent: invent}}
	names, err := fs.Glob(files, "*.txt")
	if err != nil {
		return nil, fmt.Errorf("list the catalogue: %w", err)
	}
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the catalogue: %w", err)
		}
		l, err := Parse(strings.TrimSuffix(name, ".txt"), string(text))
		if err != nil {
			return nil, fmt.Errorf("read the catalogue %s: %w", name, err)
		}
		all[l.code] = l
	}
	return all, nil
}

// Parse reads the file of a language: each text on a line, below it, after a
// tab, its translation, or one line for each form of a counted noun. Texts are
// sorted; one without a translation has none yet. Lines with # are remarks.
func Parse(code, text string) (*Language, error) {
	if _, ok := forms[code]; !ok {
		return nil, fault.New(fault.Invalid, "the plural forms of %q are not known", code)
	}
	l := &Language{code: code, entries: map[string]entry{}}
	key := ""
	for i, line := range strings.Split(text, "\n") {
		said, below := strings.CutPrefix(line, "\t")
		var err error
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case !below && line <= key:
			err = fault.New(fault.Invalid, "%q stands after %q: sort the texts, each once", line, key)
		case !below:
			key = line
			l.entries[key] = entry{}
		case key == "":
			err = fault.New(fault.Invalid, "a translation without its text")
		default:
			err = l.add(key, said)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	for key, e := range l.entries {
		if n := len(e.forms); n > 0 && n != len(forms[code].names) {
			return nil, fault.New(fault.Invalid, "%q has %d forms of %s", key, n, strings.Join(forms[code].names, ", "))
		}
	}
	return l, nil
}

// add takes one line of a translation.
func (l *Language) add(key, said string) error {
	e := l.entries[key]
	name, text, cut := strings.Cut(said, ": ")
	isForm := cut && slices.Contains(forms[l.code].names, name)
	switch {
	case isForm:
		said = text
		if e.forms == nil {
			e.forms = map[string]string{}
		}
		if e.forms[name] != "" {
			return fault.New(fault.Invalid, "the form %s of %q is given twice", name, key)
		}
		e.forms[name] = said
	case e.text != "":
		return fault.New(fault.Invalid, "%q has two translations", key)
	default:
		e.text = said
	}
	if e.text != "" && e.forms != nil {
		return fault.New(fault.Invalid, "%q has a translation and forms", key)
	}
	l.entries[key] = e
	return agree(key, said)
}

// parts are what a translation keeps of its text: actions, tags, places for
// arguments.
var parts = regexp.MustCompile(`\{\{.*?\}\}|</?[a-z]+>|%(?:\[\d+\])?[svdqwf]`)

var argument = regexp.MustCompile(`^%\[\d+\]`)

// agree is an error when a translation does not hold what its text holds: each
// action, each tag and each argument as often, and no mark-up of its own.
func agree(key, said string) error {
	want, got := partsOf(key), partsOf(said)
	for _, p := range slices.Sorted(maps.Keys(want)) {
		if got[p] == 0 || (!strings.HasPrefix(p, "{{") && got[p] != want[p]) {
			return fault.New(fault.Invalid, "%q is to have %d times %s", said, want[p], p)
		}
	}
	for _, p := range slices.Sorted(maps.Keys(got)) {
		if want[p] == 0 {
			return fault.New(fault.Invalid, "%q has %s, and its text has not", said, p)
		}
	}
	if plain := parts.ReplaceAllString(said, ""); strings.ContainsAny(plain, "<>{}\"") || strings.TrimSpace(said) != said || said == "" {
		return fault.New(fault.Invalid, "%q: write no < > { } or straight quotation marks, and no spaces at its ends", said)
	}
	return nil
}

func partsOf(text string) map[string]int {
	count := map[string]int{}
	for _, p := range parts.FindAllString(text, -1) {
		count[argument.ReplaceAllString(p, "%")]++
	}
	return count
}

// File writes the file of a language with exactly these texts, those that it
// has no translation of without one. head is the remark at its beginning.
func (l *Language) File(head string, texts []string) string {
	var b strings.Builder
	b.WriteString(head)
	for _, key := range slices.Compact(slices.Sorted(slices.Values(texts))) {
		b.WriteString("\n" + key + "\n")
		e := l.entries[key]
		if e.text != "" {
			b.WriteString("\t" + e.text + "\n")
		}
		for _, name := range forms[l.code].names {
			if e.forms[name] != "" {
				b.WriteString("\t" + name + ": " + e.forms[name] + "\n")
			}
		}
	}
	return b.String()
}

// Texts are the texts of its file, sorted.
func (l *Language) Texts() []string { return slices.Sorted(maps.Keys(l.entries)) }

// Has says whether a text is translated.
func (l *Language) Has(text string) bool {
	e := l.entries[text]
	return e.text != "" || len(e.forms) > 0
}
