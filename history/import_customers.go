package history

import (
	"context"
	"sync"
)

// roll is the set of customers that rows may name, by partition. Rows of a
// feed that creates customers add to it while they are read.
type roll struct {
	parts []rollPart
}

type rollPart struct {
	mu    sync.RWMutex
	slots []CustomerID // open addressing, 0 is free
	n     int
}

// newRoll reads who is known to the store.
func newRoll(ctx context.Context, s ImportStore, imp ImportID) (*roll, error) {
	r := &roll{parts: make([]rollPart, s.Partitions())}
	for p := range r.parts {
		ids, err := s.CustomerIDs(ctx, imp, p)
		if err != nil {
			return nil, err
		}
		part := &r.parts[p]
		part.reserve(len(ids))
		for _, id := range ids {
			part.add(id)
		}
	}
	return r, nil
}

func (p *rollPart) reserve(n int) {
	size := 16
	for size < 2*n {
		size *= 2
	}
	p.slots = make([]CustomerID, size)
}

func (p *rollPart) find(id CustomerID) (at int, found bool) {
	mask := len(p.slots) - 1
	const golden = 0x9e3779b97f4a7c15
	for at = int(uint64(id)*golden>>38) & mask; ; at = (at + 1) & mask {
		if p.slots[at] == id {
			return at, true
		}
		if p.slots[at] == 0 {
			return at, false
		}
	}
}

func (p *rollPart) add(id CustomerID) bool {
	at, found := p.find(id)
	if found {
		return false
	}
	p.slots[at] = id
	if p.n++; 2*p.n > len(p.slots) {
		old := p.slots
		p.slots = make([]CustomerID, 2*len(old))
		for _, id := range old {
			if id != 0 {
				at, _ := p.find(id)
				p.slots[at] = id
			}
		}
	}
	return true
}

// knows says whether the customer is on the roll.
func (r *roll) knows(partition int, id CustomerID) bool {
	p := &r.parts[partition]
	p.mu.RLock()
	_, found := p.find(id)
	p.mu.RUnlock()
	return found
}

// enter puts a customer on the roll and says whether that was new.
func (r *roll) enter(partition int, id CustomerID) bool {
	p := &r.parts[partition]
	p.mu.Lock()
	added := p.add(id)
	p.mu.Unlock()
	return added
}
