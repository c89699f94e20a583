package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// Entry is a line of the audit: who did what, when, to what, from where.
type Entry struct {
	ID      int64 // of the store, rising without a gap
	At      time.Time
	Who     string // user's name; "system" for the program itself
	What    string // "sign in", "export the risk list" …
	Subject string // customer, run, user … it was done to; may be empty
	Detail  string // in words; may be empty
	Address string // of the browser; may be empty
	Hash    string // that chains it to the entry before; the store's. Empty for those of before there was a chain
}

// Search chooses entries of the audit; a zero field chooses all.
type Search struct {
	Who, What, Subject string    // as they are written down
	Text               string    // somewhere in the detail, whatever the case
	Operation          bool      // only entries that are OfOperation
	From, To           time.Time // [From, To)
	Before             int64     // entries with a lower id
	Limit              int       // at most so many; 0 all of them
}

// Entries reads the audit.
type Entries interface {
	// AuditEntries returns the entries of a search, the newest first.
	AuditEntries(ctx context.Context, q Search) ([]Entry, error)
}

// entriesAtOnce is how many entries Each reads together.
const entriesAtOnce = 5000

// Each calls f with every entry of a search, the newest first, a piece of it
// in memory at a time.
func Each(ctx context.Context, from Entries, q Search, f func(Entry) error) error {
	for q.Limit = entriesAtOnce; ; {
		list, err := from.AuditEntries(ctx, q)
		if err != nil {
			return fmt.Errorf("read the audit: %w", err)
		}
		for _, e := range list {
			if err := f(e); err != nil {
				return err
			}
		}
		if len(list) < q.Limit {
			return nil
		}
		q.Before = list[len(list)-1].ID
	}
}

// Link is what chains an entry to the one before it:
//
//	digest(n) = SHA-256(salt, subject, detail)
//	hash(n)   = SHA-256(hash(n-1), id, at, who, what, address, digest(n))
//
// Without the salt, which goes when a person is erased, the digest tells
// nothing of the subject and detail, and the chain still holds.
type Link struct {
	Salt   string // random, base64; empty once the subject was erased
	Digest string // hex
	Hash   string // hex
}

// SomebodyErased stands for the subject of entries about a person who was erased.
const SomebodyErased = "somebody who was erased"

// NewLink chains an entry behind the one whose hash is given, "" for the first.
func NewLink(before string, e Entry) Link {
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the program instead
	l := Link{Salt: base64.RawStdEncoding.EncodeToString(random[:])}
	l.Digest = l.digestOf(e)
	l.Hash = l.hashOf(before, e)
	return l
}

// Holds says whether the entry and its link are what was chained behind the
// hash before.
func (l Link) Holds(before string, e Entry) bool {
	content := l.Digest == l.digestOf(e)
	if l.Salt == "" {
		content = e.Subject == SomebodyErased && e.Detail == ""
	}
	return content && l.Hash == l.hashOf(before, e)
}

func (l Link) digestOf(e Entry) string { return sum(l.Salt, e.Subject, e.Detail) }

func (l Link) hashOf(before string, e Entry) string {
	number := func(n int64) string { return string(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	return sum(before, number(e.ID), number(e.At.UnixMicro()), e.Who, e.What, e.Address, l.Digest)
}

// sum is the SHA-256 of the parts, each behind its length.
func sum(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Chain is what was found when the audit's chain was gone through.
type Chain struct {
	Entries int64  // in the chain
	Old     int64  // from before there was a chain
	Erased  int64  // whose subject and detail were taken out
	Head    string // hash of the newest; written down elsewhere it holds all before it
	Broken  int64  // id of the first entry that is not what was written, or is gone; 0 none
	Why     string // what is wrong with it
}
