package config

import (
	"errors"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"

	"holdfast/internal/fault"
)

// refused is what the YAML library finds wrong, in one line and with its place
// where that is known.
func refused(name string, err error) error {
	var y yaml.Error
	if errors.As(err, &y) {
		pos := y.GetToken().Position
		return at(name, pos.Line, pos.Column, misread(y.GetMessage()))
	}
	if name == "" {
		return misread(err.Error())
	}
	return fault.New(fault.Invalid, "%s: %w", name, misread(err.Error()))
}

var (
	saidTwice    = regexp.MustCompile(`^mapping key (".*") already defined at \[(\d+):\d+\]$`)
	saidUnclosed = regexp.MustCompile(`^(?:',' or '([\]}])' must be specified|could not find flow mapping end token '(})'|sequence end token '(\])' not found)$`)
)

// misread says in our words what the YAML library says of the mistakes that are
// made most, and quotes what it says of the others.
func misread(said string) error {
	said = oneLine(said)
	if m := saidTwice.FindStringSubmatch(said); m != nil {
		return fault.New(fault.Invalid, "the key %s stands in line %s already; keep one of them", m[1], m[2])
	}
	if m := saidUnclosed.FindStringSubmatch(said); m != nil {
		return fault.New(fault.Invalid, "a comma or %s is missing", m[1]+m[2]+m[3])
	}
	switch {
	case strings.Contains(said, "'\t'"), strings.HasPrefix(said, "tab character "):
		return fault.New(fault.Invalid, "a tab stands here; indent with spaces")
	case said == "non-map value is specified":
		return fault.New(fault.Invalid, "a key with a colon belongs here")
	case strings.HasPrefix(said, "mapping value is not allowed in this context"):
		return fault.New(fault.Invalid, "a colon stands where none belongs; put a text that has one in quotation marks")
	case strings.HasPrefix(said, "value is not allowed in this context"):
		return fault.New(fault.Invalid, "this does not belong here; look at how far it is indented")
	}
	return fault.New(fault.Invalid, "it cannot be read: %q", said)
}

// oneLine keeps the first line.
func oneLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.TrimSpace(s)
}
