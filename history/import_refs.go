package history

// refTable finds, for each ref, the first record that has it.
type refTable struct {
	refs  []int64
	heads []int32 // one more than the record; 0 is a free slot
}

func newRefTable(n int) refTable {
	size := 16
	for size < 2*n {
		size *= 2
	}
	return refTable{refs: make([]int64, size), heads: make([]int32, size)}
}

func (t *refTable) slot(ref int64) int {
	const golden = 0x9e3779b97f4a7c15
	mask := len(t.refs) - 1
	for at := int(uint64(ref)*golden>>32) & mask; ; at = (at + 1) & mask {
		if t.heads[at] == 0 || t.refs[at] == ref {
			return at
		}
	}
}

// put enters a record under its ref, or gives the record that was there.
func (t *refTable) put(ref int64, record int32) (first int32, added bool) {
	at := t.slot(ref)
	if t.heads[at] != 0 {
		return t.heads[at] - 1, false
	}
	t.refs[at], t.heads[at] = ref, record+1
	return record, true
}

// get gives the first record of a ref.
func (t *refTable) get(ref int64) (first int32, ok bool) {
	if len(t.heads) == 0 {
		return 0, false
	}
	head := t.heads[t.slot(ref)]
	return head - 1, head != 0
}
