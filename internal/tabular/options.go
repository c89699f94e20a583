package tabular

import (
	"fmt"

	"holdfast/internal/fault"
)

// Encoding names how the text of a file is written.
type Encoding uint8

// The encodings that can be read.
const (
	UTF8        Encoding = iota // the default; a byte-order mark is dropped
	Latin1                      // ISO 8859-1
	Windows1252                 // what Western European Windows calls ANSI
)

// ParseEncoding reads the name of an encoding as the configuration writes it.
// The empty name is UTF-8.
func ParseEncoding(name string) (Encoding, error) {
	switch name {
	case "", "utf-8", "utf8", "UTF-8", "UTF8":
		return UTF8, nil
	case "latin1", "latin-1", "iso-8859-1", "ISO-8859-1":
		return Latin1, nil
	case "windows-1252", "cp1252", "Windows-1252":
		return Windows1252, nil
	}
	return UTF8, fault.New(fault.Invalid, "encoding %q is not known; use utf-8, latin1 or windows-1252", name)
}

// Blanks is the delimiter of files whose cells are separated by runs of
// blanks and tabs. Blanks around a row are dropped and quotes mean nothing.
const Blanks byte = ' '

// ParseDelimiter reads a delimiter as the configuration writes it: one of
// "," ";" "|", "tab", "blanks". The empty text is a comma.
func ParseDelimiter(text string) (byte, error) {
	switch text {
	case "":
		return ',', nil
	case ",", ";", "|", "\t":
		return text[0], nil
	case "tab", `\t`:
		return '\t', nil
	case "blanks", " ":
		return Blanks, nil
	}
	return 0, fault.New(fault.Invalid, `delimiter %q is not known; use ",", ";", "|", "tab" or "blanks"`, text)
}

// Options say how a file is to be read. The zero value reads a comma-separated
// UTF-8 file with a header row, or a Parquet file, with all its columns.
type Options struct {
	Columns    []string // the columns wanted, in the order blocks have them; nil is all
	Names      []string // names by position, for a file without a header row
	Delimiter  byte     // 0 is a comma; ignored for Parquet
	Encoding   Encoding // ignored for Parquet
	MaxRecord  int      // longest record in bytes, 0 is 16 MiB
	BlockBytes int      // bytes of CSV in a block, 0 is 1 MiB
	BlockRows  int      // rows of Parquet in a block, 0 is 16384
	Hash       bool     // compute the SHA-256 of the file's bytes on the way
}

const (
	defaultMaxRecord  = 16 << 20
	defaultBlockBytes = 1 << 20
	defaultBlockRows  = 16384
	largestBlock      = 1 << 30 // cells are addressed by 32 bits
)

func (o Options) withDefaults() (Options, error) {
	if o.Delimiter == 0 {
		o.Delimiter = ','
	}
	switch o.Delimiter {
	case ',', ';', '\t', '|', Blanks:
	default:
		return o, fault.New(fault.Invalid, "delimiter %q is not known; use a comma, semicolon, bar, tab or blanks", o.Delimiter)
	}
	if o.MaxRecord <= 0 {
		o.MaxRecord = defaultMaxRecord
	}
	if o.BlockBytes <= 0 {
		o.BlockBytes = defaultBlockBytes
	}
	if o.BlockRows <= 0 {
		o.BlockRows = defaultBlockRows
	}
	if o.MaxRecord > largestBlock || o.BlockBytes > largestBlock {
		return o, fault.New(fault.Invalid, "blocks and records are limited to %d bytes", largestBlock)
	}
	return o, nil
}

// byteSize writes a number of bytes for people.
func byteSize(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
