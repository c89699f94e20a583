package tabular

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// Reasons for which a whole row is rejected.
const (
	BareQuote  Reason = "a quote inside an unquoted cell; put the whole cell in quotes and double the quote"
	AfterQuote Reason = "text after the closing quote of a cell; double a quote that is part of the text"
)

const (
	ones  = 0x0101010101010101
	lows  = 0x7f7f7f7f7f7f7f7f
	highs = 0x8080808080808080
)

// equal marks, by its high bit, each byte of x that equals the repeated byte.
func equal(x, repeated uint64) uint64 {
	x ^= repeated
	return ^((x&lows + lows) | x | lows)
}

// parsePlain finds cells in text without any quote, eight bytes at a time.
func (f *csvFile) parsePlain(b *Block, want [][]cell) {
	n := len(b.buf)
	text := b.buf[:n+8]
	delimiters := uint64(f.opt.Delimiter) * ones
	const newlines = uint64('\n') * ones
	row, field, start, record := 0, 0, 0, 0
	line := uint32(0)
	for base := 0; base < n; base += 8 {
		x := binary.LittleEndian.Uint64(text[base:])
		for m := equal(x, delimiters) | equal(x, newlines); m != 0; m &= m - 1 {
			at := base + bits.TrailingZeros64(m)>>3
			end, last := at, text[at] == '\n'
			if last && end > start && text[end-1] == '\r' {
				end--
			}
			if field < len(want) {
				if cells := want[field]; cells != nil {
					cells[row] = cell{uint32(start), uint32(end - start)}
				}
			}
			field++
			if last {
				switch {
				case field == len(want) && (field > 1 || end > start):
					b.lines[row] = line
					row++
				case field > 1 || end > start:
					f.ragged(b, line, text[record:at], field)
				}
				line++
				field, record = 0, at+1
			}
			start = at + 1
		}
	}
	b.Rows = row
}

// found is one cell of a record: its text, and the place of what ended it.
type found struct {
	off, end, next int
	lines          uint32 // newlines inside
	quoted         bool
	why            Reason
}

// quotedCell reads the cell that begins at i by the rules of RFC 4180. Doubled
// quotes are made single in place. The text always ends with a newline that
// is not inside quotes.
func quotedCell(text []byte, i int, delimiter byte) found {
	if text[i] != '"' {
		return plainCell(text, i, i, delimiter)
	}
	c := found{off: i + 1, quoted: true}
	doubled := false
	at := i + 1
	for {
		at += bytes.IndexByte(text[at:], '"')
		if text[at+1] != '"' {
			break
		}
		doubled = true
		at += 2
	}
	c.end, c.next = at, at+1
	inside := text[c.off:c.end]
	c.lines = uint32(bytes.Count(inside, newline))
	if doubled {
		c.end = c.off + undouble(inside)
	}
	if text[c.next] == '\r' && text[c.next+1] == '\n' {
		c.next++
	}
	if e := text[c.next]; e != delimiter && e != '\n' {
		c.next = plainCell(text, i, c.next, delimiter).next
		c.why = AfterQuote
	}
	return c
}

// plainCell reads on from at to the end of an unquoted cell that began at off.
func plainCell(text []byte, off, at int, delimiter byte) found {
	c := found{off: off}
	for ; ; at++ {
		e := text[at]
		if e == delimiter || e == '\n' {
			break
		}
		if e == '"' {
			c.why = BareQuote
		}
	}
	c.end, c.next = at, at
	if text[at] == '\n' && at > off && text[at-1] == '\r' {
		c.end--
	}
	return c
}

// undouble makes doubled quotes single and gives the new length.
func undouble(text []byte) int {
	n := 0
	for i := 0; i < len(text); i++ {
		text[n] = text[i]
		n++
		if text[i] == '"' {
			i++
		}
	}
	return n
}

// parseQuoted finds cells in text that has quotes somewhere.
func (f *csvFile) parseQuoted(b *Block, want [][]cell) {
	text, row, line := b.buf, 0, uint32(0)
	for at := 0; at < len(text); {
		record, first := at, line
		field, why := 0, OK
		var blank bool
		for {
			c := quotedCell(text, at, f.opt.Delimiter)
			if c.why != OK {
				why = c.why
			}
			if field < len(want) && want[field] != nil {
				want[field][row] = cell{uint32(c.off), uint32(c.end - c.off)}
			}
			field++
			line += c.lines
			at = c.next + 1
			if text[c.next] == '\n' {
				blank = field == 1 && c.end == c.off && !c.quoted
				break
			}
		}
		line++
		switch {
		case blank:
		case why != OK:
			f.refuse(b, first, text[record:at-1], why)
		case field != len(want):
			f.ragged(b, first, text[record:at-1], field)
		default:
			b.lines[row] = first
			row++
		}
	}
	b.Rows = row
}

// parseBlanks finds cells separated by runs of blanks and tabs.
func (f *csvFile) parseBlanks(b *Block, want [][]cell) {
	text, row, line := b.buf, 0, uint32(0)
	for at := 0; at < len(text); line++ {
		record, field := at, 0
		for text[at] != '\n' {
			if isBlank(text[at]) {
				at++
				continue
			}
			start := at
			for !isBlank(text[at]) && text[at] != '\n' {
				at++
			}
			if field < len(want) && want[field] != nil {
				want[field][row] = cell{uint32(start), uint32(at - start)}
			}
			field++
		}
		at++
		switch field {
		case 0:
		case len(want):
			b.lines[row] = line
			row++
		default:
			f.ragged(b, line, text[record:at-1], field)
		}
	}
	b.Rows = row
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }
