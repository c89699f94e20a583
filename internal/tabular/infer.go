package tabular

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/fault"
)

// inference types the cells of a block.
type inference struct {
	missing  []string // words named by the caller
	infinite bool     // numbers may be infinite, and NaN is missing
	times    *Times
}

const dayMicros = 86_400_000_000

func newInference(opt TableOptions) *inference {
	times, _ := NewTimes("iso", nil) // iso is always known
	return &inference{opt.Missing, opt.Infinite, times}
}

// infinity reads a cell that is a number and not finite.
func (c *Column) infinity(row int) (float64, Reason) {
	v, err := strconv.ParseFloat(string(trim(c.AppendText(nil, row))), 64)
	switch {
	case math.IsNaN(v):
		return v, Missing
	case math.IsInf(v, 0):
		return v, OK // also numbers beyond the largest float64
	case err != nil:
		return v, NotFinite
	}
	return v, OK
}

// invalid gives a rejection as an error of kind fault.Invalid.
func invalid(r *Rejection) error { return fault.As(fault.Invalid, r) }

// column types one column of a block. Only a column of known type is refused
// here; what was only inferred is judged when the whole file has been seen.
func (in *inference) column(b *Block, i int, as ColumnType) (part, error) {
	c := &b.Columns[i]
	var bad int // row of the first cell that does not fit
	var why Reason
	switch as {
	case Words:
		return in.words(c, b.Rows), nil
	case Numbers, Days:
		p, row, reason := in.numbers(c, b.Rows, as)
		if reason == OK {
			return p, nil
		}
		bad, why = row, reason
	default:
		if c.Kind == Text && b.unit != "line" {
			return in.words(c, b.Rows), nil
		}
		as = Numbers
		if c.Kind == Date || c.Kind == Instant || c.Kind == WallTime {
			as = Days
		}
		p, row, reason := in.numbers(c, b.Rows, as)
		if reason == OK {
			return p, nil
		}
		if c.Kind == Text {
			if p, _, reason = in.numbers(c, b.Rows, Days); reason == OK {
				return p, nil
			}
			return in.words(c, b.Rows), nil
		}
		bad, why = row, reason
	}
	r := b.Reject(bad, i, hinted(why))
	return part{}, invalid(&r)
}

// hinted adds to a reason what can be done about it.
func hinted(why Reason) Reason {
	if why == NotFinite {
		return why + "; correct it, leave the cell empty, or name it with --missing if it means a missing value"
	}
	return why
}

// numbers reads a column as numbers or days. It stops at the first cell that is
// neither nor missing, and gives its row and why.
func (in *inference) numbers(c *Column, rows int, as ColumnType) (p part, bad int, why Reason) {
	p = part{whole: true, numbers: make([]float64, rows)}
	for row := range rows {
		var v float64
		if as == Numbers {
			v, why = c.Float(row)
		} else {
			var micros int64
			micros, why = c.Time(row, in.times)
			v = float64(micros) / dayMicros
		}
		if why == NotFinite && in.infinite {
			v, why = c.infinity(row)
		}
		switch {
		case why == OK:
			p.whole = p.whole && v == math.Trunc(v)
			p.kind = as
		case why == Missing:
			v = math.NaN()
			p.missing++
		case in.means(c, row, &p):
			v = math.NaN()
			p.missing++
		default:
			return part{}, row, why
		}
		p.numbers[row] = v
	}
	return p, 0, OK
}

// notAvailable are the words that mean a missing number in any case.
var notAvailable = []string{"NA", "N/A", "#N/A", "null"}

// means says whether a cell that is no number stands for a missing one.
func (in *inference) means(c *Column, row int, p *part) bool {
	var room [32]byte
	text := string(trim(c.AppendText(room[:0], row)))
	if slices.Contains(in.missing, text) {
		return true
	}
	if isNotAvailable(text) {
		p.na = true
		return true
	}
	return false
}

func isNotAvailable(text string) bool {
	for _, word := range notAvailable {
		if strings.EqualFold(text, word) {
			return true
		}
	}
	return false
}

// words numbers the distinct values of a column, without blanks around them.
func (in *inference) words(c *Column, rows int) part {
	p := part{kind: Inferred, codes: make([]int32, rows)}
	index := map[string]int32{}
	for _, word := range in.missing {
		index[word] = -1
	}
	index[""] = -1
	var text, scratch []byte
	for row := range rows {
		if c.Kind == Text && c.nulls == nil {
			text = trim(c.Bytes(row))
		} else {
			scratch = c.AppendText(scratch[:0], row)
			text = trim(scratch)
		}
		code, known := index[string(text)]
		if !known {
			code = int32(len(p.words))
			word := string(text)
			p.words = append(p.words, word)
			index[word] = code
		}
		if code < 0 {
			p.missing++
		}
		p.codes[row] = code
	}
	if p.missing < rows {
		p.kind = Words
	}
	return p
}
