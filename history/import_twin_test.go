package history_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// memory is an ImportStore that keeps everything in maps and reads it by
// looking through all of it.
type memory struct {
	mu         sync.Mutex
	agents     []string
	roster     []history.RosterDay
	partitions int
	night      time.Time
	vocab      history.Vocabulary
	version    int64
	imports    []*memoryImport
	customers  []history.Customer
	segments   int64
	refuse     func(call string) error // breaks a call, may be nil
}

type memoryImport struct {
	history.Import
	live       map[[2]int]history.Segment
	replaces   map[[2]int]history.SegmentID
	facts      []memoryFact
	rejections []history.Rejection
	gone       bool
}

type memoryFact struct {
	history.Fact
	partition int
}

func newMemory(partitions int) *memory {
	return &memory{partitions: partitions, vocab: history.Vocabulary{Kinds: []string{"other"}, Channels: []string{""}}}
}

func (m *memory) enter(call string) (func(), error) {
	m.mu.Lock()
	if m.refuse != nil {
		if err := m.refuse(call); err != nil {
			m.mu.Unlock()
			return nil, err
		}
	}
	return m.mu.Unlock, nil
}

func (m *memory) shown(i *memoryImport) bool { return !i.gone && i.Version > 0 && i.Undone.IsZero() }

func (m *memory) draft(id history.ImportID) (*memoryImport, error) {
	if id < 1 || int(id) > len(m.imports) || m.imports[id-1].gone || m.imports[id-1].Version > 0 {
		return nil, fault.New(fault.Conflict, "import %d is not a draft", id)
	}
	return m.imports[id-1], nil
}

func (m *memory) BeginImport(_ context.Context, imp history.Import) (history.ImportID, error) {
	leave, err := m.enter("begin")
	if err != nil {
		return 0, err
	}
	defer leave()
	imp.ID = history.ImportID(len(m.imports) + 1)
	m.imports = append(m.imports, &memoryImport{
		Import: imp, live: map[[2]int]history.Segment{}, replaces: map[[2]int]history.SegmentID{},
	})
	return imp.ID, nil
}

func (m *memory) FindImport(_ context.Context, feed, hash string) (history.Import, bool, error) {
	leave, err := m.enter("find")
	if err != nil {
		return history.Import{}, false, err
	}
	defer leave()
	for _, i := range m.imports {
		if m.shown(i) && i.Feed == feed && i.Hash == hash {
			return i.Import, true, nil
		}
	}
	return history.Import{}, false, nil
}

func (m *memory) Partitions() int { return m.partitions }

func (m *memory) Vocabulary(_ context.Context, kinds, channels []string) (history.Vocabulary, error) {
	leave, err := m.enter("vocabulary")
	if err != nil {
		return history.Vocabulary{}, err
	}
	defer leave()
	for _, w := range kinds {
		if !slices.Contains(m.vocab.Kinds, w) {
			m.vocab.Kinds = append(m.vocab.Kinds, w)
		}
	}
	for _, w := range channels {
		if !slices.Contains(m.vocab.Channels, w) {
			m.vocab.Channels = append(m.vocab.Channels, w)
		}
	}
	return history.Vocabulary{Kinds: slices.Clone(m.vocab.Kinds), Channels: slices.Clone(m.vocab.Channels)}, nil
}

func (m *memory) NewestNight(context.Context) (time.Time, error) { return m.night, nil }

