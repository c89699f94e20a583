package tabular

import (
	"strconv"
	"time"
)

// Kind says what the cells of a column are before anybody interprets them.
type Kind uint8

// The kinds of cells. CSV has text only.
const (
	Text     Kind = iota
	Int           // a whole number
	Float         // a floating-point number
	Truth         // true or false
	Decimal       // a whole number times ten to the minus Scale
	Instant       // microseconds since 1970 in UTC
	WallTime      // microseconds since 1970 on a clock of unknown zone
	Date          // days since 1970
)

// cell is a stretch of a block's buffer.
type cell struct{ off, size uint32 }

// Column is one wanted column of a block.
type Column struct {
	Name  string
	Kind  Kind
	Scale int // of a Decimal

	text   []byte    // the block's buffer
	cells  []cell    // Text
	ints   []int64   // Int, Truth, Decimal, Instant, WallTime, Date
	floats []float64 // Float
	nulls  []bool    // nil when none is null
}

// Block is a run of consecutive good rows, with the bad ones among them. Its
// memory is used again as soon as the function it was given to returns.
type Block struct {
	Seq      int64 // place of the block in the file, from 0
	Rows     int
	Columns  []Column
	Rejected []Rejection

	file  string
	unit  string
	first int64    // line or row number of the block's first row
	lines []uint32 // line of each row less first; nil when rows follow each other
	buf   []byte
	ends  int // newlines in buf
}

// Line gives the place of a row: the line where its record starts, or its
// row number in a Parquet file.
func (b *Block) Line(row int) int64 {
	if b.lines == nil {
		return b.first + int64(row)
	}
	return b.first + int64(b.lines[row])
}

// Reject makes the rejection of one cell of this block.
func (b *Block) Reject(row, column int, why Reason) Rejection {
	c := &b.Columns[column]
	return Rejection{
		File: b.file, Unit: b.unit, Line: b.Line(row), Column: c.Name,
		Value: clip(c.AppendText(nil, row)), Reason: why,
	}
}

// RejectRow makes the rejection of a whole row of this block.
func (b *Block) RejectRow(row int, why Reason) Rejection {
	var text []byte
	for i := range b.Columns {
		if i > 0 {
			text = append(text, ',')
		}
		text = b.Columns[i].AppendText(text, row)
	}
	return Rejection{File: b.file, Unit: b.unit, Line: b.Line(row), Value: clip(text), Reason: why}
}

// Empty reports whether a cell holds nothing: a null, or text without any
// character other than blanks.
func (c *Column) Empty(row int) bool {
	if c.nulls != nil && c.nulls[row] {
		return true
	}
	return c.Kind == Text && len(trim(c.Bytes(row))) == 0
}

// Bytes gives the bytes of a Text cell, as they are in the file, until the
// block is used again. It is for Text columns only.
func (c *Column) Bytes(row int) []byte {
	at := c.cells[row]
	return c.text[at.off : at.off+at.size : at.off+at.size]
}

// AppendText appends a cell of any kind as text. A null adds nothing.
func (c *Column) AppendText(dst []byte, row int) []byte {
	if c.nulls != nil && c.nulls[row] {
		return dst
	}
	switch c.Kind {
	case Text:
		return append(dst, c.Bytes(row)...)
	case Int:
		return strconv.AppendInt(dst, c.ints[row], 10)
	case Float:
		return strconv.AppendFloat(dst, c.floats[row], 'g', -1, 64)
	case Truth:
		return strconv.AppendBool(dst, c.ints[row] != 0)
	case Decimal:
		return appendDecimal(dst, c.ints[row], c.Scale)
	case Date:
		return time.Unix(c.ints[row]*86400, 0).UTC().AppendFormat(dst, time.DateOnly)
	case Instant:
		return time.UnixMicro(c.ints[row]).UTC().AppendFormat(dst, time.RFC3339Nano)
	default:
		return time.UnixMicro(c.ints[row]).UTC().AppendFormat(dst, "2006-01-02T15:04:05.999999999")
	}
}

// appendDecimal writes unscaled × 10^-scale in plain digits.
func appendDecimal(dst []byte, unscaled int64, scale int) []byte {
	u := uint64(unscaled)
	if unscaled < 0 {
		dst = append(dst, '-')
		u = -u
	}
	var room [24]byte
	digits := strconv.AppendUint(room[:0], u, 10)
	whole := len(digits) - scale
	if whole <= 0 {
		dst = append(dst, "0."...)
		for range -whole {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	dst = append(dst, digits[:whole]...)
	if scale > 0 {
		dst = append(dst, '.')
		dst = append(dst, digits[whole:]...)
	}
	return dst
}

// trim drops blanks and tabs around text.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}
