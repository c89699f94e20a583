package history

import (
	"encoding/binary"
	"math/bits"
)

// NewCustomerID gives the customer that a key of a source stands for: the
// lower 63 bits of the xxHash64 of the key, seeded with that of the source.
// Two spellings of one key are two customers; feeds trim blanks.
func NewCustomerID(source, key string) CustomerID {
	return customerID(xxh64([]byte(source), 0), []byte(key))
}

func customerID(source uint64, key []byte) CustomerID {
	id := CustomerID(xxh64(key, source) >> 1)
	if id == 0 {
		return 1
	}
	return id
}

// NewHouseholdID gives the household that a key of a source stands for.
func NewHouseholdID(source, key string) HouseholdID {
	return HouseholdID(customerID(xxh64([]byte("household"), xxh64([]byte(source), 0)), []byte(key)))
}

// PartitionOf gives the partition of a customer in a database of n partitions,
// a power of two: the first bits of the id, so that customers in the order of
// their ids are in the order of their partitions too.
func PartitionOf(id CustomerID, n int) int {
	return int(uint64(id) << 1 >> (65 - bits.Len(uint(n))))
}

const (
	prime1 uint64 = 11400714785074694791
	prime2 uint64 = 14029467366897019727
	prime3 uint64 = 1609587929392839161
	prime4 uint64 = 9650029242287828579
	prime5 uint64 = 2870177450012600261
)

// xxh64 is xxHash64 as github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
// gives it. Ids and refs are kept in databases, so it never changes.
func xxh64(b []byte, seed uint64) uint64 {
	n := uint64(len(b))
	var h uint64
	if n >= 32 {
		v1, v2, v3, v4 := seed+prime1+prime2, seed+prime2, seed, seed-prime1
		for ; len(b) >= 32; b = b[32:] {
			v1 = round64(v1, binary.LittleEndian.Uint64(b))
			v2 = round64(v2, binary.LittleEndian.Uint64(b[8:]))
			v3 = round64(v3, binary.LittleEndian.Uint64(b[16:]))
			v4 = round64(v4, binary.LittleEndian.Uint64(b[24:]))
		}
		h = bits.RotateLeft64(v1, 1) + bits.RotateLeft64(v2, 7) + bits.RotateLeft64(v3, 12) + bits.RotateLeft64(v4, 18)
		for _, v := range [...]uint64{v1, v2, v3, v4} {
			h = (h^round64(0, v))*prime1 + prime4
		}
	} else {
		h = seed + prime5
	}
	h += n
	for ; len(b) >= 8; b = b[8:] {
		h = bits.RotateLeft64(h^round64(0, binary.LittleEndian.Uint64(b)), 27)*prime1 + prime4
	}
	if len(b) >= 4 {
		h = bits.RotateLeft64(h^uint64(binary.LittleEndian.Uint32(b))*prime1, 23)*prime2 + prime3
		b = b[4:]
	}
	for _, c := range b {
		h = bits.RotateLeft64(h^uint64(c)*prime5, 11) * prime1
	}
	h = (h ^ h>>33) * prime2
	h = (h ^ h>>29) * prime3
	return h ^ h>>32
}

func round64(acc, input uint64) uint64 { return bits.RotateLeft64(acc+input*prime2, 31) * prime1 }