func (m *memory) CustomerIDs(_ context.Context, imp history.ImportID, partition int) ([]history.CustomerID, error) {
	leave, err := m.enter("customers")
	if err != nil {
		return nil, err
	}
	defer leave()
	var ids []history.CustomerID
	for _, c := range m.customers {
		if c.Partition == partition && (c.Import == imp || m.shown(m.imports[c.Import-1])) {
			ids = append(ids, c.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

func (m *memory) Erasures(context.Context) (history.Erasures, error) { return history.Erasures{}, nil }

func (m *memory) SourceKeys(context.Context, string) (map[string]history.CustomerID, error) {
	return nil, nil
}

func (m *memory) SaveCustomers(_ context.Context, imp history.ImportID, customers []history.Customer) (created int, err error) {
	leave, err := m.enter("save customers")
	if err != nil {
		return 0, err
	}
	defer leave()
	for _, c := range customers {
		if want := history.PartitionOf(c.ID, m.partitions); c.Partition != want || c.Import != imp {
			return 0, fmt.Errorf("customer %d saved to partition %d under import %d", c.ID, c.Partition, c.Import)
		}
		m.customers = append(m.customers, c)
	}
	return len(customers), nil
}

func (m *memory) FactHistory(
	_ context.Context, partition int, kind history.FactKind, customers []history.CustomerID,
) (map[int64][]history.FactVersion, error) {
	leave, err := m.enter("versions")
	if err != nil {
		return nil, err
	}
	defer leave()
	out := map[int64][]history.FactVersion{}
	for _, i := range m.imports {
		for _, f := range i.facts {
			if !m.shown(i) || f.partition != partition || f.Kind != kind || !slices.Contains(customers, f.Customer) {
				continue
			}
			v := history.FactVersion{Recorded: f.Recorded.UnixMicro()}
			if !f.Retracted {
				if v.Hash, err = history.ContentHash(f.Fact); err != nil {
					return nil, err
				}
			}
			out[f.Ref] = append(out[f.Ref], v)
		}
	}
	for _, versions := range out {
		slices.SortStableFunc(versions, func(a, b history.FactVersion) int { return cmp.Compare(a.Recorded, b.Recorded) })
	}
	return out, nil
}

func (m *memory) SaveFacts(_ context.Context, imp history.ImportID, partition int, facts []history.Fact) error {
	leave, err := m.enter("save facts")
	if err != nil {
		return err
	}
	defer leave()
	i, err := m.draft(imp)
	if err != nil {
		return err
	}
	for _, f := range facts {
		i.facts = append(i.facts, memoryFact{f, partition})
	}
	return nil
}

// segment is what the manifest shows of a partition and month.
func (m *memory) segment(at [2]int) history.Segment {
	var seg history.Segment
	newest := int64(0)
	for _, i := range m.imports {
		if s, ok := i.live[at]; ok && i.Version > newest {
			seg, newest = s, i.Version
		}
	}
	if seg.Rows == 0 {
		return history.Segment{}
	}
	return seg
}

func (m *memory) LiveMonths(_ context.Context, partition int) ([]int, error) {
	leave, err := m.enter("months")
	if err != nil {
		return nil, err
	}
	defer leave()
	return m.months(partition), nil
}

func (m *memory) months(partition int) []int {
	var months []int
	for _, i := range m.imports {
		for at := range i.live {
			if at[0] == partition && m.segment(at).ID != 0 {
				months = append(months, at[1])
			}
		}
	}
	slices.Sort(months)
	return slices.Compact(months)
}

func (m *memory) LiveSegment(_ context.Context, partition, month int) (history.Segment, error) {
	leave, err := m.enter("segment")
	if err != nil {
		return history.Segment{}, err
	}
	defer leave()
	return m.segment([2]int{partition, month}), nil
}

func (m *memory) SaveSegments(_ context.Context, imp history.ImportID, segments []history.Replacement) error {
	leave, err := m.enter("save segments")
	if err != nil {
		return err
	}
	defer leave()
	i, err := m.draft(imp)
	if err != nil {
		return err
	}
	for _, r := range segments {
		m.segments++
		r.Segment.ID = history.SegmentID(m.segments)
		at := [2]int{r.Segment.Partition, r.Segment.Month}
		i.live[at], i.replaces[at] = r.Segment, r.Replaces
	}
	return nil
}

func (m *memory) SaveRejections(_ context.Context, imp history.ImportID, rows []history.Rejection) error {
	leave, err := m.enter("save rejections")
	if err != nil {
		return err
	}
	defer leave()
	i, err := m.draft(imp)
	if err != nil {
		return err
	}
	i.rejections = append(i.rejections, rows...)
	return nil
}

func (m *memory) RosterAgents(context.Context) ([]string, error) { return m.agents, nil }

func (m *memory) SaveRoster(_ context.Context, imp history.ImportID, days []history.RosterDay) (history.RosterCounts, error) {
	if imp != 0 {
		m.roster = append(m.roster, days...)
	}
	return history.RosterCounts{Added: int64(len(days))}, nil
}

func (m *memory) PublishImport(_ context.Context, imp history.Import, now time.Time) (stale [][2]int, err error) {
	leave, err := m.enter("publish")
	if err != nil {
		return nil, err
	}
	defer leave()
	i, err := m.draft(imp.ID)
	if err != nil {
		return nil, err
	}
	for at, replaces := range i.replaces {
		if m.segment(at).ID != replaces {
			stale = append(stale, at)
		}
	}
	if len(stale) > 0 {
		return stale, nil
	}
	m.version++
	i.Import = imp
	i.Version, i.Published = m.version, now
	return nil, nil
}

func (m *memory) AbandonImport(_ context.Context, id history.ImportID) error {
	leave, err := m.enter("abandon")
	if err != nil {
		return err
	}
	defer leave()
	i, err := m.draft(id)
	if err != nil {
		return err
	}
	i.gone, i.facts, i.rejections, i.live = true, nil, nil, map[[2]int]history.Segment{}
	m.customers = slices.DeleteFunc(m.customers, func(c history.Customer) bool { return c.Import == id })
	return nil
}

func (m *memory) RefuseImport(ctx context.Context, imp history.Import) error {
	i, err := m.draft(imp.ID)
	if err != nil {
		return err
	}
	rejected := i.rejections
	if err := m.AbandonImport(ctx, imp.ID); err != nil {
		return err
	}
	i.Import, i.rejections = imp, rejected
	return nil
}

// undo takes an import back, as the store does: its facts are not shown and
// the months that hold its events are rewritten without them.
func (m *memory) undo(t testing.TB, id history.ImportID) {
	t.Helper()
	undone := m.imports[id-1]
	undone.Undone = time.Unix(1, 0)
	m.version++
	rewrite := &memoryImport{live: map[[2]int]history.Segment{}}
	rewrite.ID, rewrite.Version = history.ImportID(len(m.imports)+1), m.version
	for at := range undone.live {
		var all, kept history.Events
		if seg := m.segment(at); seg.ID == 0 {
			continue
		} else if err := history.DecodeSegment(seg.Payload, &all); err != nil {
			t.Fatal(err)
		}
		for i := range all.Len() {
			if history.ImportID(all.Import[i]) != id {
				kept.Append(all.At(i))
			}
		}
		seg := history.Segment{Partition: at[0], Month: at[1], Rows: kept.Len()}
		if kept.Len() > 0 {
			m.segments++
			seg.ID = history.SegmentID(m.segments)
			var err error
			if seg.Payload, err = history.EncodeSegment(&kept); err != nil {
				t.Fatal(err)
			}
		}
		rewrite.live[at] = seg
	}
	m.imports = append(m.imports, rewrite)
}

// shard assembles a partition as the newest version shows it.
func (m *memory) shard(t testing.TB, partition int) *history.Shard {
	t.Helper()
	p := history.Parts{Partition: partition, Vocab: m.vocab}
	for _, c := range m.customers {
		if c.Partition == partition && m.shown(m.imports[c.Import-1]) {
			p.Customers = append(p.Customers, c)
		}
	}
	for _, month := range m.months(partition) {
		if err := history.DecodeSegment(m.segment([2]int{partition, month}).Payload, &p.Events); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range m.imports {
		for _, f := range i.facts {
			if m.shown(i) && f.partition == partition {
				p.Facts = append(p.Facts, f.Fact)
			}
		}
	}
	s, err := history.AssembleShard(p)
	if err != nil {
		t.Fatal(err)
	}
	if s.Orphans > 0 {
		t.Errorf("partition %d: %d rows of customers that are not in it", partition, s.Orphans)
	}
	return s
}

// events counts the events visible at an instant.
func (m *memory) events(t testing.TB, asOf time.Time) (n int) {
	t.Helper()
	for p := range m.partitions {
		s := m.shard(t, p)
		for i := range s.Customers {
			v := s.View(i, asOf, nil)
			n += v.Len()
		}
	}
	return n
}
