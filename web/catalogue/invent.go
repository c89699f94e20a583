package catalogue

import (
	"regexp"
	"strings"
	"unicode"
)

// Invented is a language for looking at pages: every text of the catalogue has
// accents, is 40 % longer and stands in [!! !!], so that a text that was
// forgotten, and a page without room for longer words, are seen at once. The
// code is the one that Android and Chromium use.
const Invented = "en-XA"

var (
	accents = strings.NewReplacer("a", "à", "b", "ƀ", "c", "ç", "d", "ď", "e", "é", "f", "ƒ", "g", "ğ", "h", "ĥ", "i", "ï", "j", "ĵ", "k", "ķ", "l", "ł", "m", "ɱ",
		"n", "ñ", "o", "ö", "p", "þ", "q", "ɋ", "r", "ŕ", "s", "š", "t", "ţ", "u", "ü", "v", "ṽ", "w", "ŵ", "x", "ẋ", "y", "ý", "z", "ž",
		"A", "Å", "B", "Ɓ", "C", "Ç", "D", "Ð", "E", "É", "F", "Ƒ", "G", "Ĝ", "H", "Ĥ", "I", "Î", "J", "Ĵ", "K", "Ķ", "L", "Ŀ", "M", "Ṁ",
		"N", "Ñ", "O", "Ö", "P", "Þ", "Q", "Ǫ", "R", "Ŕ", "S", "Š", "T", "Ţ", "U", "Û", "V", "Ṽ", "W", "Ŵ", "X", "Ẋ", "Y", "Ý", "Z", "Ž")
	untouched = regexp.MustCompile(`<kbd>.*?</kbd>|<code>.*?</code>|\{\{.*?\}\}|<[^>]*>|%(?:\[\d+\])?[svdqwf]|&#?[a-zA-Z0-9]+;`)
)

// invent is the translation into the invented language.
func invent(text string) string {
	var b strings.Builder
	letters, from := 0, 0
	put := func(s string) {
		for _, c := range s {
			if unicode.IsLetter(c) {
				letters++
			}
		}
		b.WriteString(accents.Replace(s))
	}
	for _, m := range untouched.FindAllStringIndex(text, -1) {
		put(text[from:m[0]])
		b.WriteString(text[m[0]:m[1]])
		from = m[1]
	}
	put(text[from:])
	more := strings.Repeat("öñé ", (letters*4+29)/30)
	return "[!! " + b.String() + " " + more + "!!]"
}
