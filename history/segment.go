package history

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"

	"holdfast/internal/fault"
)

// maxSegmentRows bounds one segment: a month of one partition. It keeps a
// damaged footer from asking for more memory than there is.
const maxSegmentRows = 1 << 26

// A segment carries the CRC-32C of its own bytes in its metadata, computed with
// the digits of the sum itself at zero, because the Parquet reader trusts its
// input: a flipped bit in a page header can make it read past its memory. The
// store keeps a SHA-256 beside it.
const (
	sumKey  = "holdfast.crc32c"
	noSum   = "00000000"
	tailMax = 8192 // the metadata stands in the file's last bytes
)

// segmentColumn ties a column of the file to one of Events.
type segmentColumn struct {
	name string
	node parquet.Node
	read func(e *Events, page encoding.Values) // appends
	fill func(dst []parquet.Value, e *Events, from int)
}

// EncodeSegment writes a block of events as one Parquet file with one row
// group. The same block gives the same bytes. The block should be in order
// (Sort); readers rely on nothing, but sorted columns are smaller.
func EncodeSegment(e *Events) ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	if e.Len() > maxSegmentRows {
		return nil, fault.New(fault.Invalid, "a segment holds at most %d events, not %d; make the database with more partitions", maxSegmentRows, e.Len())
	}
	var out bytes.Buffer
	out.Grow(e.Len()*32 + 4096)
	w := parquet.NewWriter(&out, segmentSchema,
		parquet.CreatedBy("holdfast", "1", "segment"),
		parquet.PageBufferSize(1<<20),
		parquet.WriteBufferSize(0), // out is memory
		parquet.DataPageStatistics(false),
		parquet.KeyValueMetadata(sumKey, noSum),
	)
	columns := w.ColumnWriters()
	var chunk [1024]parquet.Value
	for i, at := range segmentOrder {
		c := &segmentColumns[at]
		for from := 0; from < e.Len(); from += len(chunk) {
			part := chunk[:min(len(chunk), e.Len()-from)]
			c.fill(part, e, from)
			if _, err := columns[i].WriteRowValues(part); err != nil {
				return nil, fmt.Errorf("encode column %s of a segment: %w", c.name, err)
			}
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encode a segment of %d events: %w", e.Len(), err)
	}
	at, err := sumPlace(out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("encode a segment of %d events: %w", e.Len(), err)
	}
	copy(out.Bytes()[at:], fmt.Sprintf("%08x", checksum(out.Bytes(), at)))
	return out.Bytes(), nil
}

// sumPlace finds the digits of the sum.
func sumPlace(payload []byte) (int, error) {
	tail := max(0, len(payload)-tailMax)
	at := bytes.LastIndex(payload[tail:], []byte(sumKey))
	at += tail + len(sumKey) + len("..") // the value's field header and length
	if at < tail+len(sumKey)+len("..") || at+len(noSum) > len(payload) {
		return 0, errors.New("it carries no checksum")
	}
	return at, nil
}

func checksum(payload []byte, at int) uint32 {
	sum := crc32.Update(0, castagnoli, payload[:at])
	sum = crc32.Update(sum, castagnoli, []byte(noSum))
	return crc32.Update(sum, castagnoli, payload[at+len(noSum):])
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// DecodeSegment appends the events of a segment to into. A payload that is cut,
// changed or not a segment at all is refused and leaves into as it was.
func DecodeSegment(payload []byte, into *Events) (err error) {
	before := into.Len()
	defer func() {
		if r := recover(); r != nil { // the Parquet reader trusts its input
			err = fmt.Errorf("%v", r)
		}
		if err != nil {
			into.Truncate(before)
			err = fault.New(fault.Invalid, "this history segment is damaged (%w); restore it from a backup or undo and repeat its import", err)
		}
	}()
	file, rows, err := openSegment(payload)
	if err != nil {
		return err
	}
	into.Grow(rows)
	var chunks []parquet.ColumnChunk
	if rows > 0 {
		chunks = file.RowGroups()[0].ColumnChunks()
	}
	for i, chunk := range chunks {
		at := segmentOrder[i]
		if err := readColumn(chunk, &segmentColumns[at], rows, into); err != nil {
			return fmt.Errorf("column %s: %w", segmentColumns[at].name, err)
		}
	}
	return into.check()
}

func openSegment(payload []byte) (file *parquet.File, rows int, err error) {
	at, err := sumPlace(payload)
	if err != nil {
		return nil, 0, err
	}
	if string(payload[at:at+len(noSum)]) != fmt.Sprintf("%08x", checksum(payload, at)) {
		return nil, 0, errors.New("its bytes do not match its checksum")
	}
	if size := binary.LittleEndian.Uint32(payload[len(payload)-8:]); int64(size) > int64(len(payload)-12) {
		return nil, 0, errors.New("its footer is longer than it is")
	}
	file, err = parquet.OpenFile(bytes.NewReader(payload), int64(len(payload)),
		parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, 0, err
	}
	if file.NumRows() < 0 || file.NumRows() > maxSegmentRows {
		return nil, 0, fmt.Errorf("it claims %d rows", file.NumRows())
	}
	if len(file.RowGroups()) == 0 && file.NumRows() == 0 {
		return file, 0, nil // a block without events
	}
	if len(file.RowGroups()) != 1 || len(file.RowGroups()[0].ColumnChunks()) != len(segmentColumns) {
		return nil, 0, errors.New("it is not laid out as a segment")
	}
	for i, column := range file.Root().Columns() {
		if want := segmentColumns[segmentOrder[i]].name; column.Name() != want {
			return nil, 0, fmt.Errorf("it has column %q where %q belongs", column.Name(), want)
		}
	}
	return file, int(file.NumRows()), nil
}

func readColumn(chunk parquet.ColumnChunk, c *segmentColumn, rows int, into *Events) error {
	pages := chunk.Pages()
	defer pages.Close() //nolint:errcheck // reads from memory
	read := 0
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		read += int(page.NumValues())
		if read > rows {
			return fmt.Errorf("it has more than %d rows", rows)
		}
		c.read(into, page.Data())
		parquet.Release(page)
	}
	if read != rows {
		return fmt.Errorf("it has %d of %d rows", read, rows)
	}
	return nil
}
