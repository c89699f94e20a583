package store

import (
	"strings"
	"unicode"

	"holdfast/history"
)

// Customers are found by terms, each a letter for what it is and the text in
// the form in which it is compared. A phone number is kept backwards, so that
// a number with and without its country code begin alike:
//
//	+44 20 7946 0958 → p:859064970244
//	 020 7946 0958   → p:85906497020
//
// The members of a household are found by h: and its id.

const (
	maxTerm      = 200 // bytes
	maxNameTerms = 4   // words of a name
	phoneDigits  = 9   // compared, from the end
)

// customerTerms are the terms of a customer's key and name.
func customerTerms(c history.Customer) []string {
	terms := []string{clip("k:" + fold(c.Key))}
	for i, w := range words(c.Name) {
		if i == maxNameTerms {
			break
		}
		terms = append(terms, clip("n:"+w))
	}
	return terms
}

// pointTerms are the terms of a contact point: none for a postal address.
func pointTerms(p history.ContactPoint) []string {
	switch {
	case strings.Contains(p.Value, "@"):
		return []string{clip("e:" + fold(p.Value))}
	case p.Channel == "post":
		return nil
	}
	if d := digits(p.Value); len(d) >= 3 {
		return []string{clip("p:" + reverse(d))}
	}
	return nil
}

// fold brings text into the form in which it is compared.
func fold(s string) string { return text(strings.ToLower(strings.TrimSpace(s))) }

func words(s string) []string {
	return strings.FieldsFunc(fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '\'' })
}

func clip(s string) string {
	if len(s) > maxTerm {
		s = strings.ToValidUTF8(s[:maxTerm], "")
	}
	return s
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

func reverse(s string) string { // of ASCII digits
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}
