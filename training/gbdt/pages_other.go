//go:build !linux

package gbdt

// onLargePages does nothing where the system cannot be asked for large pages.
func onLargePages([]uint64) {}
