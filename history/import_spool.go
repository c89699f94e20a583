package history

import (
	"errors"
	"fmt"
	"os"
)

// spoolMemory is what a spool keeps in memory over all partitions.
const spoolMemory = 64 << 20

// spool holds records by partition, in the order they came, in memory until
// they are many and then in one temporary file:
//
//	file = [p3 ........|p0 ........|p3 ........|...], chunks[3] = {0, 2, ...}
type spool struct {
	dir    string
	limit  int // bytes a partition keeps in memory
	parts  [][]byte
	chunks [][]chunk
	file   *os.File
	size   int64
}

type chunk struct {
	at   int64
	size int
}

func newSpool(dir string, partitions int) *spool {
	return &spool{
		dir: dir, limit: max(spoolMemory/partitions, 16<<10),
		parts: make([][]byte, partitions), chunks: make([][]chunk, partitions),
	}
}

// add appends whole records to a partition.
func (s *spool) add(partition int, data []byte) error {
	if len(s.parts[partition]) > 0 && len(s.parts[partition])+len(data) > s.limit {
		if err := s.flush(partition); err != nil {
			return err
		}
	}
	s.parts[partition] = append(s.parts[partition], data...)
	return nil
}

func (s *spool) flush(partition int) error {
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, "holdfast-import-*")
		if err != nil {
			return fmt.Errorf("make a temporary file for the import: %w", err)
		}
		s.file = f
	}
	data := s.parts[partition]
	if _, err := s.file.WriteAt(data, s.size); err != nil {
		return fmt.Errorf("write the import's temporary file %s (free some room there): %w", s.file.Name(), err)
	}
	s.chunks[partition] = append(s.chunks[partition], chunk{s.size, len(data)})
	s.size += int64(len(data))
	s.parts[partition] = data[:0]
	return nil
}

// bytes gives everything a partition holds. It may be called by several
// goroutines once nothing is added any more.
func (s *spool) bytes(partition int) ([]byte, error) {
	chunks := s.chunks[partition]
	if len(chunks) == 0 {
		return s.parts[partition], nil
	}
	total := len(s.parts[partition])
	for _, c := range chunks {
		total += c.size
	}
	out := make([]byte, 0, total)
	for _, c := range chunks {
		part := out[len(out) : len(out)+c.size]
		if _, err := s.file.ReadAt(part, c.at); err != nil {
			return nil, fmt.Errorf("read the import's temporary file: %w", err)
		}
		out = out[:len(out)+c.size]
	}
	return append(out, s.parts[partition]...), nil
}

// close deletes the temporary file.
func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
