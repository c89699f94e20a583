//go:build !linux

package gbdt

// onLargePages does nothing where the system cannot be asked for large pages.
func onLargePages[T uint8 | uint64 | float64]([]T) {}
