package tabular

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
	"sync/atomic"

	"holdfast/internal/fault"
)

// source gives the text of a CSV file, unpacked, and counts and hashes the
// bytes of the file itself.
type source struct {
	path   string
	file   *os.File
	read   *atomic.Int64
	hash   hash.Hash // nil when not wanted
	packed *bufio.Reader
	text   io.Reader
	ended  bool
}

func newSource(path string, file *os.File, read *atomic.Int64, hashed bool) (*source, error) {
	s := &source{path: path, file: file, read: read}
	if hashed {
		s.hash = sha256.New()
	}
	s.packed = bufio.NewReaderSize(fileBytes{s}, 256<<10)
	magic, err := s.packed.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "%s cannot be read: %w", path, err)
	}
	s.text = s.packed
	if len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		if s.text, err = gzip.NewReader(s.packed); err != nil {
			return nil, s.explain(err)
		}
	}
	return s, nil
}

// fileBytes reads the file as it is.
type fileBytes struct{ *source }

// Read reads, counts and hashes.
func (f fileBytes) Read(p []byte) (int, error) {
	n, err := f.file.Read(p)
	f.read.Add(int64(n))
	if f.hash != nil {
		f.hash.Write(p[:n])
	}
	return n, err
}

// fill reads until p is full or the text ends; the end is reported by ended.
func (s *source) fill(p []byte) (int, error) {
	n := 0
	for n < len(p) && !s.ended {
		m, err := s.text.Read(p[n:])
		n += m
		switch {
		case err == io.EOF:
			s.ended = true
		case err != nil:
			return n, s.explain(err)
		}
	}
	return n, nil
}

// explain says what an error while reading means for the person who sent the file.
func (s *source) explain(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fault.New(fault.Invalid, "%s ends in the middle of its gzip data: the file is truncated, copy it again", s.path)
	case errors.Is(err, gzip.ErrChecksum):
		return fault.New(fault.Invalid, "%s is damaged: its gzip checksum does not match, copy it again", s.path)
	case errors.Is(err, gzip.ErrHeader):
		return fault.New(fault.Invalid, "%s is damaged: what follows its gzip data is not gzip, copy it again", s.path)
	}
	if s.text != io.Reader(s.packed) {
		return fault.New(fault.Invalid, "%s is damaged: cannot unpack its gzip data: %w", s.path, err)
	}
	return fault.New(fault.Unavailable, "%s cannot be read: %w", s.path, err)
}

func (s *source) sum() (string, bool) {
	if s.hash == nil || !s.ended {
		return "", false
	}
	return hex.EncodeToString(s.hash.Sum(nil)), true
}

// HashFile gives the SHA-256 of a file's bytes in hexadecimal.
func HashFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fault.New(fault.NotFound, "hash the file: %w", err)
	}
	defer func() { _ = file.Close() }() // only read from
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fault.New(fault.Unavailable, "hash %s: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
