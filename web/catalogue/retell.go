package catalogue

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Formats are those of English sentences that were written down when they were
// made, such as a night's reasons, and are read by people of other languages
// later.
type Formats struct {
	first map[string][]sentence // by the word that they begin with; empty for an argument
}

type sentence struct {
	format  string
	pattern *regexp.Regexp
	letters int // that are its own: the more, the surer
}

// verb is an argument of a sentence: %d a number as people write them, %s any
// words, %q what stands in quotes and %v a name,
// which goes over no colon; these two nobody translates.
var verb = regexp.MustCompile(`%[sdqv]`)

// quoted is what %q takes.
const quoted = `("(?:[^"\\]|\\.)*")`

// numeral is what %d takes: digits with the signs of any locale.
const numeral = `([+−-]?\d(?:[\d.,'\x{a0}\x{202f}]*\d)?)`

// NewFormats makes them ready to be found. Each argument is a verb, and a percent
// sign stands for itself.
func NewFormats(formats ...string) *Formats {
	f := &Formats{first: map[string][]sentence{}}
	for _, format := range formats {
		var p strings.Builder
		from, letters := 0, 0
		for _, at := range verb.FindAllStringIndex(format, -1) {
			p.WriteString(regexp.QuoteMeta(format[from:at[0]]))
			letters += at[0] - from
			switch format[at[0]:at[1]] {
			case "%d":
				p.WriteString(numeral)
			case "%q":
				p.WriteString(quoted)
			case "%v":
				p.WriteString(`((?:[^:]|:[^ ])+?)`)
			default:
				p.WriteString(`(.+?)`)
			}
			from = at[1]
		}
		p.WriteString(regexp.QuoteMeta(format[from:]))
		letters += len(format) - from
		one := strings.ReplaceAll(p.String(), " days", " days?")
		word := firstWord(format)
		f.first[word] = append(f.first[word], sentence{format, regexp.MustCompile(`^` + one + `$`), letters})
	}
	for _, list := range f.first {
		slices.SortStableFunc(list, func(a, b sentence) int { return cmp.Compare(b.letters, a.letters) })
	}
	return f
}

// firstWord is what a sentence begins with, empty where that is an argument.
func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	if verb.MatchString(word) {
		return ""
	}
	return word
}

// find returns the surest format that an English text can have been made by, and
// where its arguments begin and end after those of the whole; nil without one.
func (f *Formats) find(text string) (made sentence, at []int) {
	most := -1
	for _, word := range []string{firstWord(text), ""} {
		for _, s := range f.first[word] {
			if s.letters <= most {
				break
			}
			if m := s.pattern.FindStringSubmatchIndex(text); m != nil {
				made, at, most = s, m, s.letters
				break
			}
		}
	}
	return made, at
}

// Figures writes the numbers again that a finished English text was made with;
// it is false for a text that no format made.
func (f *Formats) Figures(text string, number func(string) string) (string, bool) {
	s, at := f.find(text)
	if at == nil {
		return text, false
	}
	var b strings.Builder
	from := 0
	for i, verb := range verb.FindAllString(s.format, -1) {
		if verb == "%d" {
			b.WriteString(text[from:at[2*i+2]])
			b.WriteString(number(text[at[2*i+2]:at[2*i+3]]))
			from = at[2*i+3]
		}
	}
	return b.String() + text[from:], true
}

// Retell says a finished English text in the language: as a whole, else by the
// format it was made by, each number by number and any other argument by words.
// It is false for a text that neither is.
func (l *Language) Retell(f *Formats, text string, number, words func(string) string) (string, bool) {
	if l.invent != nil {
		return l.Text(text), true
	}
	if l.Has(text) {
		return l.Text(text), true
	}
	s, found := f.find(text)
	if found == nil || !l.Has(s.format) {
		return text, false
	}
	verbs := verb.FindAllString(s.format, -1)
	next := 0
	return places.ReplaceAllStringFunc(l.formOf(s.format, verbs, func(i int) string { return text[found[2*i+2]:found[2*i+3]] }), func(place string) string {
		at := next
		if n := places.FindStringSubmatch(place)[1]; n != "" {
			at, _ = strconv.Atoi(n) // digits, by the pattern
			at--
		}
		next = at + 1
		if at >= len(verbs) {
			return place
		}
		arg := text[found[2*at+2]:found[2*at+3]]
		switch verbs[at] {
		case "%d":
			return number(arg)
		case "%s":
			return words(arg)
		}
		return arg
	}), true
}

// formOf is the translation of a format, in the form that its first number takes.
func (l *Language) formOf(format string, verbs []string, arg func(int) string) string {
	e := l.entries[format]
	at := slices.Index(verbs, "%d")
	if len(e.forms) == 0 || at < 0 {
		return l.Text(format)
	}
	n, err := strconv.Atoi(arg(at))
	if err != nil {
		n = 1000 // grouped, or with decimals: of many
	}
	return e.forms[form(l.code, n)]
}

// places are where a translation has its arguments.
var places = regexp.MustCompile(`%(?:\[(\d+)\])?[sdqv]`)
