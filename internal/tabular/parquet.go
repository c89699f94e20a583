package tabular

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"

	"holdfast/internal/fault"
)

// parquetFile is the origin of a Parquet file. Pages are decoded by next, in
// order: at tens of millions of values a second that is the cheap part.
type parquetFile struct {
	reader  *Reader
	groups  []parquet.RowGroup
	leaves  []*leaf // by column of the file; nil where it cannot be read
	wanted  []*leaf // by column of a block
	group   int     // next row group
	left    int64   // rows of the current row group
	row     int64   // rows delivered
	rows    int64
	digest  string
	refused []string // why a leaf is nil
}

func (r *Reader) openParquet() (err error) {
	defer r.recovered(&err)
	if r.opt.Names != nil {
		return fault.New(fault.Invalid, "%s is a Parquet file and has its own column names; do not name them by position", r.path)
	}
	if err := r.footer(); err != nil {
		return r.damaged(err)
	}
	file, err := parquet.OpenFile(r.file, r.total, parquet.SkipBloomFilters(true))
	if err != nil {
		return r.damaged(err)
	}
	f := &parquetFile{reader: r, groups: file.RowGroups(), rows: file.NumRows()}
	r.origin = f
	f.walk(file.Root())
	if len(r.names) == 0 {
		return fault.New(fault.Invalid, "%s has no columns", r.path)
	}
	if r.opt.Hash {
		sum := sha256.New()
		if _, err := io.Copy(sum, io.NewSectionReader(r.file, 0, r.total)); err != nil {
			return fault.New(fault.Unavailable, "%s cannot be read: %w", r.path, err)
		}
		f.digest = hex.EncodeToString(sum.Sum(nil))
	}
	return nil
}

// footer refuses a file whose last bytes give its footer more than the whole
// file has: parquet.OpenFile makes room for whatever they say, up to 4 GiB.
func (r *Reader) footer() error {
	const frame = 8 // the length and the last PAR1
	var end [frame]byte
	if _, err := r.file.ReadAt(end[:], max(0, r.total-frame)); err != nil {
		return fmt.Errorf("its end cannot be read: %w", err)
	}
	if size := int64(binary.LittleEndian.Uint32(end[:])); string(end[4:]) == "PAR1" && size > r.total-frame {
		return fmt.Errorf("its end says that %d bytes describe it and it has %d", size, r.total)
	}
	return nil
}

func (r *Reader) damaged(err error) error {
	return fault.New(fault.Invalid, "%s is not a usable Parquet file: %w; copy or write it again", r.path, err)
}

// recovered turns a panic of the decoder over damaged bytes into an error.
func (r *Reader) recovered(err *error) {
	if p := recover(); p != nil {
		*err = r.damaged(fmt.Errorf("its pages do not make sense (%v)", p))
	}
}

// walk lists the leaves in the order of the file.
func (f *parquetFile) walk(c *parquet.Column) {
	if !c.Leaf() {
		for _, child := range c.Columns() {
			f.walk(child)
		}
		return
	}
	l, why := newLeaf(c)
	f.leaves = append(f.leaves, l)
	f.refused = append(f.refused, why)
	f.reader.names = append(f.reader.names, strings.Join(c.Path(), "."))
}

func (f *parquetFile) sum() (string, bool) { return f.digest, f.digest != "" }

func (f *parquetFile) parse(*Block) error { return nil }

// begin takes the leaves of the wanted columns.
func (f *parquetFile) begin() error {
	f.wanted = make([]*leaf, 0, len(f.reader.wanted))
	for _, w := range f.reader.wanted {
		if f.leaves[w] == nil {
			return fault.New(fault.Invalid, "%s column %q %s; leave it out or write it flat", f.reader.path, f.reader.names[w], f.refused[w])
		}
		l := *f.leaves[w]
		f.wanted = append(f.wanted, &l)
	}
	return nil
}

func (f *parquetFile) next(b *Block) (err error) {
	defer f.reader.recovered(&err)
	if f.wanted == nil {
		if err := f.begin(); err != nil {
			return err
		}
	}
	for f.left == 0 {
		if f.group == len(f.groups) {
			return f.end()
		}
		f.left = f.groups[f.group].NumRows()
		chunks := f.groups[f.group].ColumnChunks()
		for _, l := range f.wanted {
			l.open(chunks[l.index])
		}
		f.group++
	}
	rows := int(min(f.left, int64(f.reader.opt.BlockRows)))
	b.unit, b.first, b.lines, b.buf = "row", f.row+1, nil, b.buf[:0]
	b.prepare(f.reader, rows)
	for i, l := range f.wanted {
		if err := l.fill(b, &b.Columns[i], rows); err != nil {
			return f.reader.damaged(fmt.Errorf("column %q: %w", b.Columns[i].Name, err))
		}
	}
	for i := range b.Columns {
		b.Columns[i].text = b.buf
	}
	b.Rows = rows
	f.left -= int64(rows)
	f.row += int64(rows)
	f.reader.read.Store(int64(float64(f.row) / float64(f.rows) * float64(f.reader.total)))
	return nil
}

func (f *parquetFile) end() error {
	f.reader.read.Store(f.reader.total)
	for _, l := range f.wanted {
		l.close()
	}
	return io.EOF
}

var errShort = errors.New("it ends before its last row")
