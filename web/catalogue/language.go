package catalogue

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Language is one that pages are written in. The zero Language is English.
type Language struct {
	code    string
	entries map[string]entry
	invent  func(text string) string // a language made by rule; nil for those of files
}

// Code is its code (BCP 47), such as de.
func (l *Language) Code() string {
	if l.code == "" {
		return "en"
	}
	return l.code
}

// Name is what it calls itself: its word for English.
func (l *Language) Name() string { return l.Text("English") }

// Text is a whole text; one that is not in the catalogue stays as it is.
func (l *Language) Text(english string) string {
	if l.invent != nil && lettered(untouched.ReplaceAllString(english, "")) {
		return l.invent(english)
	}
	if e := l.entries[english]; e.text != "" {
		return e.text
	}
	return english
}

// Say fills a format in, as fmt.Sprintf. Arguments of a string type of their
// own are codes, and translated by themselves.
func (l *Language) Say(format string, args ...any) string {
	text := strings.ReplaceAll(l.Text(format), "%w", "%v")
	if len(args) == 0 {
		return text
	}
	said := slices.Clone(args)
	for i, a := range args {
		if t := reflect.TypeOf(a); t != nil && t.Kind() == reflect.String && t.Name() != "string" {
			said[i] = l.Text(fmt.Sprint(a))
		}
	}
	return fmt.Sprintf(text, said...)
}

// Count says how many of something there are, in the form that n takes: one is
// what is said of one, such as "%s day", with n written as number for its %s.
// English adds an s.
func (l *Language) Count(n int, number, one string) string {
	if e, ok := l.entries[one]; ok && len(e.forms) > 0 {
		return fmt.Sprintf(e.forms[form(l.code, n)], number)
	}
	if n != 1 {
		one += "s"
	}
	return fmt.Sprintf(l.Text(one), number)
}

// Template is the source of a file of templates in this language.
func (l *Language) Template(name, source string) (string, error) {
	if l.entries == nil && l.invent == nil {
		return source, nil
	}
	return Rewrite(name, source, l.Text)
}

// names are the words that a written time can hold.
var names = func() []string {
	var list []string
	for d := range 7 {
		list = append(list, time.Weekday(d).String()[:3])
	}
	for m := time.January; m <= time.December; m++ {
		if m != time.May {
			list = append(list, m.String())
		}
		list = append(list, m.String()[:3])
	}
	return list
}()

// Time writes a time by a layout, whose translation is the order of its parts.
func (l *Language) Time(t time.Time, layout string) string {
	if l.entries == nil {
		return t.Format(layout)
	}
	var pairs []string
	for _, name := range names {
		pairs = append(pairs, name, l.Text(name))
	}
	return strings.NewReplacer(pairs...).Replace(t.Format(l.Text(layout)))
}

// figures is an English number; its translation shows the other marks.
const figures = "1,234.5"

// Figures writes the marks of an English number, of whatever unit, its way.
func (l *Language) Figures(english string) string {
	if l.entries == nil {
		return english
	}
	here := []rune(l.Text(figures))
	return strings.NewReplacer(",", string(here[1]), ".", string(here[len(here)-2])).Replace(english)
}

// Written are the texts that numbers, times and the language itself are
// written by.
func Written() []string { return append(slices.Clone(names), figures, "English") }
