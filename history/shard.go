package history

import (
	"cmp"
	"slices"
	"time"

	"holdfast/internal/fault"
)

// Parts is what a Shard is assembled from: one partition's rows as a manifest
// version shows them, together with the rows that customers of other
// partitions left before they were merged into one of this one's.
type Parts struct {
	Partition int
	Version   int64
	Customers []Customer // in any order; merged-away ones are left out of the shard
	Events    Events     // decoded segments one after another, best in order of month; taken over
	Singles   []Event    // events that are not in a segment yet
	Facts     []Fact     // in any order; taken over
	Links     []Link     // every link that touches the rows above
	Vocab     Vocabulary
}

// AssembleShard sorts and indexes the parts of one partition. Facts and events
// of merged-away customers appear under the surviving customer, recorded no
// earlier than the merge was: before that nobody knew they were one person. A
// merge that has been ended is not followed. Rows of customers that are not in
// Parts are left out and counted in Orphans.
func AssembleShard(p Parts) (*Shard, error) {
	links, err := followLinks(p.Links)
	if err != nil {
		return nil, err
	}
	s := &Shard{Partition: p.Partition, Version: p.Version, Vocab: p.Vocab}
	s.Customers = survivors(p.Customers, links)
	for i := range p.Singles {
		p.Events.Append(p.Singles[i])
	}
	if err := p.Events.check(); err != nil {
		return nil, err
	}
	if err := s.placeEvents(&p.Events, links); err != nil {
		return nil, err
	}
	if err := s.placeFacts(p.Facts, links); err != nil {
		return nil, err
	}
	return s, nil
}

// merged is where a merged-away customer's facts now belong, and since when
// that is known (microseconds).
type merged struct {
	to       CustomerID
	recorded int64
}

// followLinks resolves chains of standing links: a→b, b→c gives a→c, known
// when the later of the two was.
func followLinks(links []Link) (map[CustomerID]merged, error) {
	if len(links) == 0 {
		return nil, nil
	}
	direct := make(map[CustomerID]merged, len(links))
	for _, l := range links {
		if !l.Ended.IsZero() {
			continue
		}
		if old, ok := direct[l.From]; ok && old.to != l.To {
			return nil, fault.New(fault.Invalid, "customer %d is merged into both %d and %d; unmerge one of them", l.From, old.to, l.To)
		}
		direct[l.From] = merged{l.To, recordedOf(l)}
	}
	all := make(map[CustomerID]merged, len(direct))
	for from, m := range direct {
		for steps := 0; ; steps++ {
			next, ok := direct[m.to]
			if !ok {
				break
			}
			if steps > len(direct) {
				return nil, fault.New(fault.Invalid, "the merges of customer %d go round in a circle; unmerge one of them", from)
			}
			m = merged{next.to, max(m.recorded, next.recorded)}
		}
		all[from] = m
	}
	return all, nil
}

func recordedOf(l Link) int64 {
	if l.Recorded.IsZero() {
		return 0
	}
	return l.Recorded.UnixMicro()
}

func survivors(customers []Customer, links map[CustomerID]merged) []Customer {
	kept := make([]Customer, 0, len(customers))
	for _, c := range customers {
		if _, away := links[c.ID]; !away {
			kept = append(kept, c)
		}
	}
	slices.SortFunc(kept, func(a, b Customer) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(kept, func(a, b Customer) bool { return a.ID == b.ID })
}

// Find returns the position of a customer in Customers.
func (s *Shard) Find(id CustomerID) (i int, ok bool) {
	return slices.BinarySearchFunc(s.Customers, id, func(c Customer, id CustomerID) int {
		return cmp.Compare(c.ID, id)
	})
}

// placeFacts sorts the small facts by (Customer, Kind, Ref, Recorded) and
// marks where each customer's begin.
func (s *Shard) placeFacts(facts []Fact, links map[CustomerID]merged) error {
	kept := facts[:0]
	for _, f := range facts {
		if err := checkBody(f); err != nil {
			return err
		}
		if m, away := links[f.Customer]; away {
			f.Customer = m.to
			if f.Recorded.UnixMicro() < m.recorded {
				f.Recorded = time.UnixMicro(m.recorded).UTC()
			}
		}
		if _, ok := s.Find(f.Customer); !ok {
			s.Orphans++
			continue
		}
		kept = append(kept, f)
	}
	slices.SortStableFunc(kept, compareFacts)
	s.Facts = kept
	s.indexFacts()
	return nil
}

func compareFacts(a, b Fact) int {
	if c := cmp.Compare(a.Customer, b.Customer); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Kind, b.Kind); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Ref, b.Ref); c != 0 {
		return c
	}
	if c := a.Recorded.Compare(b.Recorded); c != 0 {
		return c
	}
	return cmp.Compare(a.Import, b.Import)
}

