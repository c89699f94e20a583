package tabular

import (
	"bytes"
	"io"

	"holdfast/internal/fault"
)

// padding is the room kept behind a block's text so that eight bytes can be
// loaded at once and a missing last newline added.
const padding = 16

// splitter cuts text into runs of whole records. Only it knows where in the
// file a record is; all it looks at are newlines and quotes.
type splitter struct {
	src   *source
	opt   Options
	carry []byte // the beginning of the next block
	line  int64  // of the first byte of carry
}

// next fills b with the next run of whole records, each ended by a newline.
func (s *splitter) next(b *Block) error {
	size := max(s.opt.BlockBytes, len(s.carry))
	buf := room(b.buf, size)
	n := copy(buf, s.carry)
	s.carry = s.carry[:0]
	for {
		m, err := s.src.fill(buf[n:])
		if err != nil {
			return err
		}
		n += m
		if n == 0 {
			return io.EOF
		}
		end, open := s.cut(buf[:n])
		if s.src.ended && open >= 0 {
			return s.neverClosed(buf, open)
		}
		if s.src.ended && end < n {
			buf = append(buf[:n], '\n')
			n++
			end = n
		}
		if end > 0 {
			s.carry = append(s.carry, buf[end:n]...)
			s.take(b, buf[:end])
			return nil
		}
		if n > s.opt.MaxRecord {
			return s.tooLong(open >= 0)
		}
		size = min(2*n, s.opt.MaxRecord+1)
		buf = append(room(nil, size)[:0], buf[:n]...)[:size]
	}
}

// room gives a slice of size bytes with padding behind it, reusing buf.
func room(buf []byte, size int) []byte {
	if cap(buf) >= size+padding {
		return buf[:size]
	}
	return make([]byte, size, size+padding)
}

func (s *splitter) take(b *Block, text []byte) {
	b.buf = text
	clear(text[len(text) : len(text)+8 : cap(text)])
	b.first = s.line
	b.ends = bytes.Count(text, newline)
	s.line += int64(b.ends)
}

var newline = []byte{'\n'}

// cut finds the end of the last whole record in text, which begins with a
// record, and the place of a quote that is still open, or -1.
func (s *splitter) cut(text []byte) (end, open int) {
	if s.opt.Delimiter == Blanks {
		return bytes.LastIndexByte(text, '\n') + 1, -1
	}
	return lastRecordEnd(text, s.opt.Delimiter)
}

// lastRecordEnd goes from quote to quote. A quote opens only at the beginning
// of a cell; two in a row inside a quoted cell are one character.
func lastRecordEnd(text []byte, delimiter byte) (end, open int) {
	at := 0
	for {
		q := bytes.IndexByte(text[at:], '"')
		if q < 0 {
			if nl := bytes.LastIndexByte(text[at:], '\n'); nl >= 0 {
				end = at + nl + 1
			}
			return end, -1
		}
		q += at
		if nl := bytes.LastIndexByte(text[at:q], '\n'); nl >= 0 {
			end = at + nl + 1
		}
		at = q + 1
		if q > 0 && text[q-1] != delimiter && text[q-1] != '\n' {
			continue // a quote inside an unquoted cell opens nothing
		}
		for {
			c := bytes.IndexByte(text[at:], '"')
			if c < 0 {
				return end, q
			}
			at += c + 1
			if at == len(text) || text[at] != '"' {
				break
			}
			at++
		}
	}
}

func (s *splitter) neverClosed(text []byte, open int) error {
	line := s.line + int64(bytes.Count(text[:open], newline))
	return fault.New(fault.Invalid, "%s line %d: the quote opened here is never closed; close it, or double it if it is part of the text", s.src.path, line)
}

func (s *splitter) tooLong(open bool) error {
	if open {
		return fault.New(fault.Invalid, "%s line %d: a quoted cell starts here and does not end within %s; close the quote", s.src.path, s.line, byteSize(s.opt.MaxRecord))
	}
	return fault.New(fault.Invalid, "%s line %d: the line is longer than %s; check that the file has line ends", s.src.path, s.line, byteSize(s.opt.MaxRecord))
}
