package store

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"

	"holdfast/internal/fault"
)

// lines are rows sorted by a key, kept as JSON, one a line, in blocks that are
// compressed each on its own, so that one customer's row is read without the
// others:
//
//	head     [{first: 7, at: 0, bytes: 900, rows: 256}, {first: 512, at: 900 …}]
//	payload  gzip(line, line, …) gzip(line, …) …
//
// gzip's own CRC-32 guards a block, a SHA-256 the whole.
type lines struct {
	Rows     int
	Head     string
	Checksum string
	Payload  []byte
}

// block is one entry of the head.
type block struct {
	First int64 `json:"f"` // key of its first row
	At    int   `json:"a"` // where it begins in the payload, in bytes
	Bytes int   `json:"b"`
	Rows  int   `json:"n"`
}

// blockRows is how many rows a block holds: one is decoded in about a
// millisecond.
const blockRows = 256

// packLines encodes rows; the same rows give the same bytes.
func packLines[T any](rows []T, key func(*T) int64) (lines, error) {
	var out bytes.Buffer
	blocks := make([]block, 0, len(rows)/blockRows+1)
	zip, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return lines{}, fmt.Errorf("begin a block: %w", err)
	}
	encode := json.NewEncoder(zip)
	encode.SetEscapeHTML(false)
	err = chunks(len(rows), blockRows, func(from, to int) error {
		b := block{First: key(&rows[from]), At: out.Len(), Rows: to - from}
		zip.Reset(&out)
		for i := from; i < to; i++ {
			if i > 0 && key(&rows[i]) < key(&rows[i-1]) {
				return fault.New(fault.Internal, "row %d of %d is not in order", i, len(rows))
			}
			if err := encode.Encode(&rows[i]); err != nil {
				return fmt.Errorf("encode row %d: %w", i, err)
			}
		}
		if err := zip.Close(); err != nil {
			return fmt.Errorf("end a block: %w", err)
		}
		b.Bytes = out.Len() - b.At
		blocks = append(blocks, b)
		return nil
	})
	if err != nil {
		return lines{}, err
	}
	head, err := json.Marshal(blocks)
	if err != nil {
		return lines{}, fmt.Errorf("encode the head: %w", err)
	}
	sum := sha256.Sum256(out.Bytes())
	return lines{Rows: len(rows), Head: string(head), Checksum: hex.EncodeToString(sum[:]), Payload: out.Bytes()}, nil
}

// unpackLines decodes all rows.
func unpackLines[T any](l lines) ([]T, error) {
	sum := sha256.Sum256(l.Payload)
	if hex.EncodeToString(sum[:]) != l.Checksum {
		return nil, fault.New(fault.Invalid, "its checksum does not match: restore a backup")
	}
	blocks, err := l.blocks()
	if err != nil {
		return nil, err
	}
	rows := make([]T, 0, l.Rows)
	for _, b := range blocks {
		if rows, err = appendBlock(rows, l.Payload[b.At:b.At+b.Bytes], b.Rows); err != nil {
			return nil, err
		}
	}
	if len(rows) != l.Rows {
		return nil, fault.New(fault.Invalid, "it has %d rows and should have %d: restore a backup", len(rows), l.Rows)
	}
	return rows, nil
}

// blocks reads the head and checks it against the payload where that is there.
func (l lines) blocks() ([]block, error) {
	var blocks []block
	if err := json.Unmarshal([]byte(l.Head), &blocks); err != nil {
		return nil, fault.New(fault.Invalid, "its head cannot be read: %w", err)
	}
	end := 0
	for _, b := range blocks {
		if b.At != end || b.Bytes <= 0 || b.Rows <= 0 || b.Rows > blockRows {
			return nil, fault.New(fault.Invalid, "its head contradicts itself at byte %d", b.At)
		}
		end += b.Bytes
	}
	if l.Payload != nil && end != len(l.Payload) {
		return nil, fault.New(fault.Invalid, "it has %d bytes and its head speaks of %d", len(l.Payload), end)
	}
	return blocks, nil
}

// blockOf returns the block that holds a key, if any does.
func (l lines) blockOf(key int64) (block, bool, error) {
	blocks, err := l.blocks()
	if err != nil {
		return block{}, false, err
	}
	i := sort.Search(len(blocks), func(i int) bool { return blocks[i].First > key })
	if i == 0 {
		return block{}, false, nil
	}
	return blocks[i-1], true, nil
}

func appendBlock[T any](rows []T, data []byte, n int) ([]T, error) {
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fault.New(fault.Invalid, "a block of it cannot be read: %w", err)
	}
	decode := json.NewDecoder(zip)
	for range n {
		var row T
		if err := decode.Decode(&row); err != nil {
			return nil, fault.New(fault.Invalid, "a row of it cannot be read: %w", err)
		}
		rows = append(rows, row)
	}
	// To the end, where the block's own checksum is.
	if _, err := decode.Token(); !errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "a block of it does not end where it should: %v", err)
	}
	return rows, nil
}
