package main

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"testing"
)

// Every thread of the process, and those it starts later, let others go first.
func TestBackground(t *testing.T) {
	t.Parallel()
	const child = "HOLDFAST_TEST_BACKGROUND"
	if os.Getenv(child) == "" {
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBackground$", "-test.v")
		c.Env = append(os.Environ(), child+"=1")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	background()
	started := make(chan struct{})
	for range 20 { // threads of their own
		go func() {
			runtime.LockOSThread()
			started <- struct{}{}
			<-t.Context().Done()
		}()
	}
	for range 20 {
		<-started
	}
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil || len(threads) < 20 {
		t.Fatalf("%d threads: %v", len(threads), err)
	}
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			t.Fatal(err)
		}
		if now, err := syscall.Getpriority(syscall.PRIO_PROCESS, id); err != nil || 20-now < batchNice {
			t.Errorf("thread %d has the nice value %d: %v", id, 20-now, err)
		}
	}
}
