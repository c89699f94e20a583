package tabular

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// leaf reads one flat column of a Parquet file page by page.
type leaf struct {
	index    int
	kind     Kind
	scale    int
	physical parquet.Kind
	unsigned bool
	unit     time.Duration // of a timestamp
	full     byte          // definition level of a value that is there

	pages  parquet.Pages
	page   parquet.Page
	levels []byte // definition levels of the page; nil when all are there
	at     int    // next row of the page
	value  int    // next value of the page
	rows   int    // rows of the page

	ints    []int64
	floats  []float64
	data    []byte // of byte arrays
	offsets []uint32
	size    int     // of fixed-size byte arrays
	indexes []int32 // into a dictionary of byte arrays; nil without one
}

// newLeaf says how a column is read, or why it cannot be.
func newLeaf(c *parquet.Column) (*leaf, string) {
	if c.MaxRepetitionLevel() > 0 {
		return nil, "is a list"
	}
	t := c.Type()
	l := &leaf{index: int(c.Index()), physical: t.Kind(), full: byte(c.MaxDefinitionLevel())}
	switch l.physical {
	case parquet.Boolean:
		l.kind = Truth
	case parquet.Int32, parquet.Int64:
		l.kind = Int
	case parquet.Int96:
		l.kind = Instant
	case parquet.Float, parquet.Double:
		l.kind = Float
	case parquet.ByteArray, parquet.FixedLenByteArray:
		l.kind = Text
	default:
		return nil, "has a type that is not known"
	}
	if logical := t.LogicalType(); logical != nil {
		if why := l.refine(logical.Value); why != "" {
			return nil, why
		}
	}
	return l, ""
}

// refine takes the meaning that a logical type adds to the physical one.
func (l *leaf) refine(logical format.LogicalTypeValue) string {
	switch t := logical.(type) {
	case *format.DateType:
		l.kind = Date
	case *format.TimestampType:
		l.kind = WallTime
		if t.IsAdjustedToUTC {
			l.kind = Instant
		}
		if l.unit = time.Microsecond; t.Unit.Value != nil {
			l.unit = t.Unit.Value.Duration()
		}
	case *format.DecimalType:
		l.kind, l.scale = Decimal, int(t.Scale)
		if l.scale < 0 || l.scale > 18 {
			return fmt.Sprintf("is a decimal of %d digits after the point", l.scale)
		}
	case *format.IntType:
		l.unsigned = !t.IsSigned
	case *format.UUIDType, *format.Float16Type:
		return "is of a binary type"
	}
	return ""
}

func (l *leaf) open(chunk parquet.ColumnChunk) {
	l.close()
	l.pages = chunk.Pages()
}

func (l *leaf) close() {
	if l.page != nil {
		parquet.Release(l.page)
	}
	if l.pages != nil {
		_ = l.pages.Close() // only read from
	}
	l.page, l.pages, l.rows, l.at = nil, nil, 0, 0
}

// load reads the next page and turns its values into ints, floats or bytes.
func (l *leaf) load() error {
	if l.page != nil {
		parquet.Release(l.page)
		l.page = nil
	}
	page, err := l.pages.ReadPage()
	if errors.Is(err, io.EOF) {
		return errShort
	} else if err != nil {
		return err
	}
	l.page, l.at, l.value = page, 0, 0
	l.rows = int(page.NumRows())
	l.levels, l.indexes = nil, nil
	if l.full > 0 && page.NumNulls() > 0 {
		l.levels = page.DefinitionLevels()
	}
	values := page
	if dict := page.Dictionary(); dict != nil {
		data := page.Data()
		l.indexes = data.Int32()
		values = dict.Page()
	}
	if err := l.decode(values); err != nil {
		return err
	}
	if l.indexes != nil && l.kind != Text {
		if l.kind == Float {
			l.floats = spread(l.floats, l.indexes)
		} else {
			l.ints = spread(l.ints, l.indexes)
		}
		l.indexes = nil
	}
	return nil
}

// spread looks indexes up in a dictionary.
func spread[T any](dict []T, indexes []int32) []T {
	out := make([]T, len(indexes))
	for i, x := range indexes {
		out[i] = dict[x]
	}
	return out
}

