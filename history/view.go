package history

import (
	"cmp"
	"slices"
	"time"
)

// View is one customer's history as it was known at an instant. An event or
// fact is in it if and only if it occurred before as-of and was recorded before
// as-of; of several such versions of one fact the newest recorded counts, and a
// fact whose newest such version withdraws it is absent. Nothing else can be
// reached through a View: its slices end where its knowledge ends.
//
// A View is cheap to make and to pass by value. It is valid until its Scratch
// is given to another View.
type View struct {
	customer *Customer
	asOf     time.Time
	events   eventColumns
	facts    []visibleFact // by (kind, Ref)
	kinds    [numKinds + 1]int32
	scratch  *Scratch
}

// eventColumns are the columns of a customer's visible events, oldest first.
type eventColumns struct {
	occurred []int64
	ref      []int64
	recorded []int64
	kind     []uint16
	amount   []int64
	quantity []float64
	channel  []uint16
}

// visibleFact is the newest visible version of a fact and how many visible
// versions there are, the newest among them: versions = facts[at-n+1 .. at].
type visibleFact struct {
	fact     *Fact
	versions []*Fact
	occurred int64
}

// Scratch holds the memory of one View at a time. The zero value is ready. Two
// Views that are used together need two.
type Scratch struct {
	order    []int32
	events   eventColumns
	facts    []visibleFact
	versions []*Fact
	subs     []SubscriptionState
	issues   []IssueState
	contacts []ContactAt
	consents []ConsentAt
	points   []PointAt
}

// View cuts the history of customer i at asOf, which counts to the
// microsecond. A nil scratch allocates one.
func (s *Shard) View(i int, asOf time.Time, scratch *Scratch) View {
	return s.cut(i, asOf, asOf, scratch)
}

// Hindsight cuts the history of customer i at asOf, as it was known at a later
// instant: what had occurred by asOf, with every correction and every fact that
// came late. It is there to be compared with the View of asOf; whoever learns
// from it learns what nobody could have known.
func (s *Shard) Hindsight(i int, asOf, known time.Time, scratch *Scratch) View {
	return s.cut(i, asOf, known, scratch)
}

func (s *Shard) cut(i int, asOf, known time.Time, scratch *Scratch) View {
	if scratch == nil {
		scratch = new(Scratch)
	}
	v := View{customer: &s.Customers[i], asOf: asOf, scratch: scratch}
	s.cutEvents(&v, i, known.UnixMicro())
	if s.factAt[i] < s.factAt[i+1] {
		s.cutFacts(&v, i, known.UnixMicro())
	}
	return v
}

// cutEvents finds the visible events. In the plain case, no corrections and
// none of the last few recorded late, they are a prefix of the customer's:
//
//	occurred  ........................|asOf
//	          all recorded in time |lag| looked at one by one
func (s *Shard) cutEvents(v *View, i int, known int64) {
	from, to := int(s.eventAt[i]), int(s.eventAt[i+1])
	if from == to {
		return
	}
	cut := v.asOf.UnixMicro()
	e := &s.Events
	end, _ := slices.BinarySearch(e.Occurred[from:to], cut)
	end += from
	if s.lag[i] == corrected {
		s.resolveEvents(v, from, end, known)
		return
	}
	for end > from && e.Recorded[end-1] >= known {
		end--
	}
	for k := end - 1; k >= from && e.Occurred[k] >= known-s.lag[i]; k-- {
		if e.Recorded[k] >= known {
			s.filterEvents(v, from, end, known)
			return
		}
	}
	v.events = eventColumns{
		occurred: e.Occurred[from:end:end],
		ref:      e.Ref[from:end:end],
		recorded: e.Recorded[from:end:end],
		kind:     e.Kind[from:end:end],
		amount:   e.Amount[from:end:end],
		quantity: e.Quantity[from:end:end],
		channel:  e.Channel[from:end:end],
	}
}

// filterEvents copies the events of [from, to) that were recorded in time.
func (s *Shard) filterEvents(v *View, from, to int, known int64) {
	order := v.scratch.order[:0]
	for k := from; k < to; k++ {
		if s.Events.Recorded[k] < known {
			order = append(order, int32(k))
		}
	}
	v.scratch.order = order
	s.gather(v, order)
}

