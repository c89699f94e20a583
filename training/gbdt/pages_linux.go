package gbdt

import (
	"syscall"
	"unsafe"
)

// onLargePages asks the system to keep a large table on pages of 2 MiB, so that
// rows met here and there do not each cost a walk of the page tables. It is a
// wish: where it is refused the table works as it is.
func onLargePages(words []uint64) {
	const large, madviseHugePage = 2 << 20, 14
	if len(words)*8 < 2*large {
		return
	}
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*8)
	first := int(-uintptr(unsafe.Pointer(unsafe.SliceData(bytes))) % large) // to the next whole page
	_ = syscall.Madvise(bytes[first:first+(len(bytes)-first)/large*large], madviseHugePage)
}
