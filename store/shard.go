package store

import (
	"context"
	"fmt"
	"slices"

	"holdfast/history"
	"holdfast/internal/fault"
)

var _ history.ShardReader = (*Store)(nil)

// LoadShard loads one partition's history as a manifest version shows it, 0
// for the newest, with the rows that customers of other partitions left before
// they were merged into one of this one's.
func (s *Store) LoadShard(ctx context.Context, partition int, version int64) (*history.Shard, error) {
	if partition < 0 || partition >= s.fixed.partitions {
		return nil, fault.New(fault.Invalid, "there is no partition %d: the database has %d", partition, s.fixed.partitions)
	}
	var parts history.Parts
	err := s.read(ctx, fmt.Sprintf("load shard %d", partition), func(t *tx) (err error) {
		l := loader{t: t, segments: true}
		parts, err = l.partition(partition, version)
		return err
	})
	if err != nil {
		return nil, err
	}
	shard, err := history.AssembleShard(parts)
	if err != nil {
		return nil, fmt.Errorf("assemble shard %d: %w", partition, err)
	}
	return shard, nil
}

// customerFacts returns the shard of one customer without opening segments:
// the small facts, and the events that are not folded yet. A customer who was
// merged into another is read as that one. Questions that need nothing of it go
// along.
func (s *Store) customerFacts(ctx context.Context, id history.CustomerID, beside ...question) (*history.Shard, error) {
	l := loader{links: links{}, shown: map[history.ImportID]bool{}}
	if err := s.ask(ctx, fmt.Sprintf("load customer %d", id), append(l.alone(id), beside...)...); err != nil {
		return nil, err
	}
	if len(l.links) > 0 || len(l.parts.Customers) == 0 {
		return s.customer(ctx, id, false, 0)
	}
	l.parts.Partition = l.parts.Customers[0].Partition
	return assembled(id, l.parts)
}

// CustomerShard returns the shard of one customer with all events.
func (s *Store) CustomerShard(ctx context.Context, id history.CustomerID) (*history.Shard, error) {
	return s.customer(ctx, id, true, 0)
}

// CustomerShardAt returns the shard of one customer with all events as a
// manifest version shows them: what a night that pinned it could see, whatever
// was imported or merged since. What the desk recorded belongs to no version;
// a View leaves out what came after it.
func (s *Store) CustomerShardAt(ctx context.Context, id history.CustomerID, version int64) (*history.Shard, error) {
	return s.customer(ctx, id, true, version)
}

func (s *Store) customer(ctx context.Context, id history.CustomerID, segments bool, version int64) (*history.Shard, error) {
	var parts history.Parts
	err := s.read(ctx, fmt.Sprintf("load customer %d", id), func(t *tx) (err error) {
		l := loader{t: t, segments: segments}
		parts, err = l.customer(id, version)
		return err
	})
	if err != nil {
		return nil, err
	}
	return assembled(id, parts)
}

func assembled(id history.CustomerID, parts history.Parts) (*history.Shard, error) {
	shard, err := history.AssembleShard(parts)
	if err != nil {
		return nil, fmt.Errorf("assemble customer %d: %w", id, err)
	}
	return shard, nil
}

// loader gathers the parts of a shard on one view of the database.
type loader struct {
	t        *tx
	segments bool
	shown    map[history.ImportID]bool
	links    links
	parts    history.Parts
}

func (l *loader) begin(version int64) (err error) {
	if l.parts.Version, err = pinned(l.t, version); err != nil {
		return err
	}
	l.shown = map[history.ImportID]bool{}
	return l.t.ask(askShown(l.shown, l.parts.Version), askVocabulary(&l.parts.Vocab))
}

// alone asks for all small facts of a customer as they are now, of one whom no
// merge concerns: where it finds links, there is more to read.
func (l *loader) alone(id history.CustomerID) []question {
	const where = ` WHERE partition = (SELECT MIN(partition) FROM customers WHERE id = ?) AND customer = ?`
	return append([]question{
		single(&l.parts.Version, selectVersion), askShown(l.shown, newest), askVocabulary(&l.parts.Vocab),
		l.links.beside(newest, []history.CustomerID{id}), askCustomers(&l.parts.Customers, l.shown, []history.CustomerID{id}),
	}, l.rows(where, int64(id), int64(id))...)
}

func (l *loader) partition(partition int, version int64) (history.Parts, error) {
	if err := l.begin(version); err != nil {
		return history.Parts{}, err
	}
	l.parts.Partition = partition
	var err error
	if l.links, err = standingLinks(l.t, l.parts.Version); err != nil {
		return history.Parts{}, err
	}
	l.parts.Links = l.links.facts()
	if l.parts.Customers, err = customersOf(l.t, partition, l.shown); err != nil {
		return history.Parts{}, err
	}
	if err := l.t.ask(l.rows(inPartition, partition)...); err != nil {
		return history.Parts{}, err
	}
	if err := l.events(partition, nil); err != nil {
		return history.Parts{}, err
	}
	away := map[int][]history.CustomerID{} // merged into this partition from others
	for from, k := range l.links {
		if _, p := l.links.root(from); p == partition && k.FromPartition != partition {
			away[k.FromPartition] = append(away[k.FromPartition], from)
		}
	}
	return l.parts, l.others(away)
}

