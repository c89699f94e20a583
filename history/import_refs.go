package history

// refTable finds, for each ref, the first record that has it.
type refTable struct {
	slots []refSlot
}

type refSlot struct {
	ref  int64
	head int32 // one more than the record; 0 is a free slot
}

func newRefTable(n int) refTable {
	var t refTable
	t.reset(n)
	return t
}

// reset empties the table and makes room for n refs.
func (t *refTable) reset(n int) {
	size := 16
	for size < 2*n {
		size *= 2
	}
	if cap(t.slots) < size {
		t.slots = make([]refSlot, size)
		return
	}
	t.slots = t.slots[:size]
	clear(t.slots)
}

func (t *refTable) slot(ref int64) *refSlot {
	const golden = 0x9e3779b97f4a7c15
	mask := len(t.slots) - 1
	for at := int(uint64(ref)*golden>>32) & mask; ; at = (at + 1) & mask {
		if s := &t.slots[at]; s.head == 0 || s.ref == ref {
			return s
		}
	}
}

// put enters a record under its ref, or gives the record that was there.
func (t *refTable) put(ref int64, record int32) (first int32, added bool) {
	s := t.slot(ref)
	if s.head != 0 {
		return s.head - 1, false
	}
	*s = refSlot{ref, record + 1}
	return record, true
}

// get gives the first record of a ref.
func (t *refTable) get(ref int64) (first int32, ok bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	s := t.slot(ref)
	return s.head - 1, s.head != 0
}
