package main

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// The nice values, of 0 to 19, of work that nobody waits for, and of a session that
// does nothing else.
const (
	batchNice   = 10
	sessionNice = 19
)

// background lets every other program of the machine go before this one: the
// desk, and on one machine with it the database. A nice value belongs to a
// thread and is passed on to those it starts (setpriority(2)), so all that the
// process has by now are told.
func background() {
	eachThread(nice)
	if !alone() {
		return
	}
	// Where it cannot be written Linux does not group processes by sessions, and
	// what is idle would get next to nothing beside others of its own.
	if os.WriteFile("/proc/self/autogroup", []byte(strconv.Itoa(sessionNice)), 0) == nil {
		eachThread(idle)
	}
}

// alone says that the process leads a session without a terminal, as what cron and
// systemd start does. Linux shares processors among sessions, and nice values
// count only within one (sched(7), autogroup): beside a night of nice value 10 a
// backend of Postgres waited 46 ms for its processor, because the night's own
// backend on the other one used up the share of all of them.
func alone() bool {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return false
	}
	f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // state, parent, group, session, terminal
	return len(f) > 4 && f[3] == strconv.Itoa(os.Getpid()) && f[4] == "0"
}

func eachThread(do func(id int)) {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return // it works as fast as others then
	}
	for _, t := range threads {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			do(id)
		}
	}
}

func nice(thread int) {
	if now, err := syscall.Getpriority(syscall.PRIO_PROCESS, thread); err == nil && 20-now < batchNice { // the call gives 20 less the value
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, thread, batchNice)
	}
}

// idle puts a thread into the class that every other interrupts at once
// (SCHED_IDLE, sched(7)): one of the normal class runs on for milliseconds,
// whatever its nice value, while somebody's question waits. How much it gets in
// the end is its session's share all the same.
func idle(thread int) {
	_ = unix.SchedSetAttr(thread, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_IDLE}, 0)
}
