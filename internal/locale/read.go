package locale

import (
	"regexp"
	"strings"
	"sync"
	"time"
)

// Dates calls each for every date in a text that Date wrote there, and puts
// what it returns in its place. What only looks like a date stays.
func (w Writer) Dates(text string, each func(day time.Time) string) string {
	layout := w.rules().date
	return datePatterns[layout].ReplaceAllStringFunc(text, func(found string) string {
		day, err := time.Parse(layout, found)
		if err != nil {
			return found
		}
		return each(day)
	})
}

// datePatterns find the dates of each layout that a locale has.
var datePatterns = func() map[string]*regexp.Regexp {
	all := map[string]*regexp.Regexp{}
	parts := strings.NewReplacer("2006", `\d{4}`, "02", `\d{2}`, "01", `\d{2}`, "Jan", `[A-Z][a-z]{2}`, "2", `\d{1,2}`, ".", `\.`)
	for _, r := range table {
		all[r.date] = regexp.MustCompile(`\b` + parts.Replace(r.date) + `\b`)
	}
	return all
}()

// Numbers calls each for every number in a text, with or without the currency
// beside it, and puts what it returns in its place. A number is given in
// English signs: 1,234.5.
func (w Writer) Numbers(text string, each func(english string, amount bool) string) string {
	r := w.rules()
	find := w.numbers()
	signs := strings.NewReplacer(r.group, ",", r.decimal, ".")
	return find.ReplaceAllStringFunc(text, func(written string) string {
		m := find.FindStringSubmatch(written)
		if len(m) == 2 {
			return each(signs.Replace(m[1]), false)
		}
		return each(m[1]+signs.Replace(m[2]+m[3]+m[4]), m[4] == "")
	})
}

// found are the patterns of numbers by Writer: they are costly to make.
var found sync.Map

// numbers finds the numbers that the writer writes: amounts with the currency
// before or after them, and those without.
func (w Writer) numbers() *regexp.Regexp {
	if p, ok := found.Load(w); ok {
		return p.(*regexp.Regexp)
	}
	r, symbol := w.rules(), w.Symbol()
	number := `−?\d{1,3}(?:` + regexp.QuoteMeta(r.group) + `\d{3})+(?:` + regexp.QuoteMeta(r.decimal) + `\d+)?|−?\d+(?:` + regexp.QuoteMeta(r.decimal) + `\d+)?`
	pattern := `(` + number + `)`
	if symbol != "" {
		pattern = `(−?)` + regexp.QuoteMeta(symbol) + solid + `?` + pattern + `|` + pattern + solid + regexp.QuoteMeta(symbol) + `|` + pattern
	}
	p := regexp.MustCompile(pattern)
	found.Store(w, p)
	return p
}
