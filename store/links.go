package store

import (
	"context"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// link is a merge as it is kept.
type link struct {
	From          history.CustomerID
	To            history.CustomerID
	FromPartition int
	ToPartition   int
	Recorded      int64
}

// links are the merges that stand at a version, by the customer merged away.
type links map[history.CustomerID]link

const selectLinks = `SELECT from_id, to_id, from_partition, to_partition, recorded FROM customer_links
	WHERE from_version <= ? AND (ended_version = 0 OR ended_version > ?)`

// standingLinks reads all merges that stand at a version.
func standingLinks(t *tx, version int64) (links, error) {
	l := links{}
	return l, t.ask(l.ask(selectLinks, version, version))
}

func (l links) ask(query string, args ...any) question {
	return question{query, args, func(row scanner) error {
		var k link
		err := row.Scan(&k.From, &k.To, &k.FromPartition, &k.ToPartition, &k.Recorded)
		l[k.From] = k
		return err
	}}
}

// beside asks for those merges that lead from or to one of a few customers.
func (l links) beside(version int64, ids []history.CustomerID) question {
	args := []any{version, version}
	for _, id := range ids {
		args = append(args, int64(id))
	}
	in := placeholders(len(ids))
	return l.ask(selectLinks+` AND (from_id IN (`+in+`) OR to_id IN (`+in+`))`, append(args, args[2:]...)...)
}

// linksAround reads those merges that lead, over however many, from or to one
// of the customers.
func linksAround(t *tx, version int64, ids []history.CustomerID) (links, error) {
	l, known := links{}, map[history.CustomerID]bool{}
	for len(ids) > 0 {
		batch := ids[:min(len(ids), chunkRows)]
		ids = ids[len(batch):]
		for _, id := range batch {
			known[id] = true
		}
		some := links{}
		if err := t.ask(some.beside(version, batch)); err != nil {
			return nil, err
		}
		for _, r := range some {
			l[r.From] = r
			for _, id := range [...]history.CustomerID{r.From, r.To} {
				if !known[id] {
					known[id] = true
					ids = append(ids, id)
				}
			}
		}
	}
	return l, nil
}

// root returns the customer that id is read as and, for one who was merged
// away, that customer's partition.
func (l links) root(id history.CustomerID) (root history.CustomerID, partition int) {
	for range len(l) + 1 {
		next, ok := l[id]
		if !ok {
			break
		}
		id, partition = next.To, next.ToPartition
	}
	return id, partition
}

func (l links) roots(ids []history.CustomerID) []history.CustomerID {
	out := make([]history.CustomerID, len(ids))
	for i, id := range ids {
		out[i], _ = l.root(id)
	}
	return out
}

// facts returns the links as history reads them.
func (l links) facts() []history.Link {
	out := make([]history.Link, 0, len(l))
	for _, k := range l {
		out = append(out, history.Link{From: k.From, To: k.To, Recorded: instant(k.Recorded)})
	}
	return out
}

// MergeCustomers says that from and to are one person, from now on known as
// to. Both are followed to the customers they were merged into before. Their
// household takes the held-out arm of the two, flagged; of open work that they
// both have one is left, and what was done for either counts for both.
func (s *Store) MergeCustomers(ctx context.Context, from, to history.CustomerID, now time.Time) error {
	return s.write(ctx, small, "merge customers", func(t *tx) error {
		version, err := t.count("manifest") // others wait here: links are changed one at a time
		if err != nil {
			return err
		}
		l, err := linksAround(t, version, []history.CustomerID{from, to})
		if err != nil {
			return err
		}
		a, _ := l.root(from)
		b, _ := l.root(to)
		if a == b {
			return fault.New(fault.Conflict, "customers %d and %d are one already", from, to)
		}
		found, err := readCustomers(t, version, []history.CustomerID{a, b})
		if err != nil {
			return err
		}
		if len(found) != 2 {
			return fault.New(fault.NotFound, "customer %d or %d is not there", from, to)
		}
		partition := map[history.CustomerID]int{found[0].ID: found[0].Partition, found[1].ID: found[1].Partition}
		away, err := readPerson(t, a, partition[a], now)
		if err != nil {
			return err
		}
		stays, err := readPerson(t, b, partition[b], now)
		if err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO customer_links
				(from_id, from_version, to_id, from_partition, to_partition, recorded, ended, ended_version)
			VALUES (?, ?, ?, ?, ?, ?, 0, 0)`,
			int64(a), version, int64(b), partition[a], partition[b], micros(now)); err != nil {
			return err
		}
		one, err := readPerson(t, b, partition[b], now)
		if err != nil {
			return err
		}
		return joinPeople(t, away, stays, one.household, now)
	})
}

// UnmergeCustomers ends the merge of from into another customer. What was
// known of the two while they were one stays known at the versions of then;
// the arm that the merge gave stays with both, and work with whom it came to.
func (s *Store) UnmergeCustomers(ctx context.Context, from history.CustomerID, now time.Time) error {
	return s.write(ctx, small, "unmerge customers", func(t *tx) error {
		version, err := t.count("manifest")
		if err != nil {
			return err
		}
		n, err := t.exec(`UPDATE customer_links SET ended = ?, ended_version = ? WHERE from_id = ? AND ended_version = 0`,
			micros(now), version, int64(from))
		if err == nil && n == 0 {
			return fault.New(fault.NotFound, "customer %d is not merged into another", from)
		}
		return err
	})
}
