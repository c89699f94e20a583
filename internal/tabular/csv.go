package tabular

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"holdfast/internal/fault"
)

// csvFile is the origin of a CSV file.
type csvFile struct {
	*splitter
	reader *Reader
	path   string
}

func (r *Reader) openCSV() error {
	src, err := newSource(r.path, r.file, &r.read, r.opt.Hash)
	if err != nil {
		return err
	}
	f := &csvFile{splitter: &splitter{src: src, opt: r.opt, line: 1}, reader: r, path: r.path}
	r.origin = f
	if err := f.begin(); err != nil {
		return err
	}
	if r.opt.Names != nil {
		r.names = r.opt.Names
		return nil
	}
	return f.header()
}

// begin reads the first bytes, drops a byte-order mark and refuses UTF-16.
func (f *csvFile) begin() error {
	f.carry = make([]byte, 4096)
	n, err := f.src.fill(f.carry)
	if err != nil {
		return err
	}
	f.carry = bytes.TrimPrefix(f.carry[:n], []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(f.carry, []byte("\xff\xfe")) || bytes.HasPrefix(f.carry, []byte("\xfe\xff")) {
		return fault.New(fault.Invalid, "%s is UTF-16; save it as UTF-8", f.path)
	}
	return nil
}

// header takes the first record that is not blank as the names of the columns.
func (f *csvFile) header() error {
	b := &Block{file: f.path, unit: "line"}
	for {
		b.buf = nil
		if err := f.next(b); errors.Is(err, io.EOF) {
			return fault.New(fault.Invalid, "%s is empty; expected a header row with the names of the columns", f.path)
		} else if err != nil {
			return err
		}
		if at := f.skipBlank(b.buf); at < len(b.buf) {
			return f.readHeader(b, at)
		}
	}
}

// skipBlank gives the place of the first line with anything on it.
func (f *csvFile) skipBlank(text []byte) int {
	at := 0
	for at < len(text) {
		end := at + bytes.IndexByte(text[at:], '\n') + 1
		if len(bytes.TrimSpace(text[at:end])) > 0 {
			return at
		}
		at = end
	}
	return at
}

func (f *csvFile) readHeader(b *Block, at int) error {
	names, end, why := f.record(b.buf, at)
	line := b.first + int64(bytes.Count(b.buf[:at], newline))
	if why != OK {
		return fault.New(fault.Invalid, "%s line %d: the header row cannot be read: %s", f.path, line, why)
	}
	checked := &Block{first: line, buf: b.buf[at:end]}
	if err := f.checkText(checked); err != nil {
		return err
	}
	for i, name := range names {
		if strings.ContainsRune(name, '\r') {
			return fault.New(fault.Invalid, "%s line %d: the header row has a carriage return inside; save the file with LF or CRLF line ends", f.path, line)
		}
		names[i] = strings.TrimSpace(toUTF8(name, f.opt.Encoding))
	}
	f.reader.names = names
	lines := int64(bytes.Count(b.buf[at:end], newline))
	f.line = line + lines
	f.carry = append(bytes.Clone(b.buf[end:]), f.carry...)
	return nil
}

// record reads the cells of one record as strings.
func (f *csvFile) record(text []byte, at int) (cells []string, end int, why Reason) {
	if f.opt.Delimiter == Blanks {
		end = at + bytes.IndexByte(text[at:], '\n') + 1
		return strings.Fields(string(text[at:end])), end, OK
	}
	for {
		c := quotedCell(text, at, f.opt.Delimiter)
		if c.why != OK {
			why = c.why
		}
		cells = append(cells, string(text[c.off:c.end]))
		at = c.next + 1
		if text[c.next] == '\n' {
			return cells, at, why
		}
	}
}

func (f *csvFile) sum() (string, bool) { return f.src.sum() }

// checkText refuses text that is not what the options say it is.
func (f *csvFile) checkText(b *Block) error {
	if at := bytes.IndexByte(b.buf, 0); at >= 0 {
		line, col := textPlace(b, at)
		return fault.New(fault.Invalid, "%s line %d, byte %d: a NUL byte is not text; the file is binary, UTF-16 or damaged", f.path, line, col)
	}
	if f.opt.Encoding != UTF8 || utf8.Valid(b.buf) {
		return nil
	}
	at := 0
	for {
		c, size := utf8.DecodeRune(b.buf[at:])
		if c == utf8.RuneError && size <= 1 {
			break
		}
		at += size
	}
	line, col := textPlace(b, at)
	return fault.New(fault.Invalid, "%s line %d, byte %d: 0x%02X is not UTF-8, so the file is in the wrong encoding; set `encoding: windows-1252` (or latin1) or save it as UTF-8", f.path, line, col, b.buf[at])
}

// textPlace gives the line of a byte of a block and its place in the line, from 1.
func textPlace(b *Block, at int) (line int64, col int) {
	start := bytes.LastIndexByte(b.buf[:at], '\n') + 1
	return b.first + int64(bytes.Count(b.buf[:at], newline)), at - start + 1
}

// parse finds the wanted cells of a block.
func (f *csvFile) parse(b *Block) error {
	if err := f.checkText(b); err != nil {
		return err
	}
	b.unit = "line"
	b.prepare(f.reader, b.ends)
	if cap(b.lines) < b.ends {
		b.lines = make([]uint32, b.ends)
	}
	b.lines = b.lines[:b.ends]
	want := make([][]cell, len(f.reader.names))
	var extra [][2]int // a column asked for twice
	for i, w := range f.reader.wanted {
		if want[w] != nil {
			extra = append(extra, [2]int{i, w})
			continue
		}
		want[w] = b.Columns[i].cells
	}
	switch {
	case f.opt.Delimiter == Blanks:
		f.parseBlanks(b, want)
	case bytes.IndexByte(b.buf, '"') >= 0:
		f.parseQuoted(b, want)
	default:
		f.parsePlain(b, want)
	}
	for _, x := range extra {
		copy(b.Columns[x[0]].cells, want[x[1]][:b.Rows])
	}
	if f.opt.Encoding != UTF8 {
		b.transcode(f.opt.Encoding)
	}
	for i := range b.Columns {
		b.Columns[i].text = b.buf
	}
	return nil
}

// prepare empties a block and makes room for text cells of so many rows.
func (b *Block) prepare(r *Reader, rows int) {
	b.Rows = 0
	b.Rejected = b.Rejected[:0]
	if len(b.Columns) != len(r.wanted) {
		b.Columns = make([]Column, len(r.wanted))
	}
	for i, w := range r.wanted {
		c := &b.Columns[i]
		c.Name = r.names[w]
		if cap(c.cells) < rows {
			c.cells = make([]cell, rows+rows/8)
		}
		c.cells = c.cells[:rows]
	}
}

// ragged makes the rejection of a record with the wrong number of cells.
func (f *csvFile) ragged(b *Block, line uint32, record []byte, cells int) {
	why := Reason(fmt.Sprintf("has %d cells where the file has %d columns", cells, len(f.reader.names)))
	f.refuse(b, line, record, why)
}

func (f *csvFile) refuse(b *Block, line uint32, record []byte, why Reason) {
	value := clip(record)
	if f.opt.Encoding != UTF8 {
		value = clip([]byte(toUTF8(string(record[:min(len(record), clipBytes+1)]), f.opt.Encoding)))
	}
	b.Rejected = append(b.Rejected, Rejection{File: f.path, Unit: "line", Line: b.first + int64(line), Value: value, Reason: why})
}
