package model

import (
	"encoding/binary"
	"math"

	"holdfast/internal/fault"
)

// nodeBytes is the size of one node in the body of a tree model: feature, set,
// left and right in 4 bytes each, threshold, value and cover in 8, the missing
// flags in 1.
const nodeBytes = 4*4 + 3*8 + 1

// encode lays the trees out as docs/model-format.md describes.
func (t *Trees) encode() []byte {
	le := binary.LittleEndian
	b := make([]byte, 0, 20+4*len(t.Roots)+8*len(t.Sets)+nodeBytes*len(t.Feature))
	b = le.AppendUint64(b, math.Float64bits(t.Base))
	for _, n := range []int{len(t.Roots), len(t.Feature), len(t.Sets)} {
		b = le.AppendUint32(b, uint32(n))
	}
	for _, list := range [][]int32{t.Roots, t.Feature, t.Set, t.Left, t.Right} {
		for _, v := range list {
			b = le.AppendUint32(b, uint32(v))
		}
	}
	for _, list := range [][]float64{t.Threshold, t.Value, t.Cover} {
		for _, v := range list {
			b = le.AppendUint64(b, math.Float64bits(v))
		}
	}
	for _, v := range t.Sets {
		b = le.AppendUint64(b, v)
	}
	for n, v := range t.MissingLeft {
		bits := byte(0)
		if v {
			bits |= missingLeft
		}
		if t.ZeroMissing[n] {
			bits |= zeroMissing
		}
		b = append(b, bits)
	}
	return b
}

// The missing flags of a node.
const (
	missingLeft = 1 << iota
	zeroMissing // from format 2 on
)

// bodyReader takes numbers off the front of a body whose length was checked.
type bodyReader struct{ rest []byte }

func (r *bodyReader) uint32() uint32 {
	v := binary.LittleEndian.Uint32(r.rest)
	r.rest = r.rest[4:]
	return v
}

func (r *bodyReader) uint64() uint64 {
	v := binary.LittleEndian.Uint64(r.rest)
	r.rest = r.rest[8:]
	return v
}

func (r *bodyReader) int32s(n int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = int32(r.uint32())
	}
	return list
}

func (r *bodyReader) floats(n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = math.Float64frombits(r.uint64())
	}
	return list
}

func decodeTrees(body []byte, version uint32) (*Trees, error) {
	flags := byte(missingLeft | zeroMissing)
	if version == 1 {
		flags = missingLeft
	}
	if len(body) < 20 {
		return nil, fault.New(fault.Invalid, "its trees take %d bytes, fewer than any tree", len(body))
	}
	r := bodyReader{body}
	t := &Trees{Base: math.Float64frombits(r.uint64())}
	roots, nodes, sets := int(r.uint32()), int(r.uint32()), int(r.uint32())
	if want := 4*roots + nodeBytes*nodes + 8*sets; want != len(r.rest) {
		return nil, fault.New(fault.Invalid, "its trees take %d bytes and should take %d", len(r.rest), want)
	}
	t.Roots, t.Feature, t.Set = r.int32s(roots), r.int32s(nodes), r.int32s(nodes)
	t.Left, t.Right = r.int32s(nodes), r.int32s(nodes)
	t.Threshold, t.Value, t.Cover = r.floats(nodes), r.floats(nodes), r.floats(nodes)
	if sets > 0 {
		t.Sets = make([]uint64, sets)
	}
	for i := range t.Sets {
		t.Sets[i] = r.uint64()
	}
	t.MissingLeft, t.ZeroMissing = make([]bool, nodes), make([]bool, nodes)
	for i, b := range r.rest {
		if b > flags {
			return nil, fault.New(fault.Invalid, "node %d of its trees has missing flags of %d", i, b)
		}
		t.MissingLeft[i], t.ZeroMissing[i] = b&missingLeft != 0, b&zeroMissing != 0
	}
	return t, nil
}
