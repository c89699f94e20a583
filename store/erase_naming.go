package store

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// erasedWord stands where a text named a person who was erased. It means
// nothing in JSON, YAML or a query.
const erasedWord = "(erased)"

// naming recognises a person in what other people typed: by the keys, names,
// e-mail and postal addresses whatever the case and the blanks between words,
// and by phone numbers however they are spaced, with or without the country's
// code. A first name or a surname alone is many people's and is left.
type naming struct {
	all     *regexp.Regexp // in prose
	sure    *regexp.Regexp // where a short number is more likely a number than a key
	anchors []string       // in lower case: what all matches holds one of these
	phones  []string       // last digits
	names   [][]string     // words of each name
}

// shortNumber is how long a key of digits alone is no more than a number.
const shortNumber = 6

// newNaming takes the texts that name a person.
func newNaming(named []string) *naming {
	n := &naming{}
	var all, sure []string
	for _, text := range named {
		if d := digits(text); len(d) >= 7 && !strings.ContainsFunc(text, unicode.IsLetter) {
			n.phones = append(n.phones, d[max(0, len(d)-phoneDigits):])
		}
		for _, p := range patterns(text) {
			all = append(all, p)
			if len(text) > shortNumber || digits(text) != text {
				sure = append(sure, p)
			}
		}
		w := words(text)
		if isName(text) {
			n.names = append(n.names, w)
			w = w[len(w)-1:] // in every way to write it
		}
		n.anchors = append(n.anchors, slices.MaxFunc(append(w, ""), func(a, b string) int { return len(a) - len(b) }))
	}
	n.all, n.sure = either(all), either(sure)
	return n
}

// isName says whether a text is of a name's words.
func isName(text string) bool {
	return len(words(text)) > 1 && !strings.ContainsAny(text, "@0123456789")
}

// patterns are the ways to write one text: a name of several words also turned
// round, and with some of those in the middle left out.
func patterns(text string) []string {
	parts := strings.Fields(text)
	if len(parts) == 0 {
		return nil
	}
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	list := []string{strings.Join(parts, `\s+`)}
	if !isName(text) {
		return list
	}
	for i := 1; i < len(parts); i++ {
		first, last := strings.Join(parts[:i], `\s+`), strings.Join(parts[i:], `\s+`)
		list = append(list, last+`,?\s+`+first, parts[0]+`\s+`+last, last+`,?\s+`+parts[0])
	}
	return list
}

func either(patterns []string) *regexp.Regexp {
	if len(patterns) == 0 {
		return nil
	}
	r := regexp.MustCompile(`(?i)(?:` + strings.Join(patterns, "|") + `)`)
	r.Longest()
	return r
}

// maybe is quick, and true where the text names the person.
func (n *naming) maybe(text string) bool {
	lower := strings.ToLower(text)
	return slices.ContainsFunc(n.anchors, func(a string) bool { return strings.Contains(lower, a) }) || n.phone(text, 0) != nil
}

// mentions says whether prose names the person.
func (n *naming) mentions(text string) bool { return n.without(text, false) != text }

// without is the text without what names the person. Rules hold numbers that
// are nobody's key.
func (n *naming) without(text string, rules bool) string {
	if !n.maybe(text) {
		return text
	}
	find := n.all
	if rules {
		find = n.sure
	}
	return exchanged(exchanged(text, n.phone), func(text string, from int) []int { return word(find, text, from) })
}

// exchanged puts erasedWord in the place of all that find finds from a place on.
func exchanged(text string, find func(text string, from int) []int) string {
	var out strings.Builder
	at := 0
	for found := find(text, 0); found != nil; found = find(text, at) {
		out.WriteString(text[at:found[0]] + erasedWord)
		at = found[1]
	}
	return out.String() + text[at:]
}

// word is the next match that no letter or digit goes on from, on either side.
func word(r *regexp.Regexp, text string, from int) []int {
	for r != nil && from < len(text) {
		at := r.FindStringIndex(text[from:])
		if at == nil {
			return nil
		}
		low, high := from+at[0], from+at[1]
		before, _ := utf8.DecodeLastRuneInString(text[:low])
		first, width := utf8.DecodeRuneInString(text[low:])
		last, _ := utf8.DecodeLastRuneInString(text[:high])
		after, _ := utf8.DecodeRuneInString(text[high:])
		if !(inWord(before) && inWord(first)) && !(inWord(last) && inWord(after)) {
			return []int{low, high}
		}
		from = low + width
	}
	return nil
}

func inWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r)) }

// phone is the next phone number of the person: digits that hold one of theirs,
// with at most two characters between one and the next.
func (n *naming) phone(text string, from int) []int {
	if len(n.phones) == 0 {
		return nil
	}
	var run []byte
	var at []int // of each digit of the run
	for i := from; i <= len(text); i++ {
		if i < len(text) && text[i] >= '0' && text[i] <= '9' {
			run, at = append(run, text[i]), append(at, i)
			continue
		}
		if i < len(text) && (len(run) == 0 || i-at[len(at)-1] <= 2 && strings.IndexByte(" ()-./", text[i]) >= 0) {
			continue
		}
		for _, p := range n.phones {
			if k := strings.Index(string(run), p); k >= 0 {
				low := at[max(0, k-5)] // the country's code and the like
				if low > from && text[low-1] == '+' {
					low--
				}
				return []int{low, at[k+len(p)-1] + 1}
			}
		}
		run, at = run[:0], at[:0]
	}
	return nil
}

// finds says whether a search is for the person: each of its words begins one
// of a name of theirs, as FindCustomers reads it.
func (n *naming) finds(query string) bool {
	asked := words(query)
	if n.mentions(query) || len(asked) == 0 {
		return n.mentions(query)
	}
	return slices.ContainsFunc(n.names, func(name []string) bool {
		return !slices.ContainsFunc(asked, func(w string) bool {
			return len(w) < 3 || !slices.ContainsFunc(name, func(of string) bool { return strings.HasPrefix(of, w) })
		})
	})
}

// unasked is a query of a list without what would find the person.
func (n *naming) unasked(query string) string {
	values, err := url.ParseQuery(query)
	if err != nil {
		return n.without(query, false)
	}
	gone := false
	for name, list := range values {
		kept := slices.DeleteFunc(slices.Clone(list), func(v string) bool { return n.mentions(v) || name == "text" && n.finds(v) })
		if len(kept) < len(list) {
			values[name], gone = kept, true
		}
	}
	if !gone {
		return query
	}
	return values.Encode()
}
