package history

import (
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding"
)

// segmentColumns are the columns of a segment. Times are microseconds since
// 1970 UTC. No column has a dictionary: the typed reader does not see through
// it, and decoding value by value is ten times slower.
var segmentColumns = [...]segmentColumn{
	wide("customer", packed(delta(parquet.Int(64))), func(e *Events) *[]int64 { return &e.Customer }),
	wide("ref", whole(parquet.Int(64)), func(e *Events) *[]int64 { return &e.Ref }),
	wide("occurred", delta(parquet.Timestamp(parquet.Microsecond)), func(e *Events) *[]int64 { return &e.Occurred }),
	wide("recorded", delta(parquet.Timestamp(parquet.Microsecond)), func(e *Events) *[]int64 { return &e.Recorded }),
	wide("import", delta(parquet.Int(64)), func(e *Events) *[]int64 { return &e.Import }),
	narrow("flags", func(e *Events) *[]uint8 { return &e.Flags }),
	narrow("kind", func(e *Events) *[]uint16 { return &e.Kind }),
	wide("amount", delta(parquet.Int(64)), func(e *Events) *[]int64 { return &e.Amount }),
	{
		name: "quantity",
		node: packed(whole(parquet.Leaf(parquet.DoubleType))),
		read: func(e *Events, page encoding.Values) { e.Quantity = append(e.Quantity, page.Double()...) },
		fill: func(dst []parquet.Value, e *Events, from int) {
			for i := range dst {
				dst[i] = parquet.DoubleValue(e.Quantity[from+i])
			}
		},
	},
	narrow("channel", func(e *Events) *[]uint16 { return &e.Channel }),
}

var (
	segmentSchema = makeSegmentSchema()
	segmentOrder  = makeSegmentOrder()
)

// packed compresses a column that repeats itself; the others gain nothing by
// it once they are deltas (bytes an event of 200,000 of a shop, before and
// after the fastest zstd):
//
//	customer 5.53 0.82   occurred 5.34 5.30   flags, kind, channel 0.04 0.00
//	amount   8.00 2.02   recorded 5.34 5.30   import               0.04 0.00
//	quantity 8.00 0.75   ref      8.00 8.00, a hash
//
// Snappy makes 3.3, 2.9 and 1.3 of the first.
func packed(node parquet.Node) parquet.Node { return parquet.Compressed(node, segmentCompression) }

var segmentCompression = &zstd.Codec{Level: zstd.SpeedFastest}

// delta is for columns that climb or repeat, as a sorted block's do.
func delta(node parquet.Node) parquet.Node { return parquet.Encoded(node, &parquet.DeltaBinaryPacked) }

func whole(node parquet.Node) parquet.Node { return parquet.Encoded(node, &parquet.Plain) }

func wide(name string, node parquet.Node, column func(*Events) *[]int64) segmentColumn {
	return segmentColumn{
		name: name,
		node: node,
		read: func(e *Events, page encoding.Values) {
			c := column(e)
			*c = append(*c, page.Int64()...)
		},
		fill: func(dst []parquet.Value, e *Events, from int) {
			for i, v := range (*column(e))[from : from+len(dst)] {
				dst[i] = parquet.Int64Value(v)
			}
		},
	}
}

// narrow is a column of small codes, 32 bits wide in the file.
func narrow[T uint8 | uint16](name string, column func(*Events) *[]T) segmentColumn {
	return segmentColumn{
		name: name,
		node: delta(parquet.Int(32)),
		read: func(e *Events, page encoding.Values) {
			c := column(e)
			for _, v := range page.Int32() {
				*c = append(*c, T(v))
			}
		},
		fill: func(dst []parquet.Value, e *Events, from int) {
			for i, v := range (*column(e))[from : from+len(dst)] {
				dst[i] = parquet.Int32Value(int32(v))
			}
		},
	}
}

func makeSegmentSchema() *parquet.Schema {
	group := parquet.Group{}
	for _, c := range segmentColumns {
		group[c.name] = c.node
	}
	return parquet.NewSchema("events", group)
}

// makeSegmentOrder gives, for each column of the file, its place in
// segmentColumns: a Parquet group keeps its columns by name.
func makeSegmentOrder() []int {
	var order []int
	for _, field := range segmentSchema.Fields() {
		order = append(order, slices.IndexFunc(segmentColumns[:], func(c segmentColumn) bool { return c.name == field.Name() }))
	}
	return order
}
