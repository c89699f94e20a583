//go:build !linux

package main

// background is for Linux, whose threads each have a priority of their own.
func background() {}
