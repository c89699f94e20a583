package history

import (
	"bytes"
	"slices"
	"strconv"

	"holdfast/internal/fault"
	"holdfast/internal/tabular"
)

// filter is a Filter that is ready to look at rows.
type filter struct {
	op     string
	values [][]byte
	number float64
	column int
}

func newFilter(f Filter) (filter, error) {
	out := filter{op: f.Op}
	if f.Column == "" {
		return out, fault.New(fault.Invalid, "column is empty; name the column to look at")
	}
	want := "one or several values"
	ok := len(f.Values) > 0
	switch f.Op {
	case "=", "!=":
	case "<", "<=", ">", ">=":
		want = "one number"
		if ok = len(f.Values) == 1; ok {
			n, err := strconv.ParseFloat(f.Values[0], 64)
			out.number, ok = n, err == nil
		}
	case "empty", "filled":
		want, ok = "no values", len(f.Values) == 0
	default:
		return out, fault.New(fault.Invalid, "op is %q; write =, !=, <, <=, >, >=, empty or filled", f.Op)
	}
	if !ok {
		return out, fault.New(fault.Invalid, "values: %s takes %s", f.Op, want)
	}
	for _, v := range f.Values {
		out.values = append(out.values, []byte(v))
	}
	return out, nil
}

// passes says whether a row is kept. A cell that is no number passes no
// comparison with one.
func (f *filter) passes(b *tabular.Block, row int, scratch *[]byte) bool {
	c := &b.Columns[f.column]
	switch f.op {
	case "empty":
		return c.Empty(row)
	case "filled":
		return !c.Empty(row)
	case "=", "!=":
		text := cellText(c, row, scratch)
		found := slices.ContainsFunc(f.values, func(v []byte) bool { return bytes.Equal(v, text) })
		return found == (f.op == "=")
	}
	n, why := c.Float(row)
	if why != tabular.OK {
		return false
	}
	switch f.op {
	case "<":
		return n < f.number
	case "<=":
		return n <= f.number
	case ">":
		return n > f.number
	default:
		return n >= f.number
	}
}

// cellText gives a cell as text without blanks around it. It is valid until
// scratch is used again.
func cellText(c *tabular.Column, row int, scratch *[]byte) []byte {
	if c.Kind == tabular.Text && !c.Empty(row) {
		return bytes.TrimSpace(c.Bytes(row))
	}
	if c.Empty(row) {
		return nil
	}
	*scratch = c.AppendText((*scratch)[:0], row)
	return *scratch
}
