package store

import (
	"errors"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"holdfast/internal/fault"
)

// Whoever committed before a flush began needs no other; whoever committed
// while it ran shares the next with all the others.
func TestFlushesAreShared(t *testing.T) {
	t.Parallel()
	const writers = 50
	var f flusher
	begun, end := make(chan struct{}, 3), make(chan struct{})
	var flushes atomic.Int64
	f.flush = func() error {
		flushes.Add(1)
		begun <- struct{}{}
		<-end
		return nil
	}
	var wg sync.WaitGroup
	settle := func() {
		if err := f.settle(); err != nil {
			t.Error(err)
		}
	}
	wg.Go(settle)
	<-begun
	for range writers {
		wg.Go(settle)
	}
	for f.committed.Load() < writers+1 { // until all stand in line
		runtime.Gosched()
	}
	close(end)
	wg.Wait()
	if n := flushes.Load(); n != 2 {
		t.Errorf("%d transactions took %d flushes, want 2", writers+1, n)
	}
	if f.flushed != writers+1 {
		t.Errorf("%d of %d are flushed", f.flushed, writers+1)
	}
}

// After a flush that failed nobody knows what is on the disk, whatever the
// next one says.
func TestAFailedFlushIsNotForgotten(t *testing.T) {
	t.Parallel()
	broken := errors.New("input/output error")
	f := flusher{flush: func() error { return broken }}
	for range 2 {
		err := f.settle()
		if fault.Of(err) != fault.Unavailable || !errors.Is(err, broken) {
			t.Errorf("a failed flush gives %v", err)
		}
		f.flush = func() error { return nil }
	}
	if err := flushFile(filepath.Join(t.TempDir(), "absent")); err != nil {
		t.Errorf("a log that was moved into the database: %v", err)
	}
	if err := flushFile(t.TempDir()); err == nil {
		t.Error("a folder was flushed as a log")
	}
	if err := new(flusher).settle(); err != nil {
		t.Errorf("without a log: %v", err)
	}
}
