package history

import (
	"math"
	"slices"

	"holdfast/internal/fault"
)

// corrected marks, in place of a customer's longest lag, that some event of
// the customer has several versions or is withdrawn, so that a View must look
// at each of them.
const corrected = math.MaxInt64

// placeEvents sorts the events by customer and time: a counting sort by
// customer, which leaves a customer's events in the order of the segments they
// came from (by month, hence mostly by time), then a sort of what is not.
//
//	block  = [a1 b1 c1 | a2 c2 | single b0]
//	events = [a1 a2 | b0 b1 | c1 c2]
func (s *Shard) placeEvents(block *Events, links map[CustomerID]merged) error {
	if block.Len() > math.MaxInt32 {
		return fault.New(fault.Invalid, "partition %d has %d events; make the database with more partitions", s.Partition, block.Len())
	}
	owner := make([]int32, block.Len())
	s.eventAt = make([]int32, len(s.Customers)+1)
	near := 0
	for i, id := range block.Customer {
		if m, away := links[CustomerID(id)]; away {
			id = int64(m.to)
		}
		at, ok := s.findNear(CustomerID(id), near)
		if !ok {
			owner[i] = -1
			s.Orphans++
			continue
		}
		near, owner[i] = at, int32(at)
		s.eventAt[at+1]++
	}
	for i := range s.Customers {
		s.eventAt[i+1] += s.eventAt[i]
	}
	s.Events = makeEvents(int(s.eventAt[len(s.Customers)]))
	next := slices.Clone(s.eventAt)
	for i, at := range owner {
		if at >= 0 {
			owner[i] = next[at] // from here on: where event i goes
			next[at]++
		}
	}
	s.Events.scatter(block, owner)
	s.lag = make([]int64, len(s.Customers))
	refs := refSet{}
	for i := range s.Customers {
		s.settle(i, links, &refs)
	}
	return nil
}

// scatter puts event i of src at to[i], column by column: each column alone
// stays in the cache. Negative places are left out.
func (e *Events) scatter(src *Events, to []int32) {
	scatter(e.Customer, src.Customer, to)
	scatter(e.Ref, src.Ref, to)
	scatter(e.Occurred, src.Occurred, to)
	scatter(e.Recorded, src.Recorded, to)
	scatter(e.Import, src.Import, to)
	scatter(e.Flags, src.Flags, to)
	scatter(e.Kind, src.Kind, to)
	scatter(e.Amount, src.Amount, to)
	scatter(e.Quantity, src.Quantity, to)
	scatter(e.Channel, src.Channel, to)
}

func scatter[T any](dst, src []T, to []int32) {
	for i, at := range to {
		if at >= 0 {
			dst[at] = src[i]
		}
	}
}

// findNear finds a customer, looking first at and after the position of the
// one before: within a segment, customers ascend.
func (s *Shard) findNear(id CustomerID, near int) (int, bool) {
	n := len(s.Customers)
	if near >= n || s.Customers[near].ID > id {
		return s.Find(id)
	}
	step := 1
	low := near
	for low+step < n && s.Customers[low+step].ID <= id {
		low += step
		step *= 2
	}
	high := min(low+step, n)
	for low+1 < high {
		mid := (low + high) / 2
		if s.Customers[mid].ID <= id {
			low = mid
		} else {
			high = mid
		}
	}
	return low, s.Customers[low].ID == id
}

// settle finishes one customer's events: their order, the links followed, and
// the longest time between happening and being known, or the corrected mark.
func (s *Shard) settle(i int, links map[CustomerID]merged, refs *refSet) {
	e := &s.Events
	from, to := int(s.eventAt[i]), int(s.eventAt[i+1])
	for k := from + 1; k < to; k++ {
		if e.compareOfCustomer(k-1, k) > 0 {
			e.sortRange(from, to)
			break
		}
	}
	id := int64(s.Customers[i].ID)
	lag := int64(0)
	refs.reset(to - from)
	for k := from; k < to; k++ {
		if e.Customer[k] != id {
			m := links[CustomerID(e.Customer[k])]
			e.Customer[k] = id
			e.Recorded[k] = max(e.Recorded[k], m.recorded)
		}
		lag = max(lag, e.Recorded[k]-e.Occurred[k])
		if e.Flags[k]&FlagRetracted != 0 || !refs.add(e.Ref[k]) {
			lag = corrected
		}
	}
	s.lag[i] = lag
}

// sortRange sorts the events of one customer by time.
func (e *Events) sortRange(from, to int) {
	order := make([]int32, to-from)
	for i := range order {
		order[i] = int32(from + i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return e.compareOfCustomer(int(a), int(b)) })
	sorted := makeEvents(len(order))
	for k, o := range order {
		sorted.put(k, e, int(o))
	}
	for k := range order {
		e.put(from+k, &sorted, k)
	}
}

// refSet says whether a customer has two events of one ref.
type refSet struct {
	slots []int64
	mask  int
	zero  bool
}

func (r *refSet) reset(n int) {
	size := 8
	for size < 2*n {
		size *= 2
	}
	if cap(r.slots) < size {
		r.slots = make([]int64, size)
	} else {
		r.slots = r.slots[:size]
		clear(r.slots)
	}
	r.mask, r.zero = size-1, false
}

// add puts ref into the set and says whether it was new.
func (r *refSet) add(ref int64) bool {
	if ref == 0 { // marks an empty slot
		was := r.zero
		r.zero = true
		return !was
	}
	const golden = 0x9e3779b97f4a7c15 // spreads refs that are not hashes
	for at := int(uint64(ref)*golden>>32) & r.mask; ; at = (at + 1) & r.mask {
		switch r.slots[at] {
		case 0:
			r.slots[at] = ref
			return true
		case ref:
			return false
		}
	}
}
