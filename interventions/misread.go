package interventions

import (
	"errors"
	"regexp"
	"strings"

	"github.com/expr-lang/expr/file"

	"holdfast/internal/fault"
)

// placed is what the expression language finds wrong, in one line and with its
// place where that is known.
func placed(err error) error {
	var found *file.Error
	if errors.As(err, &found) && found.Line > 0 {
		return where(found, misread(found.Message))
	}
	return misread(err.Error())
}

// where puts the place in an expression before what is wrong there.
func where(place *file.Error, why error) error {
	return fault.New(fault.Invalid, "line %d, column %d: %w", fault.Exact(place.Line), fault.Exact(place.Column+1), why)
}

// misread says in our words what the expression language says of the mistakes
// that are made most, and quotes what it says of the others.
func misread(said string) error {
	said = strings.Join(strings.Fields(said), " ")
	if ours := inOurWords(mistakes, said); ours != nil {
		return ours
	}
	return fault.New(fault.Invalid, "the expression language says %q", said)
}

// mistake is what a language says of one, and what we do.
type mistake struct {
	said *regexp.Regexp
	ours func(of []string) error
}

// inOurWords is nil for what is none of these mistakes.
func inOurWords(mistakes []mistake, said string) error {
	for _, m := range mistakes {
		if found := m.said.FindStringSubmatch(said); found != nil {
			return m.ours(found[1:])
		}
	}
	return nil
}

// mistakes are those of expressions.
var mistakes = []mistake{
	{regexp.MustCompile(`^unknown name (\S+)$`), func(of []string) error {
		return fault.New(fault.Invalid, "unknown name %s", of[0])
	}},
	{regexp.MustCompile(`^invalid operation: (\S+) \(mismatched types (\S+) and (\S+)\)$`), func(of []string) error {
		return fault.New(fault.Invalid, "invalid operation: %s (mismatched types %s and %s)", of[0], of[1], of[2])
	}},
	{regexp.MustCompile(`^expected bool, but got (\S+)$`), func(of []string) error {
		return fault.New(fault.Invalid, "it gives %s: an expression has to give bool, a yes or a no", of[0])
	}},
	{regexp.MustCompile(`^type (\S+) has no field (\S+)$`), func(of []string) error {
		return fault.New(fault.Invalid, "type %s has no field %s", of[0], of[1])
	}},
	{regexp.MustCompile(`^(?:unexpected token EOF|unexpected end of expression)$`), func([]string) error {
		return fault.New(fault.Invalid, "it ends before it is complete")
	}},
	{regexp.MustCompile(`^unexpected token \w+\((".*")\)$`), func(of []string) error {
		return fault.New(fault.Invalid, "%s does not belong here", of[0])
	}},
	{regexp.MustCompile(`^literal not terminated$`), func([]string) error {
		return fault.New(fault.Invalid, "a quotation mark is opened and not closed")
	}},
}
