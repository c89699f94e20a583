package history

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Erasures are the customers who were erased. Feeds leave their rows out. Each
// is a keyed hash of its id: what is kept tells nobody who they were.
type Erasures struct {
	Key    []byte          // of this database
	Hashes map[string]bool // as EraseHash gives them
}

// EraseHash is the keyed hash of a customer's id, HMAC-SHA-256 in hexadecimal.
func EraseHash(key []byte, id CustomerID) string {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write(binary.LittleEndian.AppendUint64(nil, uint64(id))) // never fails
	return hex.EncodeToString(mac.Sum(nil))
}

// Has says whether the customer of this id was erased.
func (e Erasures) Has(id CustomerID) bool {
	return len(e.Hashes) > 0 && e.Hashes[EraseHash(e.Key, id)]
}
