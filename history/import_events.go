package history

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// eventMerge brings one partition's new events into its segments.
type eventMerge struct {
	*run
	partition int
	recs      []record
	first     refTable        // ref: first record of it
	next      []int32         // following record of the same ref, -1 at the end
	priors    map[int64][]old // of refs that the records name
	out       outcome
}

// old is an event that is in the history already.
type old struct {
	FactVersion
	imp      int64
	customer int64
	occurred int64
	kind     uint16
	channel  uint16
}

// monthOf gives the months since year 0 of an instant in microseconds.
func monthOf(us int64) int {
	t := time.UnixMicro(us).UTC()
	return t.Year()*12 + int(t.Month()) - 1
}

// mergeEvents merges one partition and says what became of its rows. The
// months in must are written again even when nothing is new in them.
func (r *run) mergeEvents(ctx context.Context, partition int, must []int) (outcome, error) {
	data, err := r.spool.bytes(partition)
	if err != nil || len(data) == 0 {
		return outcome{}, err
	}
	m := &eventMerge{run: r, partition: partition, recs: make([]record, len(data)/recordBytes), priors: map[int64][]old{}}
	for i := range m.recs {
		m.recs[i].read(data[i*recordBytes:])
	}
	m.index()
	if err := m.lookUp(ctx); err != nil {
		return outcome{}, err
	}
	m.decide()
	return m.out, m.save(ctx, must)
}

// index numbers identical rows and chains the records of each ref. Rows come
// in the order of the files.
func (m *eventMerge) index() {
	if m.mapper.countable() {
		seen := newRefTable(len(m.recs))
		number := map[int32]int{}
		for i := range m.recs {
			r := &m.recs[i]
			if at, added := seen.put(inFile(r.ref, r.place), int32(i)); !added {
				number[at]++
				r.ref = numbered(r.ref, number[at])
			}
		}
	}
	m.first = newRefTable(len(m.recs))
	m.next = make([]int32, len(m.recs))
	last := map[int32]int32{}
	for i := range m.recs {
		m.next[i] = -1
		at, ok := m.first.put(m.recs[i].ref, int32(i))
		if ok {
			continue
		}
		end, chained := last[at]
		if !chained {
			end = at
		}
		m.next[end], last[at] = int32(i), int32(i)
	}
}

// numbered gives the identity of the n-th repetition of a row that has no key.
func numbered(ref int64, n int) int64 { return int64((uint64(ref) + uint64(n)) * prime1) }

// inFile tells the rows of one file from those of another.
func inFile(ref, place int64) int64 { return ref ^ int64(uint64(place>>fileShift)*prime2) }

// lookUp finds the versions that the history has of the refs. A ref with a key
// may be in any month, one without only in that of its event.
func (m *eventMerge) lookUp(ctx context.Context) error {
	months, err := m.Store.LiveMonths(ctx, m.partition)
	if err != nil || len(months) == 0 {
		return err
	}
	if len(m.key) == 0 {
		named := map[int]bool{}
		for i := range m.recs {
			named[monthOf(m.recs[i].occurred)] = true
		}
		months = slices.DeleteFunc(months, func(month int) bool { return !named[month] })
	}
	var e Events
	for _, month := range months {
		e.Truncate(0)
		if _, err := m.live(ctx, m.partition, month, &e); err != nil {
			return err
		}
		for i, ref := range e.Ref {
			if _, ok := m.first.get(ref); !ok {
				continue
			}
			o := old{
				imp: e.Import[i], customer: e.Customer[i], occurred: e.Occurred[i], kind: e.Kind[i], channel: e.Channel[i],
			}
			o.Recorded = e.Recorded[i]
			if e.Flags[i]&FlagRetracted == 0 {
				o.Hash = contentOf(m.seed, e.Customer[i], e.Occurred[i], e.Amount[i], e.Quantity[i], e.Kind[i], e.Channel[i])
			}
			m.priors[ref] = append(m.priors[ref], o)
		}
	}
	for _, versions := range m.priors {
		slices.SortFunc(versions, func(a, b old) int {
			if c := cmp.Compare(a.Recorded, b.Recorded); c != 0 {
				return c
			}
			return cmp.Compare(a.imp, b.imp)
		})
	}
	return nil
}

// live decodes the segment that the manifest shows now.
func (r *run) live(ctx context.Context, partition, month int, into *Events) (SegmentID, error) {
	seg, err := r.Store.LiveSegment(ctx, partition, month)
	if err != nil || seg.ID == 0 {
		return 0, err
	}
	if err := DecodeSegment(seg.Payload, into); err != nil {
		return 0, fmt.Errorf("read partition %d, month %04d-%02d: %w", partition, month/12, month%12+1, err)
	}
	return seg.ID, nil
}

