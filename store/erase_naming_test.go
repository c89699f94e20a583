package store

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What other people typed loses the person and nothing else.
func TestTextsLoseAPerson(t *testing.T) {
	t.Parallel()
	n := newNaming([]string{"4711", "K-0815/A", "Zoë Ó'Brien van Dyck", "zoe@brien.example", "+44 20 7946 0958", "1 High Street, Leeds"})
	for _, test := range []struct {
		text, want string
	}{
		{"", ""},
		{"nobody is named, 47115 and x4711 least of all", "nobody is named, 47115 and x4711 least of all"},
		{"Zoë rang, says Mr van Dyck", "Zoë rang, says Mr van Dyck"}, // many people's
		{"zoë ó'brien  van dyck's husband", "(erased)'s husband"},
		{"van Dyckx and Zoë Ó'Brien van Dyckx", "van Dyckx and Zoë Ó'Brien van Dyckx"},
		{"Dyck, Zoë Ó'Brien van: call", "(erased): call"},
		{"Zoë Dyck; DYCK, ZOË; Van Dyck, Zoë", "(erased); (erased); (erased)"},
		{"customer 4711, (4711), 4711.", "customer (erased), ((erased)), (erased)."},
		{"see k-0815/a and K-0815/AB", "see (erased) and K-0815/AB"},
		{"ZOE@brien.example; not azoe@brien.example", "(erased); not azoe@brien.example"},
		{"0044 20 7946 0958, 020-7946 0958; (020) 79460958", "(erased), (erased); ((erased)"},
		{"+442079460958!", "(erased)!"},
		{"207946095 on 2026-01-05 at 12:00", "207946095 on 2026-01-05 at 12:00"},
		{"at 1 high street, Leeds", "at (erased)"},
	} {
		if got := n.without(test.text, false); got != test.want {
			t.Errorf("%q becomes %q, want %q", test.text, got, test.want)
		}
	}
	if got := n.without(`tenure_days > 4711 && segment != "K-0815/A"`, true); got != `tenure_days > 4711 && segment != "(erased)"` {
		t.Errorf("a rule becomes %s", got)
	}
	for query, want := range map[string]string{
		"band=high&text=dyck+zo%C3%AB":       "band=high",
		"band=high&text=zo":                  "band=high&text=zo", // finds too many to be hers
		"band=high&text=4711&tenure=4711":    "band=high",
		"text=Miller&value=100":              "text=Miller&value=100",
		"50% of all; text=zoe@brien.example": "50% of all; text=(erased)",
	} {
		if got := n.unasked(query); got != want {
			t.Errorf("%s becomes %s, want %s", query, got, want)
		}
	}
}

// Who has no name and no key of any length is looked for in vain, not found
// everywhere.
func TestNobodyIsNowhere(t *testing.T) {
	t.Parallel()
	if n := newNaming(nil); n.mentions("anything") || n.mentions("") || n.finds("") || n.unasked("text=a") != "text=a" {
		t.Error("nobody was found")
	}
}

// Of JSON the fields that are asked for change, wherever they are, and all else
// stays byte for byte.
func TestRewriteChangesNothingElse(t *testing.T) {
	t.Parallel()
	hide := func(field, value string) string {
		if field == "note" {
			return strings.ReplaceAll(value, "Zoë", erasedWord)
		}
		return value
	}
	const text = ` {"note" : "a \"Zoë\" <b>","n":1.50, "name":"Zoë","in":[{"note":["Zoë",null,{"note":"x","k":"Zoë"},"Zoë"]} , true],"note":"Zo\u00eb"}`
	const want = ` {"note" : "a \"(erased)\" \u003cb\u003e","n":1.50, "name":"Zoë","in":[{"note":["(erased)",null,{"note":"x","k":"Zoë"},"(erased)"]} , true],"note":"(erased)"}`
	if got, err := rewrite(text, hide); err != nil || got != want {
		t.Errorf("got  %s\nwant %s (%v)", got, want, err)
	}
	if _, err := rewrite(`{"note": Zoë}`, hide); err == nil {
		t.Error("what is not JSON is rewritten")
	}
	rapid.Check(t, func(t *rapid.T) {
		v := anyJSON(t, 3)
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := rewrite(string(b), func(_, value string) string { return value }); err != nil || got != string(b) {
			t.Fatalf("%s becomes %s (%v)", b, got, err)
		}
		got, err := rewrite(string(b), func(_, value string) string { return value + "!" })
		if err != nil || !json.Valid([]byte(got)) {
			t.Fatalf("%s becomes %s (%v)", b, got, err)
		}
	})
}

func anyJSON(t *rapid.T, depth int) any {
	switch rapid.IntRange(0, min(depth, 1)*2+2).Draw(t, "kind") {
	case 0:
		return rapid.String().Draw(t, "text")
	case 1:
		return rapid.Float64Range(-1e6, 1e6).Draw(t, "number")
	case 2:
		return nil
	case 3:
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "n") {
			list = append(list, anyJSON(t, depth-1))
		}
		return list
	}
	object := map[string]any{}
	for range rapid.IntRange(0, 3).Draw(t, "n") {
		object[rapid.String().Draw(t, "name")] = anyJSON(t, depth-1)
	}
	return object
}
