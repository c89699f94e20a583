package gbdt

import (
	"syscall"
	"unsafe"
)

// onLargePages asks the system to keep a large list of numbers on pages of 2 MiB,
// so that rows met here and there do not each cost a walk of the page tables: as
// it touches them, and at once for what it has touched already (the runtime
// clears room that was used before). It is a wish: where it is refused the list
// works as it is.
//
// Unsafe, because the system is asked about bytes; they are neither read nor
// written here. onLargePages of other systems is the safe twin: it does nothing,
// and TestLargePages shows that this one changes nothing either.
func onLargePages[T uint8 | uint64 | float64](list []T) {
	const large, madviseHugePage, madviseCollapse = 2 << 20, 14, 25
	var one T
	size := len(list) * int(unsafe.Sizeof(one))
	if size < 2*large {
		return
	}
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(list))), size)
	first := int(-uintptr(unsafe.Pointer(unsafe.SliceData(bytes))) % large) // to the next whole page
	whole := bytes[first : first+(size-first)/large*large]
	if syscall.Madvise(whole, madviseHugePage) == nil {
		_ = syscall.Madvise(whole, madviseCollapse)
	}
}
