package web_test

import (
	"context"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"holdfast/web"
	"holdfast/web/catalogue"
)

// theirs are what people and the business wrote.
type theirs map[string]bool

// writtenBy gathers what the world of a state holds, and what was asked of it.
func writtenBy(w *world, s state) theirs {
	found := theirs{}
	asked, err := url.QueryUnescape(s.path)
	if err != nil {
		panic(err)
	}
	found[asked] = true
	choices, _ := w.RiskList(context.Background(), web.RiskQuery{Choices: true})
	seen := map[uintptr]bool{}
	for _, data := range []any{
		s.form, w.people, w.work, w.numbers, w.drawer, w.feeds, policyConfig(), w.known(1, tuesday).Points, choices,
		businessName, "Ich rufe an, Ann Smith, weil wir wissen möchten, wie es Ihnen mit uns geht", // a treatment's words, filled in
	} {
		found.gather(reflect.ValueOf(data), seen)
	}
	return found
}

// gather takes every string that can be reached from a value.
func (f theirs) gather(v reflect.Value, seen map[uintptr]bool) {
	switch v.Kind() {
	case reflect.String:
		f[v.String()] = true
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] {
			return
		}
		seen[v.Pointer()] = true
		f.gather(v.Elem(), seen)
	case reflect.Interface:
		f.gather(v.Elem(), seen)
	case reflect.Struct:
		for i := range v.NumField() {
			f.gather(v.Field(i), seen)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			f.gather(v.Index(i), seen)
		}
	case reflect.Map:
		for at := v.MapRange(); at.Next(); {
			f.gather(at.Key(), seen)
			f.gather(at.Value(), seen)
		}
	}
}

// say reports that one of the texts has these words, whole; what is cut off at
// an accent is whole.
func (f theirs) say(words string) bool {
	letter := func(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }
	for text := range f {
		for from := 0; ; {
			at := strings.Index(text[from:], words)
			if at < 0 {
				break
			}
			at += from
			from = at + len(words)
			if (at == 0 || !letter(text[at-1])) && (from == len(text) || !letter(text[from])) {
				return true
			}
		}
	}
	return false
}

// TestOnlyTheWorldIsTheirs: no word of a page or of a test's expectation is
// taken for what people wrote, and no part of a word.
func TestOnlyTheWorldIsTheirs(t *testing.T) {
	t.Parallel()
	s := states[slices.IndexFunc(states, func(s state) bool { return s.name == "jobs" })]
	w, _ := s.worldIn(t, catalogue.Invented)
	written := writtenBy(w, s)
	for words, want := range map[string]bool{
		"the disk is full": true, "Mia Lindqvist": true, "Larkspur Energy": true,
		"MiB": false, "Send again": false, "Try now": false, "Jobs": false, "Lindqvis": false,
	} {
		if got := written.say(words); got != want {
			t.Errorf("%q is theirs: %v", words, got)
		}
	}
}
