package history

import (
	"encoding/binary"
	"math"

	"holdfast/internal/fault"
)

// Flags of what an import carries from the files to the facts. The first two
// are those of events.
const (
	carryAssumed = FlagAssumed
	carryDeleted = FlagRetracted
	carryUndated = 4 // the row does not say when it happened
	carrySoft    = 8 // withdraws a fact if there is one, and says nothing if not
)

// record is an event on its way from a file to a segment.
type record struct {
	customer, ref      int64
	occurred, recorded int64
	place              int64 // file << 40 | line
	amount             int64
	quantity           float64
	kind, channel      uint16
	flags              uint8
}

const recordBytes = 64

const fileShift = 40 // files of 2^40 lines

func placeOf(file int, line int64) int64 { return int64(file)<<fileShift | line }

func (r *record) append(to []byte) []byte {
	var b [recordBytes]byte
	le := binary.LittleEndian
	le.PutUint64(b[0:], uint64(r.customer))
	le.PutUint64(b[8:], uint64(r.ref))
	le.PutUint64(b[16:], uint64(r.occurred))
	le.PutUint64(b[24:], uint64(r.recorded))
	le.PutUint64(b[32:], uint64(r.place))
	le.PutUint64(b[40:], uint64(r.amount))
	le.PutUint64(b[48:], math.Float64bits(r.quantity))
	le.PutUint16(b[56:], r.kind)
	le.PutUint16(b[58:], r.channel)
	b[60] = r.flags
	return append(to, b[:]...)
}

func (r *record) read(b []byte) {
	le := binary.LittleEndian
	_ = b[recordBytes-1]
	r.customer, r.ref = int64(le.Uint64(b[0:])), int64(le.Uint64(b[8:]))
	r.occurred, r.recorded = int64(le.Uint64(b[16:])), int64(le.Uint64(b[24:]))
	r.place, r.amount = int64(le.Uint64(b[32:])), int64(le.Uint64(b[40:]))
	r.quantity = math.Float64frombits(le.Uint64(b[48:]))
	r.kind, r.channel, r.flags = le.Uint16(b[56:]), le.Uint16(b[58:]), b[60]
}

// content is the hash of what an event says, apart from when it became known.
func (r *record) content(seed uint64) uint64 {
	return contentOf(seed, r.customer, r.occurred, r.amount, r.quantity, r.kind, r.channel)
}

func contentOf(seed uint64, customer, occurred, amount int64, quantity float64, kind, channel uint16) uint64 {
	var b [36]byte
	le := binary.LittleEndian
	le.PutUint64(b[0:], uint64(customer))
	le.PutUint64(b[8:], uint64(occurred))
	le.PutUint64(b[16:], uint64(amount))
	le.PutUint64(b[24:], math.Float64bits(quantity))
	le.PutUint16(b[32:], kind)
	le.PutUint16(b[34:], channel)
	return xxh64(b[:], seed)
}

// carried is a small fact on its way: its stamp as the row gives it and its
// body as JSON.
type carried struct {
	kind     uint8 // index into factKinds
	flags    uint8
	customer int64
	ref      int64
	occurred int64
	recorded int64
	place    int64
	body     []byte
}

const carriedHead = 4 + 2 + 5*8

func (c *carried) append(to []byte) []byte {
	le := binary.LittleEndian
	to = le.AppendUint32(to, uint32(len(c.body)))
	to = append(to, c.kind, c.flags)
	for _, v := range [...]int64{c.customer, c.ref, c.occurred, c.recorded, c.place} {
		to = le.AppendUint64(to, uint64(v))
	}
	return append(to, c.body...)
}

// read takes the first fact from b, which it refers to, and gives what follows it.
func (c *carried) read(b []byte) (rest []byte, err error) {
	le := binary.LittleEndian
	if len(b) < carriedHead || len(b)-carriedHead < int(le.Uint32(b)) {
		return nil, fault.New(fault.Internal, "the import's temporary file is cut short; run the import again")
	}
	size := int(le.Uint32(b))
	c.kind, c.flags = b[4], b[5]
	for i, to := range [...]*int64{&c.customer, &c.ref, &c.occurred, &c.recorded, &c.place} {
		*to = int64(le.Uint64(b[6+8*i:]))
	}
	c.body = b[carriedHead : carriedHead+size]
	return b[carriedHead+size:], nil
}
