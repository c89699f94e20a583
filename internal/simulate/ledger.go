package simulate

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
)

// table is one of the feeds.
type table uint8

const (
	customersTable table = iota
	subscriptionsTable
	eventsTable
	issuesTable
	contactsTable
	consentsTable
	tables // how many there are
)

// row is one line of a feed, with times in Unix seconds. What is not here
// follows from the customer's number.
type row struct {
	recorded, occurred uint32
	begin, end         uint32 // of a contract or an issue; end 0 is open
	renews             uint32 // end of a contract's term
	customer           uint32
	number             uint32 // of the fact among its customer's; versions of one fact share it
	amount             int32  // minor units
	quantity           int16
	table              table
	kind               uint8 // of event, plan, category, segment, purpose or disposition
	channel            uint8 // of event or contact, or how a term ended
	phone, email       uint8 // versions, from 1; 0 is none
	flag               bool  // withdrawn, or allowed for a consent
}

// compare is the order of a feed: by what was recorded first, then by what it
// is about. No two rows are equal in it unless they say the same.
func compare(a, b row) int {
	switch {
	case a.recorded != b.recorded:
		return cmp.Compare(a.recorded, b.recorded)
	case a.customer != b.customer:
		return cmp.Compare(a.customer, b.customer)
	case a.table != b.table:
		return cmp.Compare(a.table, b.table)
	case a.number != b.number:
		return cmp.Compare(a.number, b.number)
	}
	return cmp.Compare(a.occurred, b.occurred)
}

const daySeconds = 86_400

// ledger keeps every row in the bucket of the UTC day it was recorded on,
// counted from origin. Rows recorded after the present wait in later buckets.
type ledger struct {
	origin uint32
	days   []bucket
}

type bucket struct {
	rows   []row
	sorted int // how many rows have been put in order
}

func (l *ledger) add(r row) {
	day := 0
	if r.recorded > l.origin {
		day = int(r.recorded-l.origin) / daySeconds
	}
	if day >= len(l.days) {
		l.days = slices.Grow(l.days, day+1-len(l.days))[:day+1]
	}
	l.days[day].rows = append(l.days[day].rows, r)
}

// take moves the rows of another ledger of the same origin into this one.
func (l *ledger) take(other *ledger) {
	if n := len(other.days); n > len(l.days) {
		l.days = slices.Grow(l.days, n-len(l.days))[:n]
	}
	for i := range other.days {
		if l.days[i].rows == nil {
			l.days[i] = other.days[i]
		} else {
			l.days[i].rows = append(l.days[i].rows, other.days[i].rows...)
		}
	}
}

// between returns the rows recorded in [since, until), in order, in pieces of
// whole buckets with at least pieceRows each, so that the pieces do not depend
// on how many processors there are.
func (l *ledger) between(since, until uint32) [][]row {
	first, last := 0, len(l.days)-1
	if since > l.origin {
		first = int(since-l.origin) / daySeconds
	}
	if until <= l.origin {
		return nil
	}
	last = min(last, int(until-1-l.origin)/daySeconds)
	l.sort(first, last)
	var out [][]row
	var piece []row
	for day := first; day <= last; day++ {
		rows := l.days[day].rows
		from, _ := slices.BinarySearchFunc(rows, since, func(r row, t uint32) int { return cmp.Compare(r.recorded, t) })
		to, _ := slices.BinarySearchFunc(rows, until, func(r row, t uint32) int { return cmp.Compare(r.recorded, t) })
		if piece = append(piece, rows[from:to]...); len(piece) >= pieceRows {
			out, piece = append(out, piece), nil
		}
	}
	if len(piece) > 0 {
		out = append(out, piece)
	}
	return out
}

// sort puts the buckets from first to last in order.
func (l *ledger) sort(first, last int) {
	parallel(last+1-first, func(i int) {
		b := &l.days[first+i]
		if b.sorted != len(b.rows) {
			slices.SortFunc(b.rows, compare)
			b.sorted = len(b.rows)
		}
	})
}

// parallel calls do for 0 to n−1 on all processors and returns when all are
// done. The calls must not depend on each other.
func parallel(n int, do func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 {
		for i := range n {
			do(i)
		}
		return
	}
	var wg sync.WaitGroup
	for k := range workers {
		wg.Go(func() {
			for i := k; i < n; i += workers {
				do(i)
			}
		})
	}
	wg.Wait()
}
