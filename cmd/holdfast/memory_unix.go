//go:build unix

package main

import (
	"runtime"
	"syscall"
)

// peakMemory gives the most memory that the process has held so far, in bytes,
// or 0 where the system does not say.
func peakMemory() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return u.Maxrss // bytes there, kilobytes elsewhere
	}
	return u.Maxrss << 10
}
