package main

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Every thread of the process, and those it starts later, let others go first; so
// does its session, where Linux shares processors among them.
func TestBackground(t *testing.T) {
	t.Parallel()
	const child = "HOLDFAST_TEST_BACKGROUND"
	if os.Getenv(child) == "" {
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBackground$", "-test.v")
		c.Env = append(os.Environ(), child+"=1")
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // as cron and systemd do
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
	group, err := os.ReadFile("/proc/self/autogroup")
	grouped := err == nil && len(group) > 0
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			t.Fatal(err)
		}
		if now, err := syscall.Getpriority(syscall.PRIO_PROCESS, id); err != nil || 20-now < batchNice {
			t.Errorf("thread %d has the nice value %d: %v", id, 20-now, err)
		}
		if a, err := unix.SchedGetAttr(id, 0); err != nil || grouped && a.Policy != unix.SCHED_IDLE {
			t.Errorf("thread %d: %+v, %v", id, a, err)
		}
	}
	if grouped && !strings.HasSuffix(strings.TrimSpace(string(group)), " nice 19") {
		t.Errorf("its session: %s", group)
	}
}
