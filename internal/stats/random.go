package stats

import "math/rand/v2"

// splitmix is the finaliser of splitmix64 after one step of its counter
// (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators").
func splitmix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Hash mixes a seed and keys, in order, into 64 well-spread bits. It is no
// cryptographic hash: whoever knows the seed can compute it, so arms that must
// stay sealed need a keyed hash instead.
func Hash(seed uint64, keys ...uint64) uint64 {
	h := splitmix(seed)
	for _, k := range keys {
		h = splitmix(h ^ k)
	}
	return h
}

// HashUniform maps a seed and keys to a number in [0, 1), the same one on every
// machine, whatever order the keys' owners are visited in.
func HashUniform(seed uint64, keys ...uint64) float64 {
	return float64(Hash(seed, keys...)>>11) * 0x1p-53
}

// HashString turns a name into a key for Hash, HashUniform and Stream (FNV-1a).
func HashString(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// Stream returns a random generator that depends on the seed and the keys and
// on nothing else, so that replicate 7 of shard 3 draws the same numbers for any
// number of workers. Streams of different keys are independent in practice.
func Stream(seed uint64, keys ...uint64) *rand.Rand {
	h := Hash(seed, keys...)
	return rand.New(rand.NewPCG(h, splitmix(h)))
}
