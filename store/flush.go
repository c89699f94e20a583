package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"holdfast/internal/fault"
)

// flusher brings SQLite's write-ahead log to the disk for the transactions of
// people and jobs: what we told a customer must survive a power cut. SQLite
// itself commits without waiting for the disk, so that nobody holds the gate
// meanwhile, and all who committed during one flush share the next:
//
//	agent 1  ─commit─┬─ flush ─┐told
//	agent 2   ─commit┼╌╌╌╌╌╌╌╌╌┼─ flush ─┐told
//	agent 3     ─commit╌╌╌╌╌╌╌╌┼╌╌╌╌╌╌╌╌╌┘told
//
// What is lost in a power cut is the end of the log, so nothing that was told
// can rest on something that was not.
type flusher struct {
	flush     func() error // of the log; nil on Postgres, which does all this itself
	committed atomic.Int64 // transactions
	mu        sync.Mutex   // one flush at a time
	flushed   int64        // of the committed ones
	failed    error        // a flush that failed may have lost what it was to write: none is trusted after it
}

// settle returns once everything committed before it was called is on the disk.
func (f *flusher) settle() error {
	if f.flush == nil {
		return nil
	}
	mine := f.committed.Add(1)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.flushed >= mine || f.failed != nil {
		return f.failed
	}
	upTo := f.committed.Load()
	if err := f.flush(); err != nil {
		f.failed = fault.New(fault.Unavailable, "flush the database to the disk: %w; see to the disk and start the program again", err)
		return f.failed
	}
	f.flushed = upTo
	return nil
}

// flushFile flushes a file. One that is not there is a log that was moved into the
// database, flushed, when the last connection closed.
func flushFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return errors.Join(err, file.Close())
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("close %s: %w", path, err)
	}
	return nil
}
