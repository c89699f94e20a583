package interventions

import (
	"errors"
	"regexp"
	"strings"
	"text/template"

	"holdfast/internal/fault"
)

// templateFault is what is wrong with a template: what we found ourselves, else
// the mistakes that are made most in our words and with their place, else what
// the template language says, quoted and without its prefix.
func templateFault(err error) error {
	if fault.Of(err) == fault.Invalid {
		return err
	}
	var exec template.ExecError
	if errors.As(err, &exec) {
		err = exec.Err
	}
	said := strings.TrimPrefix(err.Error(), "template: ")
	if at := templatePlace.FindStringSubmatch(said); at != nil {
		if ours := inOurWords(templateMistakes, at[2]); ours != nil {
			return fault.New(fault.Invalid, "%s: %w", at[1], ours)
		}
	}
	return fault.New(fault.Invalid, "the template language says %q", said)
}

// templatePlace is the place that the template language begins with.
var templatePlace = regexp.MustCompile(`^([^:\s]+:\d+(?::\d+)?): (?:executing "[^"]*" at <.*?>: )?(.*)$`)

// templateMistakes are those of templates.
var templateMistakes = []mistake{
	{regexp.MustCompile(`^unclosed action`), func([]string) error {
		return fault.New(fault.Invalid, "two braces are opened and not closed")
	}},
	{regexp.MustCompile(`^unterminated (?:raw )?quoted string`), func([]string) error {
		return fault.New(fault.Invalid, "a quotation mark is opened and not closed")
	}},
	{regexp.MustCompile(`^unclosed left paren`), func([]string) error {
		return fault.New(fault.Invalid, "a bracket is opened and not closed")
	}},
	{regexp.MustCompile(`^unexpected right paren`), func([]string) error {
		return fault.New(fault.Invalid, "a bracket is closed that was not opened")
	}},
	{regexp.MustCompile(`^unexpected EOF$`), func([]string) error {
		return fault.New(fault.Invalid, "an if or range has no end")
	}},
	{regexp.MustCompile(`^unexpected \{\{(\w+)\}\}$`), func(of []string) error {
		return fault.New(fault.Invalid, "%s stands where no if or range was begun", of[0])
	}},
	{regexp.MustCompile(`^(?:missing value for|empty command)`), func([]string) error {
		return fault.New(fault.Invalid, "a field or another value is missing")
	}},
	{regexp.MustCompile(`^function (".*") not defined$`), func(of []string) error {
		return fault.New(fault.Invalid, "there is no function %s", of[0])
	}},
	{regexp.MustCompile(`^undefined variable (".*")$`), func(of []string) error {
		return fault.New(fault.Invalid, "unknown name %s", of[0])
	}},
	{regexp.MustCompile(`^template (".*") not defined$`), func(of []string) error {
		return fault.New(fault.Invalid, "there is no template %s", of[0])
	}},
	{regexp.MustCompile(`^(?:unexpected )?bad character \S+ ('.+')`), func(of []string) error {
		return fault.New(fault.Invalid, "%s does not belong here", of[0])
	}},
	{regexp.MustCompile(`^unexpected (\S+) in \w+$`), func(of []string) error {
		return fault.New(fault.Invalid, "%s does not belong here", of[0])
	}},
}
