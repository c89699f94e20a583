package tabular

import (
	"errors"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"holdfast/internal/fault"
)

// origin is one kind of file. next is called by one goroutine and must be
// cheap; parse is called by several, each with its own block.
type origin interface {
	next(b *Block) error // io.EOF after the last block
	parse(b *Block) error
	sum() (string, bool)
}

// Reader reads one file once, in blocks of rows.
type Reader struct {
	path    string
	opt     Options
	file    *os.File
	origin  origin
	names   []string // the file's columns
	wanted  []int    // positions in names of the columns in a block
	read    atomic.Int64
	total   int64
	blocks  sync.Pool
	started bool
}

// Open opens a CSV file, plain or gzip, or a Parquet file; which one it is, is
// read from its first bytes and not from its name. What cannot be read is
// refused with a sentence that names the file: fault.NotFound when it is not
// there, fault.Invalid when it is not usable.
func Open(path string, opt Options) (*Reader, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.New(fault.NotFound, "%s is not there; check the path of the file", path)
	case err != nil:
		return nil, fault.New(fault.Invalid, "cannot open the file: %w", err)
	}
	r := &Reader{path: path, opt: opt, file: file}
	r.blocks.New = func() any { return &Block{file: path} }
	if err := r.open(); err != nil {
		_ = file.Close() // the reason it cannot be used is what matters
		return nil, err
	}
	return r, nil
}

func (r *Reader) open() error {
	info, err := r.file.Stat()
	if err != nil {
		return fault.New(fault.Invalid, "%s cannot be read: %w", r.path, err)
	}
	if info.IsDir() {
		return fault.New(fault.Invalid, "%s is a folder; name a file in it", r.path)
	}
	r.total = info.Size()
	head := make([]byte, 4)
	n, _ := r.file.ReadAt(head, 0) // a short or unreadable file is met again below
	switch string(head[:n]) {
	case "PAR1":
		err = r.openParquet()
	case "PK\x03\x04":
		return fault.New(fault.Invalid, "%s is a ZIP or Excel file; save it as CSV or Parquet", r.path)
	case "\x28\xb5\x2f\xfd":
		return fault.New(fault.Invalid, "%s is compressed with zstd; use gzip or no compression", r.path)
	default:
		err = r.openCSV()
	}
	if err != nil {
		return err
	}
	return r.Select(r.opt.Columns)
}

// Names gives the file's columns in their order.
func (r *Reader) Names() []string { return r.names }

// Select replaces the wanted columns before reading starts; nil is all. An
// absent column is refused with the list of those there are.
func (r *Reader) Select(columns []string) error {
	if columns == nil {
		r.wanted = r.wanted[:0]
		for i := range r.names {
			r.wanted = append(r.wanted, i)
		}
		return nil
	}
	wanted, err := resolve(r.path, r.names, columns, r.opt.Delimiter)
	if err != nil {
		return err
	}
	r.wanted = wanted
	return nil
}

// Progress gives how many of the file's bytes have been read; for gzip they
// are compressed bytes. It may be called while blocks are read.
func (r *Reader) Progress() (read, total int64) {
	return min(r.read.Load(), r.total), r.total
}

// Sum gives the SHA-256 of the file's bytes in hexadecimal once all of it has
// been read, when Options.Hash asked for it.
func (r *Reader) Sum() (string, bool) { return r.origin.sum() }

// Close closes the file.
func (r *Reader) Close() error { return r.file.Close() }