// resolveEvents copies the newest visible version of each event in [from, to)
// unless that version withdraws it.
func (s *Shard) resolveEvents(v *View, from, to int, known int64) {
	e := &s.Events
	order := v.scratch.order[:0]
	for k := from; k < to; k++ {
		if e.Recorded[k] < known {
			order = append(order, int32(k))
		}
	}
	slices.SortFunc(order, func(a, b int32) int {
		if c := cmp.Compare(e.Ref[a], e.Ref[b]); c != 0 {
			return c
		}
		if c := cmp.Compare(e.Recorded[a], e.Recorded[b]); c != 0 {
			return c
		}
		if c := cmp.Compare(e.Import[a], e.Import[b]); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
	kept := order[:0]
	for k, o := range order {
		newest := k+1 == len(order) || e.Ref[order[k+1]] != e.Ref[o]
		if newest && e.Flags[o]&FlagRetracted == 0 {
			kept = append(kept, o)
		}
	}
	slices.Sort(kept)
	v.scratch.order = order
	s.gather(v, kept)
}

func (s *Shard) gather(v *View, order []int32) {
	e, c := &s.Events, &v.scratch.events
	c.reset()
	for _, k := range order {
		c.occurred = append(c.occurred, e.Occurred[k])
		c.ref = append(c.ref, e.Ref[k])
		c.recorded = append(c.recorded, e.Recorded[k])
		c.kind = append(c.kind, e.Kind[k])
		c.amount = append(c.amount, e.Amount[k])
		c.quantity = append(c.quantity, e.Quantity[k])
		c.channel = append(c.channel, e.Channel[k])
	}
	v.events = c.clipped()
}

func (c *eventColumns) reset() {
	c.occurred, c.ref, c.recorded = c.occurred[:0], c.ref[:0], c.recorded[:0]
	c.kind, c.channel = c.kind[:0], c.channel[:0]
	c.amount, c.quantity = c.amount[:0], c.quantity[:0]
}

// clipped gives the columns without the room behind them.
func (c *eventColumns) clipped() eventColumns {
	return eventColumns{
		occurred: slices.Clip(c.occurred), ref: slices.Clip(c.ref), recorded: slices.Clip(c.recorded),
		kind: slices.Clip(c.kind), channel: slices.Clip(c.channel),
		amount: slices.Clip(c.amount), quantity: slices.Clip(c.quantity),
	}
}

// cutFacts finds the newest visible version of each small fact. Facts are
// sorted by (Kind, Ref, Recorded), so that versions stand together, newest last.
func (s *Shard) cutFacts(v *View, i int, known int64) {
	sc := v.scratch
	sc.facts, sc.versions = sc.facts[:0], sc.versions[:0]
	from, to := int(s.factAt[i]), int(s.factAt[i+1])
	sc.versions = slices.Grow(sc.versions, to-from) // sub-slices stay valid
	cut := v.asOf.UnixMicro()
	kind := uint8(0)
	for at := from; at < to; {
		first, t := at, &s.factTimes[at]
		for kind < t.kind {
			kind++
			v.kinds[kind] = int32(len(sc.facts))
		}
		start, newest := len(sc.versions), -1
		for ; at < to && s.factTimes[at].kind == t.kind && s.Facts[at].Ref == s.Facts[first].Ref; at++ {
			if s.factTimes[at].occurred < cut && s.factTimes[at].recorded < known {
				newest = at
				sc.versions = append(sc.versions, &s.Facts[at])
			}
		}
		if newest >= 0 && !s.Facts[newest].Retracted {
			versions := sc.versions[start:len(sc.versions):len(sc.versions)]
			sc.facts = append(sc.facts, visibleFact{&s.Facts[newest], versions, s.factTimes[newest].occurred})
		}
	}
	for kind < numKinds {
		kind++
		v.kinds[kind] = int32(len(sc.facts))
	}
	v.facts = sc.facts
}

// of returns the visible facts of a kind, by Ref.
func (v *View) of(kind int) []visibleFact { return v.facts[v.kinds[kind]:v.kinds[kind+1]] }

// AsOf returns the instant the view is cut at.
func (v View) AsOf() time.Time { return v.asOf }

// Customer returns the current record of the customer. Its name and key are
// for people; they are not dated and must not be learned from.
func (v View) Customer() Customer { return *v.customer }

// Len returns the number of visible events.
func (v View) Len() int { return len(v.events.occurred) }

// Occurred returns when each visible event happened, oldest first, in
// microseconds since 1970 UTC. The columns below are in the same order; none
// of them may be written to.
func (v View) Occurred() []int64 { return v.events.occurred }

// Recorded returns when each visible event became known, in microseconds.
func (v View) Recorded() []int64 { return v.events.recorded }

// Refs returns the identity of each visible event.
func (v View) Refs() []int64 { return v.events.ref }

// Kinds returns the code of each visible event's kind.
func (v View) Kinds() []uint16 { return v.events.kind }

// Amounts returns each visible event's amount in minor units.
func (v View) Amounts() []int64 { return v.events.amount }

// Quantities returns each visible event's quantity.
func (v View) Quantities() []float64 { return v.events.quantity }

// Channels returns the code of each visible event's channel.
func (v View) Channels() []uint16 { return v.events.channel }
