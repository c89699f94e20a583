package history

import (
	"cmp"
	"slices"
	"time"

	"holdfast/internal/fault"
)

// Append adds one event to the columns.
func (e *Events) Append(ev Event) {
	var flags uint8
	if ev.Assumed {
		flags |= FlagAssumed
	}
	if ev.Retracted {
		flags |= FlagRetracted
	}
	e.Customer = append(e.Customer, int64(ev.Customer))
	e.Ref = append(e.Ref, ev.Ref)
	e.Occurred = append(e.Occurred, ev.Occurred.UnixMicro())
	e.Recorded = append(e.Recorded, ev.Recorded.UnixMicro())
	e.Import = append(e.Import, int64(ev.Import))
	e.Flags = append(e.Flags, flags)
	e.Kind = append(e.Kind, ev.Kind)
	e.Amount = append(e.Amount, ev.AmountMinor)
	e.Quantity = append(e.Quantity, ev.Quantity)
	e.Channel = append(e.Channel, ev.Channel)
}

// At returns event i as a value.
func (e *Events) At(i int) Event {
	return Event{
		Stamp: Stamp{
			Customer:  CustomerID(e.Customer[i]),
			Ref:       e.Ref[i],
			Occurred:  time.UnixMicro(e.Occurred[i]).UTC(),
			Recorded:  time.UnixMicro(e.Recorded[i]).UTC(),
			Assumed:   e.Flags[i]&FlagAssumed != 0,
			Retracted: e.Flags[i]&FlagRetracted != 0,
			Import:    ImportID(e.Import[i]),
		},
		Kind:        e.Kind[i],
		AmountMinor: e.Amount[i],
		Quantity:    e.Quantity[i],
		Channel:     e.Channel[i],
	}
}

// Grow makes room for n more events.
func (e *Events) Grow(n int) {
	e.Customer = slices.Grow(e.Customer, n)
	e.Ref = slices.Grow(e.Ref, n)
	e.Occurred = slices.Grow(e.Occurred, n)
	e.Recorded = slices.Grow(e.Recorded, n)
	e.Import = slices.Grow(e.Import, n)
	e.Flags = slices.Grow(e.Flags, n)
	e.Kind = slices.Grow(e.Kind, n)
	e.Amount = slices.Grow(e.Amount, n)
	e.Quantity = slices.Grow(e.Quantity, n)
	e.Channel = slices.Grow(e.Channel, n)
}

// Truncate shortens the block to its first n events.
func (e *Events) Truncate(n int) {
	e.Customer = e.Customer[:n]
	e.Ref = e.Ref[:n]
	e.Occurred = e.Occurred[:n]
	e.Recorded = e.Recorded[:n]
	e.Import = e.Import[:n]
	e.Flags = e.Flags[:n]
	e.Kind = e.Kind[:n]
	e.Amount = e.Amount[:n]
	e.Quantity = e.Quantity[:n]
	e.Channel = e.Channel[:n]
}

// Sort brings the block into its order: (Customer, Occurred, Ref, Recorded),
// then Import. It does nothing to a block that is in order already.
func (e *Events) Sort() {
	if e.sorted(0, e.Len()) {
		return
	}
	order := make([]int32, e.Len())
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return e.compare(int(a), int(b)) })
	sorted := makeEvents(len(order))
	for to, from := range order {
		sorted.put(to, e, int(from))
	}
	*e = sorted
}

func (e *Events) compare(a, b int) int {
	if c := cmp.Compare(e.Customer[a], e.Customer[b]); c != 0 {
		return c
	}
	return e.compareOfCustomer(a, b)
}

func (e *Events) compareOfCustomer(a, b int) int {
	if c := cmp.Compare(e.Occurred[a], e.Occurred[b]); c != 0 {
		return c
	}
	if c := cmp.Compare(e.Ref[a], e.Ref[b]); c != 0 {
		return c
	}
	if c := cmp.Compare(e.Recorded[a], e.Recorded[b]); c != 0 {
		return c
	}
	return cmp.Compare(e.Import[a], e.Import[b])
}

func (e *Events) sorted(from, to int) bool {
	for i := from + 1; i < to; i++ {
		if e.compare(i-1, i) > 0 {
			return false
		}
	}
	return true
}

func (e *Events) check() error {
	n := e.Len()
	for _, m := range [...]int{
		len(e.Ref), len(e.Occurred), len(e.Recorded), len(e.Import), len(e.Flags),
		len(e.Kind), len(e.Amount), len(e.Quantity), len(e.Channel),
	} {
		if m != n {
			return fault.New(fault.Invalid, "a block of events has columns of %d and %d rows; all must be equally long", n, m)
		}
	}
	return nil
}

func makeEvents(n int) Events {
	return Events{
		Customer: make([]int64, n), Ref: make([]int64, n), Occurred: make([]int64, n),
		Recorded: make([]int64, n), Import: make([]int64, n), Flags: make([]uint8, n),
		Kind: make([]uint16, n), Amount: make([]int64, n), Quantity: make([]float64, n),
		Channel: make([]uint16, n),
	}
}

func (e *Events) put(to int, src *Events, from int) {
	e.Customer[to] = src.Customer[from]
	e.Ref[to] = src.Ref[from]
	e.Occurred[to] = src.Occurred[from]
	e.Recorded[to] = src.Recorded[from]
	e.Import[to] = src.Import[from]
	e.Flags[to] = src.Flags[from]
	e.Kind[to] = src.Kind[from]
	e.Amount[to] = src.Amount[from]
	e.Quantity[to] = src.Quantity[from]
	e.Channel[to] = src.Channel[from]
}