// decide keeps of the records those that say something new.
func (m *eventMerge) decide() {
	kept := make([]record, 0, len(m.recs))
	var given []version
	var hist []FactVersion
	for i := range m.recs {
		if head, _ := m.first.get(m.recs[i].ref); head != int32(i) {
			continue
		}
		given, hist = given[:0], hist[:0]
		for at := int32(i); at >= 0; at = m.next[at] {
			r := &m.recs[at]
			v := version{recorded: r.recorded, assumed: r.flags&carryAssumed != 0, place: r.place, at: int(at)}
			if r.flags&carryUndated != 0 && v.assumed {
				v.recorded = m.learned
			}
			if r.flags&carryDeleted == 0 {
				v.content = r.content(m.seed)
			}
			given = append(given, v)
		}
		priors := m.priors[m.recs[i].ref]
		for _, p := range priors {
			hist = append(hist, p.FactVersion)
		}
		m.out.keep = m.out.keep[:0]
		m.out.reconcile(hist, given, m.stamp)
		kept = m.write(kept, priors)
	}
	m.recs, m.next, m.first, m.priors = inOrder(kept), nil, refTable{}, nil
}

// inOrder sorts records by month (their place), customer and time. Sorting
// short keys and then moving each record once is twice as fast as sorting
// records.
func inOrder(recs []record) []record {
	type key struct {
		customer, occurred int64
		month, at          int32
	}
	keys := make([]key, len(recs))
	for i := range recs {
		keys[i] = key{recs[i].customer, recs[i].occurred, int32(recs[i].place), int32(i)}
	}
	slices.SortFunc(keys, func(a, b key) int {
		switch {
		case a.month != b.month:
			return cmp.Compare(a.month, b.month)
		case a.customer != b.customer:
			return cmp.Compare(a.customer, b.customer)
		case a.occurred != b.occurred:
			return cmp.Compare(a.occurred, b.occurred)
		}
		x, y := &recs[a.at], &recs[b.at]
		return cmp.Or(cmp.Compare(x.ref, y.ref), cmp.Compare(x.recorded, y.recorded))
	})
	sorted := make([]record, len(recs))
	for i, k := range keys {
		sorted[i] = recs[k.at]
	}
	return sorted
}

// write appends the records of the versions to keep; their place becomes their
// month. An event that moves to another customer is withdrawn from the first.
func (m *eventMerge) write(kept []record, priors []old) []record {
	var last *record
	if n := len(priors); n > 0 {
		p := priors[n-1]
		last = &record{customer: p.customer, occurred: p.occurred, kind: p.kind, channel: p.channel}
	}
	for _, v := range m.out.keep {
		r := m.recs[v.at]
		r.recorded = v.recorded
		r.flags &= carryAssumed | carryDeleted
		if r.flags&carryDeleted != 0 && last != nil {
			r.customer, r.occurred, r.kind, r.channel = last.customer, last.occurred, last.kind, last.channel
		}
		if last != nil && last.customer != r.customer {
			gone := r
			gone.customer, gone.occurred, gone.kind, gone.channel = last.customer, last.occurred, last.kind, last.channel
			gone.amount, gone.quantity, gone.flags = 0, 0, gone.flags|carryDeleted
			gone.place = int64(monthOf(gone.occurred))
			kept = append(kept, gone)
		}
		r.place = int64(monthOf(r.occurred))
		kept = append(kept, r)
		last = &record{customer: r.customer, occurred: r.occurred, kind: r.kind, channel: r.channel}
	}
	return kept
}

// save rewrites the months that the records are of, and those in must.
func (m *eventMerge) save(ctx context.Context, must []int) error {
	if m.dry {
		return nil
	}
	saved := map[int]bool{}
	for from := 0; from < len(m.recs); {
		month, to := m.recs[from].place, from
		for to < len(m.recs) && m.recs[to].place == month {
			to++
		}
		if err := m.saveMonth(ctx, int(month), m.recs[from:to]); err != nil {
			return err
		}
		saved[int(month)], from = true, to
	}
	for _, month := range must {
		if saved[month] {
			continue
		}
		if err := m.saveMonth(ctx, month, nil); err != nil {
			return err
		}
	}
	return nil
}

func (m *eventMerge) saveMonth(ctx context.Context, month int, recs []record) error {
	var e Events
	replaces, err := m.live(ctx, m.partition, month, &e)
	if err != nil {
		return err
	}
	e.Grow(len(recs))
	for i := range recs {
		r := &recs[i]
		e.Customer = append(e.Customer, r.customer)
		e.Ref = append(e.Ref, r.ref)
		e.Occurred = append(e.Occurred, r.occurred)
		e.Recorded = append(e.Recorded, r.recorded)
		e.Import = append(e.Import, int64(m.imp.ID))
		e.Flags = append(e.Flags, r.flags)
		e.Kind = append(e.Kind, r.kind)
		e.Amount = append(e.Amount, r.amount)
		e.Quantity = append(e.Quantity, r.quantity)
		e.Channel = append(e.Channel, r.channel)
	}
	e.Sort()
	seg, err := newSegment(m.partition, month, &e)
	if err != nil {
		return err
	}
	return m.Store.SaveSegment(ctx, m.imp.ID, replaces, seg)
}

// newSegment encodes sorted events of one partition and month.
func newSegment(partition, month int, e *Events) (Segment, error) {
	if e.Len() == 0 {
		return Segment{Partition: partition, Month: month}, nil
	}
	payload, err := EncodeSegment(e)
	if err != nil {
		return Segment{}, err
	}
	return Segment{
		Partition: partition, Month: month, Rows: e.Len(),
		Min: instantOf(slices.Min(e.Occurred)), Max: instantOf(slices.Max(e.Occurred)), Payload: payload,
	}, nil
}
