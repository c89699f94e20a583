package main

import (
	"os"
	"strconv"
	"syscall"
)

// batchNice is the nice value of work that nobody waits for, of 0 to 19.
const batchNice = 10

// background lets every other program of the machine go before this one: the
// desk, and on one machine with it the database. A nice value belongs to a
// thread and is passed on to those it starts (setpriority(2)), so all that the
// process has by now are told.
func background() {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return // it works as fast as others then
	}
	for _, t := range threads {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			continue
		}
		if now, err := syscall.Getpriority(syscall.PRIO_PROCESS, id); err == nil && 20-now < batchNice { // the call gives 20 less the value
			_ = syscall.Setpriority(syscall.PRIO_PROCESS, id, batchNice)
		}
	}
}
