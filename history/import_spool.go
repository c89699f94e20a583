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
	limit  int        // bytes a partition keeps in memory
	parts  [][][]byte // pieces as they were added
	held   []int      // bytes of them
	chunks [][]chunk
	file   *os.File
	size   int64
	room   []byte
}

type chunk struct {
	at   int64
	size int
}

func newSpool(dir string, partitions int) *spool {
	return &spool{
		dir: dir, limit: max(spoolMemory/partitions, 16<<10),
		parts: make([][][]byte, partitions), held: make([]int, partitions), chunks: make([][]chunk, partitions),
	}
}

// add appends whole records to a partition. The spool keeps data.
func (s *spool) add(partition int, data []byte) error {
	if s.held[partition] > 0 && s.held[partition]+len(data) > s.limit {
		if err := s.flush(partition); err != nil {
			return err
		}
	}
	s.parts[partition] = append(s.parts[partition], data)
	s.held[partition] += len(data)
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
	s.room = s.room[:0]
	for _, piece := range s.parts[partition] {
		s.room = append(s.room, piece...)
	}
	if _, err := s.file.WriteAt(s.room, s.size); err != nil {
		return fmt.Errorf("write the import's temporary file %s (free some room there): %w", s.file.Name(), err)
	}
	s.chunks[partition] = append(s.chunks[partition], chunk{s.size, len(s.room)})
	s.size += int64(len(s.room))
	clear(s.parts[partition])
	s.parts[partition], s.held[partition] = s.parts[partition][:0], 0
	return nil
}

// bytes is how much a partition holds.
func (s *spool) bytes(partition int) int {
	total := s.held[partition]
	for _, c := range s.chunks[partition] {
		total += c.size
	}
	return total
}

// each calls f with everything a partition holds, whole records at a time. It
// may be called by several goroutines once nothing is added any more.
func (s *spool) each(partition int, f func(data []byte) error) error {
	for _, c := range s.chunks[partition] {
		room := make([]byte, c.size)
		if _, err := s.file.ReadAt(room, c.at); err != nil {
			return fmt.Errorf("read the import's temporary file: %w", err)
		}
		if err := f(room); err != nil {
			return err
		}
	}
	for _, piece := range s.parts[partition] {
		if err := f(piece); err != nil {
			return err
		}
	}
	return nil
}

// close deletes the temporary file.
func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
