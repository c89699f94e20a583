package history

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// eventMerge brings one partition's new events into its segments.
type eventMerge struct {
	*run
	*workspace
	partition int
	next      []int32           // following record of the same ref, -1 at the end; nil when all refs differ
	live      map[int]SegmentID // of the months that the manifest showed when they were looked at
	priors    map[int64][]old   // of refs that the records name
	out       outcome
}

// workspace is the memory of one merge after the other.
type workspace struct {
	recs   []record // of the files
	kept   []record // those that say something new
	keys   []eventKey
	first  refTable // ref: first record of it
	events Events
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// old is an event that is in the history already.
type old struct {
	FactVersion
	imp      int64
	customer int64
	occurred int64
	kind     uint16
	channel  uint16
}

// mergeEvents merges one partition and says what became of its rows. The
// months in must are written again even when nothing is new in them.
func (r *run) mergeEvents(ctx context.Context, partition int, must []int) (outcome, error) {
	n := r.spool.bytes(partition) / recordBytes
	if n == 0 {
		return outcome{}, nil
	}
	room := workspaces.Get().(*workspace)
	defer workspaces.Put(room)
	m := &eventMerge{run: r, workspace: room, partition: partition, live: map[int]SegmentID{}, priors: map[int64][]old{}}
	m.recs = slices.Grow(m.recs[:0], n)
	err := r.spool.each(partition, func(data []byte) error {
		for ; len(data) > 0; data = data[recordBytes:] {
			m.recs = m.recs[:len(m.recs)+1]
			m.recs[len(m.recs)-1].read(data)
		}
		return nil
	})
	if err != nil {
		return outcome{}, err
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
	m.first.reset(len(m.recs))
	oneFile := len(m.files) == 1
	seen := &m.first
	if !oneFile {
		others := newRefTable(len(m.recs))
		seen = &others
	}
	number, last := map[int32]int{}, map[int32]int32{}
	for i := range m.recs {
		r := &m.recs[i]
		if m.mapper.countable() {
			at, added := seen.put(inFile(r.ref, r.place), int32(i))
			if added && oneFile {
				continue // inFile changes nothing in the first file
			}
			if !added {
				number[at]++
				r.ref = numbered(r.ref, number[at])
			}
		}
		if at, added := m.first.put(r.ref, int32(i)); !added {
			m.chain(at, int32(i), last)
		}
	}
}

// chain appends a record to those of the same ref, of which last knows the end.
func (m *eventMerge) chain(first, record int32, last map[int32]int32) {
	if m.next == nil {
		m.next = make([]int32, len(m.recs))
		for i := range m.next {
			m.next[i] = -1
		}
	}
	end, chained := last[first]
	if !chained {
		end = first
	}
	m.next[end], last[first] = record, record
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
	var named map[int]bool
	if len(m.key) == 0 {
		named = map[int]bool{}
		for i := range m.recs {
			named[monthOf(m.recs[i].occurred)] = true
		}
	}
	for _, month := range months {
		if m.live[month] = notLookedAt; named != nil && !named[month] {
			continue
		}
		e := &m.events
		e.Truncate(0)
		if m.live[month], err = m.liveEvents(ctx, month, e); err != nil {
			return err
		}
		m.compareWith(e)
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

// compareWith keeps of a month's events those whose refs the records name.
func (m *eventMerge) compareWith(e *Events) {
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

// decide keeps of the records those that say something new.
func (m *eventMerge) decide() {
	m.kept = slices.Grow(m.kept[:0], len(m.recs))
	var given []version
	var hist []FactVersion
	for i := range m.recs {
		r := &m.recs[i]
		if m.next != nil {
			if head, _ := m.first.get(r.ref); head != int32(i) {
				continue
			}
		}
		var priors []old
		if len(m.priors) > 0 {
			priors = m.priors[r.ref]
		}
		if len(priors) == 0 && (m.next == nil || m.next[i] < 0) && r.flags&(carryDeleted|carryUndated) == 0 {
			m.keepNew(*r)
			continue
		}
		given, hist = given[:0], hist[:0]
		for at := int32(i); at >= 0; at = m.after(at) {
			given = append(given, m.version(at))
		}
		for _, p := range priors {
			hist = append(hist, p.FactVersion)
		}
		m.out.keep = m.out.keep[:0]
		m.out.reconcile(hist, given, m.stamp)
		m.write(priors)
	}
}

func (m *eventMerge) after(at int32) int32 {
	if m.next == nil {
		return -1
	}
	return m.next[at]
}

// version is what a record says of its event.
func (m *eventMerge) version(at int32) version {
	r := &m.recs[at]
	v := version{recorded: r.recorded, assumed: r.flags&carryAssumed != 0, place: r.place, at: int(at)}
	if r.flags&carryUndated != 0 && v.assumed {
		v.recorded = m.learned
	}
	if r.flags&carryDeleted == 0 {
		v.content = r.content(m.seed)
	}
	return v
}

// keepNew keeps the only version of an event that is not in the history: what
// reconcile would say, of nearly every row.
func (m *eventMerge) keepNew(r record) {
	m.out.added++
	if r.flags&carryAssumed != 0 {
		m.out.assumed++
	}
	r.recorded = m.stamp(r.recorded)
	r.flags &= carryAssumed
	r.place = int64(monthOf(r.occurred))
	m.kept = append(m.kept, r)
}

// write keeps the records of the versions to keep; their place becomes their
// month. An event that moves to another customer is withdrawn from the first.
func (m *eventMerge) write(priors []old) {
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
			m.kept = append(m.kept, gone)
		}
		r.place = int64(monthOf(r.occurred))
		m.kept = append(m.kept, r)
		last = &record{customer: r.customer, occurred: r.occurred, kind: r.kind, channel: r.channel}
	}
}
