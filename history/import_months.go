package history

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// notLookedAt stands for the live segment of a month of which no record can
// have an earlier version.
const notLookedAt SegmentID = -1

// monthOf gives the months since year 0 of an instant in microseconds.
func monthOf(us int64) int {
	y, m, _ := time.UnixMicro(us).UTC().Date()
	return y*12 + int(m) - 1
}

// eventKey places a record in its month.
type eventKey struct {
	customer, occurred int64
	at                 int32
}

// inOrder gives the kept records month by month, each month by customer and
// time. It moves short keys and not the records:
//
//	kept    3 1 1 2 3        in the order of their identities
//	keys    1 1|2|3 3        ends[0] = 2, ends[1] = 3, ends[2] = 5
func (m *eventMerge) inOrder() (first int, ends []int) {
	first, newest := int(m.kept[0].place), int(m.kept[0].place)
	for i := range m.kept {
		first, newest = min(first, int(m.kept[i].place)), max(newest, int(m.kept[i].place))
	}
	ends = make([]int, newest-first+2)
	for i := range m.kept {
		ends[int(m.kept[i].place)-first+1]++
	}
	for i := 1; i < len(ends); i++ {
		ends[i] += ends[i-1]
	}
	m.keys = slices.Grow(m.keys[:0], len(m.kept))[:len(m.kept)]
	for i := range m.kept {
		r := &m.kept[i]
		to := &ends[int(r.place)-first]
		m.keys[*to] = eventKey{r.customer, r.occurred, int32(i)}
		*to++
	}
	ends = ends[:len(ends)-1]
	from := 0
	for _, to := range ends {
		slices.SortFunc(m.keys[from:to], m.compareKeys)
		from = to
	}
	return first, ends
}

func (m *eventMerge) compareKeys(a, b eventKey) int {
	if a.customer != b.customer {
		return cmp.Compare(a.customer, b.customer)
	}
	if a.occurred != b.occurred {
		return cmp.Compare(a.occurred, b.occurred)
	}
	x, y := &m.kept[a.at], &m.kept[b.at]
	return cmp.Or(cmp.Compare(x.ref, y.ref), cmp.Compare(x.recorded, y.recorded))
}

// save rewrites the months that the kept records are of, and those in must.
func (m *eventMerge) save(ctx context.Context, must []int) error {
	if m.dry {
		return nil
	}
	var written []Replacement
	saved := map[int]bool{}
	write := func(month int, keys []eventKey) error {
		saved[month] = true
		r, err := m.rewrite(ctx, month, keys)
		written = append(written, r)
		return err
	}
	if len(m.kept) > 0 {
		first, ends := m.inOrder()
		from := 0
		for i, to := range ends {
			if to > from {
				if err := write(first+i, m.keys[from:to]); err != nil {
					return err
				}
			}
			from = to
		}
	}
	for _, month := range must {
		if !saved[month] {
			if err := write(month, nil); err != nil {
				return err
			}
		}
	}
	if len(written) == 0 {
		return nil
	}
	return m.Store.SaveSegments(ctx, m.imp.ID, written)
}

// rewrite makes the segment of a month with the records added. It replaces the
// one that they were compared with: where another import was faster since, the
// publication finds that out and the month is done again.
func (m *eventMerge) rewrite(ctx context.Context, month int, keys []eventKey) (Replacement, error) {
	e := &m.events
	e.Truncate(0)
	replaces, shown := m.live[month]
	if shown {
		now, err := m.liveEvents(ctx, month, e)
		if err != nil {
			return Replacement{}, err
		}
		if replaces == notLookedAt {
			replaces = now
		}
	}
	before := e.Len()
	e.Grow(len(keys))
	e.Truncate(before + len(keys))
	for i := range keys {
		m.kept[keys[i].at].put(e, before+i, int64(m.imp.ID))
	}
	if before > 0 {
		e.Sort()
	}
	seg, err := newSegment(m.partition, month, e)
	return Replacement{Replaces: replaces, Segment: seg}, err
}

// put writes the event as row i of a block.
func (r *record) put(e *Events, i int, imp int64) {
	e.Customer[i], e.Ref[i] = r.customer, r.ref
	e.Occurred[i], e.Recorded[i] = r.occurred, r.recorded
	e.Import[i], e.Flags[i], e.Kind[i] = imp, r.flags, r.kind
	e.Amount[i], e.Quantity[i], e.Channel[i] = r.amount, r.quantity, r.channel
}

// liveEvents decodes the segment that the manifest shows now.
func (m *eventMerge) liveEvents(ctx context.Context, month int, into *Events) (SegmentID, error) {
	seg, err := m.Store.LiveSegment(ctx, m.partition, month)
	if err != nil || seg.ID == 0 {
		return 0, err
	}
	if err := DecodeSegment(seg.Payload, into); err != nil {
		return 0, fmt.Errorf("read partition %d, month %04d-%02d: %w", m.partition, month/12, month%12+1, err)
	}
	return seg.ID, nil
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
