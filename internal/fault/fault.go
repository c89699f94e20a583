// Package fault names the kinds of failure that the edges treat differently.
//
// What: five kinds, carried through wrapped errors and read once at each edge.
// Why: HTTP status, retry-or-give-up and exit code are three tables, not
// decisions scattered over the code. Rejected: sentinel errors per package,
// which every edge would have to know by name.
package fault

import (
	"errors"
	"fmt"
)

// Kind says how an edge should treat a failure. The zero Kind is an internal
// failure: nobody outside can do anything about it.
type Kind uint8

// The kinds of failure.
const (
	Internal    Kind = iota
	NotFound         // what was asked for is not there
	Invalid          // what was given cannot be used; say what to change
	Conflict         // somebody else changed it first; read again
	Forbidden        // this person may not
	Unavailable      // a service is unreachable; trying again may help
	Held             // a check holds the work back until a person looks
)

var names = [...]string{"internal", "not found", "invalid", "conflict", "forbidden", "unavailable", "held"}

// String gives the kind in words.
func (k Kind) String() string { return names[k] }

type fault struct {
	kind   Kind
	err    error
	format string // that New was given
	args   []any
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// New makes an error of a kind from a format and its arguments, as fmt.Errorf.
func New(k Kind, format string, args ...any) error {
	return &fault{k, fmt.Errorf(format, args...), format, args}
}

// Exact is a whole number among the arguments of New that counts nothing: a line,
// a place in a list, what stands in a file. It is said digit by digit, where
// pages group those of counts.
type Exact int

// Line is an Exact that says which line of a text the whole is about.
type Line int

// As marks err as being of kind k. It returns nil for a nil err.
func As(k Kind, err error) error {
	if err == nil {
		return nil
	}
	return &fault{kind: k, err: err}
}

// Words are the format and the arguments that New made err itself of, for who
// says it in another language; none when it was made otherwise.
func Words(err error) (format string, args []any) {
	if f, ok := err.(*fault); ok { //nolint:errorlint // of this error, not of one inside it
		return f.format, f.args
	}
	return "", nil
}

// Of returns the outermost kind in err's chain, Internal when there is none.
func Of(err error) Kind {
	var f *fault
	if errors.As(err, &f) {
		return f.kind
	}
	return Internal
}
