package history

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// roll is the set of customers that rows may name, by partition. Rows of a
// feed that creates customers add to it while they are read.
type roll struct {
	parts  []rollPart
	closed bool // nobody is added: it is read without locks
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
	for at = int(uint64(id)*golden>>20) & mask; ; at = (at + 1) & mask {
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
	if r.closed {
		_, found := p.find(id)
		return found
	}
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

// foundBatch is how many new customers are saved at once: in the order of
// their ids a database writes them much faster.
const foundBatch = 200_000

// founder saves the customers whom rows named first, while more rows are read.
type founder struct {
	save    func([]Customer) (int, error)
	waiting []Customer
	batches chan []Customer
	done    chan struct{}
	found   int64
	err     error // of saving, to be read after done
}

func newFounder(save func([]Customer) (int, error)) *founder {
	f := &founder{save: save, batches: make(chan []Customer), done: make(chan struct{})}
	go func() {
		defer close(f.done)
		for batch := range f.batches {
			if f.err != nil {
				continue
			}
			slices.SortFunc(batch, func(a, b Customer) int { return cmp.Compare(a.ID, b.ID) })
			n, err := f.save(batch)
			f.found, f.err = f.found+int64(n), err
		}
	}()
	return f
}

func (f *founder) add(ctx context.Context, customers []Customer) error {
	f.waiting = append(f.waiting, customers...)
	if len(f.waiting) < foundBatch {
		return nil
	}
	return f.send(ctx)
}

func (f *founder) send(ctx context.Context) error {
	select {
	case f.batches <- f.waiting:
		f.waiting = nil
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// finish waits until all customers are saved and gives how many there were.
func (f *founder) finish() (int64, error) {
	close(f.batches)
	<-f.done
	return f.found, f.err
}