// factTimes is what a View reads of a fact before it looks at the fact itself.
type factTimes struct {
	occurred, recorded int64
	kind               uint8 // index into factKinds
}

func (s *Shard) indexFacts() {
	s.factAt = make([]int32, len(s.Customers)+1)
	s.factTimes = make([]factTimes, len(s.Facts))
	next := 0
	for i := range s.Customers {
		s.factAt[i] = int32(next)
		for next < len(s.Facts) && s.Facts[next].Customer == s.Customers[i].ID {
			f := &s.Facts[next]
			s.factTimes[next] = factTimes{f.Occurred.UnixMicro(), f.Recorded.UnixMicro(), kindIndex(f.Kind)}
			next++
		}
	}
	s.factAt[len(s.Customers)] = int32(next)
}

// factKinds are the kinds in the order facts are sorted by.
var factKinds = [...]FactKind{
	FactConsent, FactContact, FactContactPoint, FactIssue, FactIssueClosed,
	FactProfile, FactRelation, FactSubscription, FactSubscriptionEnd,
}

const (
	kindConsent = iota
	kindContact
	kindContactPoint
	kindIssue
	kindIssueClosed
	kindProfile
	kindRelation
	kindSubscription
	kindSubscriptionEnd
	numKinds
)

func kindIndex(k FactKind) uint8 {
	return uint8(slices.Index(factKinds[:], k))
}

// checkBody refuses a fact whose body is not the one its kind promises, so
// that a View may rely on it.
func checkBody(f Fact) error {
	ok := false
	switch f.Kind {
	case FactProfile:
		_, ok = f.Body.(Profile)
	case FactContactPoint:
		_, ok = f.Body.(ContactPoint)
	case FactSubscription:
		_, ok = f.Body.(Subscription)
	case FactSubscriptionEnd:
		_, ok = f.Body.(SubscriptionEnd)
	case FactIssue:
		_, ok = f.Body.(Issue)
	case FactIssueClosed:
		_, ok = f.Body.(IssueClosed)
	case FactContact:
		_, ok = f.Body.(Contact)
	case FactConsent:
		_, ok = f.Body.(Consent)
	case FactRelation:
		_, ok = f.Body.(Relation)
	}
	if !ok {
		return fault.New(fault.Invalid, "fact %d of customer %d is of kind %q but its body is a %T", f.Ref, f.Customer, f.Kind, f.Body)
	}
	return nil
}

// DeclareImmutable makes the newest known value of each named attribute
// visible at every instant, by adding one fact dated before all others to each
// customer that has one. It is the one exception to "recorded before as-of",
// meant for attributes that cannot change (a birth year, the channel a customer
// came by) whose source keeps no history. Call it once, before any View is made.
func (s *Shard) DeclareImmutable(names []string) {
	if len(names) == 0 || s.immutable {
		return
	}
	s.immutable = true
	added := false
	for i := range s.Customers {
		values := s.lastAttributes(i, names)
		if len(values) == 0 {
			continue
		}
		added = true
		stamp := Stamp{Customer: s.Customers[i].ID, Ref: immutableRef, Occurred: time.UnixMicro(0).UTC(), Recorded: time.UnixMicro(0).UTC(), Assumed: true}
		s.Facts = append(s.Facts, Fact{Stamp: stamp, Kind: FactProfile, Body: Profile{Attributes: values}})
	}
	if added {
		slices.SortStableFunc(s.Facts, compareFacts)
		s.indexFacts()
	}
}

// immutableRef is the identity of the facts that DeclareImmutable adds; feeds'
// refs are hashes, so that none of theirs is likely to be it.
const immutableRef = -1 << 63

func (s *Shard) lastAttributes(i int, names []string) map[string]string {
	var values map[string]string
	newest := map[string]time.Time{}
	for _, f := range s.Facts[s.factAt[i]:s.factAt[i+1]] {
		p, ok := f.Body.(Profile)
		if !ok || f.Retracted {
			continue
		}
		for _, n := range names {
			v := p.Attributes[n]
			if v == "" || f.Recorded.Before(newest[n]) {
				continue
			}
			if values == nil {
				values = make(map[string]string, len(names))
			}
			values[n], newest[n] = v, f.Recorded
		}
	}
	return values
}