// decode takes the values of a page or dictionary out by their physical type.
func (l *leaf) decode(page parquet.Page) error {
	data := page.Data()
	l.ints, l.floats = l.ints[:0], l.floats[:0]
	switch l.physical {
	case parquet.Boolean:
		return l.decodeTruths(page)
	case parquet.Int32:
		for _, v := range data.Int32() {
			if l.unsigned {
				l.ints = append(l.ints, int64(uint32(v)))
			} else {
				l.ints = append(l.ints, int64(v))
			}
		}
	case parquet.Int64:
		l.ints = append(l.ints, data.Int64()...)
		return l.rescale()
	case parquet.Int96:
		l.decodeInt96(data.Int96())
	case parquet.Float:
		for _, v := range data.Float() {
			l.floats = append(l.floats, shortest(v))
		}
	case parquet.Double:
		l.floats = append(l.floats, data.Double()...)
	case parquet.ByteArray:
		l.data, l.offsets = data.ByteArray()
		return l.decodeDecimals(len(l.offsets) - 1)
	case parquet.FixedLenByteArray:
		l.data, l.size = data.FixedLenByteArray()
		return l.decodeDecimals(len(l.data) / max(l.size, 1))
	}
	return nil
}

// decodeInt96 reads the timestamps of old Spark and Impala: nanoseconds of the
// day and the Julian day, of which 2,440,588 is 1970-01-01.
func (l *leaf) decodeInt96(values []deprecated.Int96) {
	for _, v := range values {
		nanos := int64(v[0]) | int64(v[1])<<32
		l.ints = append(l.ints, (int64(v[2])-2440588)*86400e6+nanos/1000)
	}
}

func (l *leaf) decodeTruths(page parquet.Page) error {
	room := make([]parquet.Value, page.NumValues())
	n, err := page.Values().ReadValues(room)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	for _, v := range room[:n] {
		switch {
		case v.IsNull():
		case v.Boolean():
			l.ints = append(l.ints, 1)
		default:
			l.ints = append(l.ints, 0)
		}
	}
	return nil
}

// rescale brings timestamps to microseconds. What does not fit becomes an
// instant outside every calendar, which Time refuses by its row.
func (l *leaf) rescale() error {
	if l.unsigned {
		for _, v := range l.ints {
			if v < 0 {
				return fmt.Errorf("%d is too large for a 64-bit number", uint64(v))
			}
		}
	}
	if l.kind != Instant && l.kind != WallTime {
		return nil
	}
	switch l.unit {
	case time.Millisecond:
		for i, v := range l.ints {
			if v > math.MaxInt64/1000 || v < math.MinInt64/1000 {
				v = math.MaxInt64 / 1000
			}
			l.ints[i] = v * 1000
		}
	case time.Nanosecond:
		for i, v := range l.ints {
			l.ints[i] = floorDiv(v, 1000)
		}
	}
	return nil
}

// decodeDecimals reads big-endian two's complement numbers of a decimal column.
func (l *leaf) decodeDecimals(n int) error {
	if l.kind != Decimal {
		return nil
	}
	for i := range n {
		v, ok := bigEndian(l.bytes(i))
		if !ok {
			return fmt.Errorf("a decimal is too large for a 64-bit number")
		}
		l.ints = append(l.ints, v)
	}
	return nil
}

func bigEndian(b []byte) (int64, bool) {
	if len(b) == 0 {
		return 0, true
	}
	if len(b) > 8 {
		v := new(big.Int).SetBytes(b)
		if b[0] >= 0x80 {
			v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
		return v.Int64(), v.IsInt64()
	}
	var room [8]byte
	if b[0] >= 0x80 {
		binary.BigEndian.PutUint64(room[:], math.MaxUint64)
	}
	copy(room[8-len(b):], b)
	return int64(binary.BigEndian.Uint64(room[:])), true
}

// bytes gives the i-th byte array of the page or its dictionary.
func (l *leaf) bytes(i int) []byte {
	if l.physical == parquet.FixedLenByteArray {
		return l.data[i*l.size : (i+1)*l.size]
	}
	return l.data[l.offsets[i]:l.offsets[i+1]]
}
