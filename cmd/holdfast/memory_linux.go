package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// forgetPeak makes the system's record of the most memory the process has held
// begin anew; where that is not allowed the record stands.
func forgetPeak() {
	f, err := os.OpenFile("/proc/self/clear_refs", os.O_WRONLY, 0)
	if err != nil {
		return
	}
	_, _ = f.WriteString("5") // proc(5)
	_ = f.Close()
}

// peakSince is the most memory that the process has held since forgetPeak, in
// bytes, or 0 where the system does not say.
func peakSince() int64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close() //nolint:errcheck // it was read
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			var kilobytes int64
			if _, err := fmt.Sscan(text, &kilobytes); err != nil {
				return 0
			}
			return kilobytes << 10
		}
	}
	return 0
}