func (l *loader) customer(id history.CustomerID, version int64) (history.Parts, error) {
	if err := l.begin(version); err != nil {
		return history.Parts{}, err
	}
	var err error
	if l.links, err = linksAround(l.t, l.parts.Version, []history.CustomerID{id}); err != nil {
		return history.Parts{}, err
	}
	l.parts.Links = l.links.facts()
	root, _ := l.links.root(id)
	var found []history.Customer
	if err := l.t.ask(askCustomers(&found, l.shown, []history.CustomerID{root})); err != nil {
		return history.Parts{}, err
	}
	if len(found) == 0 {
		return history.Parts{}, fault.New(fault.NotFound, "there is no customer %d", id)
	}
	l.parts.Partition, l.parts.Customers = found[0].Partition, found
	members := map[int][]history.CustomerID{found[0].Partition: {root}}
	for from, k := range l.links {
		if r, _ := l.links.root(from); r == root {
			members[k.FromPartition] = append(members[k.FromPartition], from)
		}
	}
	return l.parts, l.others(members)
}

// others adds the rows of given customers, by partition.
func (l *loader) others(members map[int][]history.CustomerID) error {
	for partition, ids := range members {
		slices.Sort(ids)
		for _, id := range ids {
			if err := l.t.ask(l.rows(inPartition+` AND customer = ?`, partition, int64(id))...); err != nil {
				return err
			}
		}
		if err := l.events(partition, ids); err != nil {
			return err
		}
	}
	return nil
}

const inPartition = ` WHERE partition = ?`

// rows asks for the facts and single events of a partition, or of one customer in it.
func (l *loader) rows(where string, args ...any) []question {
	seen := bodies{}
	return []question{
		{
			`SELECT customer, kind, ref, recorded, import_id, occurred, assumed, retracted, body FROM facts` + where, args,
			func(r scanner) error { return readFact(r, l.shown, seen, &l.parts.Facts) },
		},
		{`SELECT ` + singleColumns + `, folded_by FROM events_single` + where, args, func(r scanner) error {
			e, foldedBy, err := readSingle(r)
			if err == nil && l.shown[e.Import] && (foldedBy == 0 || !l.shown[foldedBy]) {
				l.parts.Singles = append(l.parts.Singles, e)
			}
			return err
		}},
	}
}

// events adds the events of a partition's live segments, of all customers or
// of those given, in order of month.
func (l *loader) events(partition int, only []history.CustomerID) error {
	if !l.segments {
		return nil
	}
	live, err := liveSegments(l.t, partition, l.parts.Version)
	if err != nil {
		return err
	}
	var scratch history.Events
	for _, entry := range live {
		seg, err := readSegment(l.t, entry.SegmentID)
		if err != nil {
			return err
		}
		into := &l.parts.Events
		if only != nil {
			scratch.Truncate(0)
			into = &scratch
		}
		if err := history.DecodeSegment(seg.Payload, into); err != nil {
			return fmt.Errorf("partition %d, month %04d-%02d: %w", partition, seg.Month/12, seg.Month%12+1, err)
		}
		for i := range scratch.Len() {
			if _, found := slices.BinarySearch(only, history.CustomerID(scratch.Customer[i])); found {
				l.parts.Events.Append(scratch.At(i))
			}
		}
	}
	return nil
}

// customersOf reads a partition's customers, each once, sorted by id.
func customersOf(t *tx, partition int, shown map[history.ImportID]bool) (customers []history.Customer, err error) {
	err = t.each(`SELECT `+customerColumns+` FROM customers WHERE partition = ? ORDER BY id, import_id`,
		[]any{partition}, func(r scanner) error { return readCustomer(r, shown, &customers) })
	return customers, err
}

const customerColumns = `partition, id, import_id, source, key, name`

// readCustomer appends a row's customer unless the import that brought it is
// not shown or the last one appended is the same customer.
func readCustomer(r scanner, shown map[history.ImportID]bool, into *[]history.Customer) error {
	var c history.Customer
	if err := r.Scan(&c.Partition, &c.ID, &c.Import, &c.Source, &c.Key, &c.Name); err != nil {
		return err
	}
	if n := len(*into); shown[c.Import] && (n == 0 || (*into)[n-1].ID != c.ID) {
		*into = append(*into, c)
	}
	return nil
}

// readCustomers reads customers by id, each once, those not there left out.
func readCustomers(t *tx, version int64, ids []history.CustomerID) (customers []history.Customer, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	set := map[history.ImportID]bool{}
	err = t.ask(askShown(set, version), askCustomers(&customers, set, ids))
	return customers, err
}

func askCustomers(into *[]history.Customer, shown map[history.ImportID]bool, ids []history.CustomerID) question {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = int64(id)
	}
	return question{
		`SELECT ` + customerColumns + ` FROM customers WHERE id IN (` + placeholders(len(ids)) + `) ORDER BY id, import_id`,
		args, func(r scanner) error { return readCustomer(r, shown, into) },
	}
}
