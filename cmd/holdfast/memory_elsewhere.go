//go:build !linux

package main

// forgetPeak cannot be done here.
func forgetPeak() {}

// peakSince is the most memory that the process has held so far.
func peakSince() int64 { return peakMemory() }
