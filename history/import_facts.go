package history

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"holdfast/internal/fault"
)

// factKey is the identity of a small fact within a partition.
type factKey struct {
	kind uint8
	ref  int64
}

// mergeFacts saves what is new of one partition's small facts.
func (r *run) mergeFacts(ctx context.Context, partition int) (outcome, error) {
	var out outcome
	all, order, groups, err := r.group(partition)
	if err != nil || len(all) == 0 {
		return out, err
	}
	history, err := r.versions(ctx, partition, all)
	if err != nil {
		return out, err
	}
	var add []Fact
	for _, key := range order {
		given := make([]version, 0, len(groups[key]))
		for _, at := range groups[key] {
			c := &all[at]
			v := version{
				recorded: c.recorded, assumed: c.flags&carryAssumed != 0, soft: c.flags&carrySoft != 0, place: c.place, at: at,
			}
			if c.flags&carryDeleted == 0 {
				if v.content, err = c.hash(); err != nil {
					return out, err
				}
			}
			given = append(given, v)
		}
		out.keep = out.keep[:0]
		out.reconcile(history[key.kind][key.ref], given, r.stamp)
		for _, v := range out.keep {
			f, err := all[v.at].fact(v, r.imp.ID)
			if err != nil {
				return out, err
			}
			add = append(add, f)
		}
	}
	if r.dry || len(add) == 0 {
		return out, nil
	}
	return out, r.Store.SaveFacts(ctx, r.imp.ID, partition, add)
}

// group reads the facts of a partition and gathers them by identity, in the
// order of the files.
func (r *run) group(partition int) (all []carried, order []factKey, groups map[factKey][]int, err error) {
	groups = map[factKey][]int{}
	number := map[[2]int64]int{}
	err = r.spool.each(partition, func(data []byte) (err error) {
		for len(data) > 0 {
			var c carried
			if data, err = c.read(data); err != nil {
				return err
			}
			if r.mapper.countable() {
				at := [2]int64{c.ref, c.place >> fileShift}
				if n := number[at]; n > 0 {
					c.ref = numbered(c.ref, n)
				}
				number[at]++
			}
			key := factKey{c.kind, c.ref}
			if _, seen := groups[key]; !seen {
				order = append(order, key)
			}
			groups[key] = append(groups[key], len(all))
			all = append(all, c)
		}
		return nil
	})
	return all, order, groups, err
}

// versions reads what the database has of the kinds that occur, of the
// customers that the facts name.
func (r *run) versions(ctx context.Context, partition int, all []carried) ([numKinds]map[int64][]FactVersion, error) {
	var history [numKinds]map[int64][]FactVersion
	var named [numKinds][]CustomerID
	for i := range all {
		k := all[i].kind
		named[k] = append(named[k], CustomerID(all[i].customer))
	}
	for k, customers := range named {
		if len(customers) == 0 {
			continue
		}
		slices.Sort(customers)
		known, err := r.Store.FactHistory(ctx, partition, factKinds[k], slices.Compact(customers))
		if err != nil {
			return history, err
		}
		history[k] = known
	}
	return history, nil
}

// replaced is how encoding/json writes what was not UTF-8. Read and written
// again it is the character itself.
var replaced = []byte(`\ufffd`)

// hash is the ContentHash of what the fact says.
func (c *carried) hash() (uint64, error) {
	kind := factKinds[c.kind]
	if !bytes.Contains(c.body, replaced) {
		return HashContent(kind, c.occurred, c.body), nil
	}
	body, err := decodeBody(kind, c.body)
	if err != nil {
		return 0, err
	}
	return ContentHash(Fact{Stamp: Stamp{Occurred: instantOf(c.occurred)}, Kind: kind, Body: body})
}

// fact makes the fact that a version stands for.
func (c *carried) fact(v version, imp ImportID) (Fact, error) {
	f := Fact{
		Stamp: Stamp{
			Customer: CustomerID(c.customer), Ref: c.ref, Occurred: instantOf(c.occurred), Recorded: instantOf(v.recorded),
			Assumed: v.assumed, Retracted: v.content == 0, Import: imp,
		},
		Kind: factKinds[c.kind],
	}
	var err error
	f.Body, err = decodeBody(f.Kind, c.body)
	return f, err
}

func decodeBody(kind FactKind, text []byte) (any, error) {
	switch kind {
	case FactProfile:
		return bodyOf[Profile](text)
	case FactContactPoint:
		return bodyOf[ContactPoint](text)
	case FactSubscription:
		return bodyOf[Subscription](text)
	case FactSubscriptionEnd:
		return bodyOf[SubscriptionEnd](text)
	case FactIssue:
		return bodyOf[Issue](text)
	case FactIssueClosed:
		return bodyOf[IssueClosed](text)
	case FactContact:
		return bodyOf[Contact](text)
	case FactConsent:
		return bodyOf[Consent](text)
	case FactRelation:
		return bodyOf[Relation](text)
	}
	return nil, fault.New(fault.Internal, "there is no kind of fact %q", kind)
}

func bodyOf[T any](text []byte) (any, error) {
	var body T
	if err := json.Unmarshal(text, &body); err != nil {
		return nil, fmt.Errorf("read a fact from the import's temporary file: %w", err)
	}
	return body, nil
}
