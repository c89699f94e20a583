package tabular

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Reason says in words what is wrong with a cell or a row. The empty Reason
// means that nothing is. Reasons are constants or made once for each parser,
// so a bad cell costs no formatting until somebody reads it.
type Reason string

// OK is the Reason of a good cell.
const OK Reason = ""

// Rejection is one row or cell that cannot be used, with its place.
type Rejection struct {
	File   string
	Unit   string // "line" of a CSV file where the record starts, or "row" of a Parquet file
	Line   int64  // counted from 1
	Column string // empty when the whole row is meant
	Value  string // the cell or row, clipped to 60 bytes
	Reason Reason
}

// Error gives the rejection as one sentence.
func (r *Rejection) Error() string {
	if r.Column == "" {
		return fmt.Sprintf("%s %s %d: %s: %q", r.File, r.Unit, r.Line, r.Reason, r.Value)
	}
	return fmt.Sprintf("%s %s %d, column %q: %q %s", r.File, r.Unit, r.Line, r.Column, r.Value, r.Reason)
}

const clipBytes = 60

// clip copies at most clipBytes bytes of text, whole characters only.
func clip(text []byte) string {
	cut := len(text) > clipBytes
	if cut {
		text = text[:clipBytes]
		for len(text) > 0 && !utf8.RuneStart(text[len(text)-1]) {
			text = text[:len(text)-1]
		}
		if n := len(text); n > 0 && text[n-1] >= utf8.RuneSelf {
			text = text[:n-1]
		}
	}
	s := strings.ToValidUTF8(strings.TrimRight(string(text), "\r\n"), "\uFFFD")
	if cut {
		s += "…"
	}
	return s
}
