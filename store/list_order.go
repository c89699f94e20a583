package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"holdfast/interventions"
	"holdfast/scoring"
)

// The orders that a list is read in, as list_order keeps them.
const (
	orderAtRisk = iota + 1
	orderRisk
	orderValue
	orderTenure
	orderSegment // of one segment, by value at risk; likewise the next two
	orderOwner
	orderConcept
)

// place is where one customer stands in one order of a list.
type place struct {
	kind     int
	facet    string
	band     scoring.Band
	position float64
}

// orderable is what the places of a customer follow from.
type orderable struct {
	Customer, Partition     int64
	Band                    scoring.Band
	AtRisk                  int64 `db:"at_risk"`
	Risk                    float64
	Value                   int64 `db:"value_minor"`
	Tenure                  int64 `db:"tenure_days"`
	Segment, Owner, Concept string
}

const orderableColumns = `customer, partition, band, at_risk, risk, value_minor, tenure_days, segment, owner, concept`

// place returns where a customer stands in an order; false outside it.
func (r *orderable) place(kind int) (p place, in bool) {
	p = place{kind: kind, band: r.Band, position: float64(r.AtRisk)}
	switch kind {
	case orderRisk:
		p.position = r.Risk
	case orderValue:
		p.position = float64(r.Value)
	case orderTenure:
		p.position = float64(r.Tenure)
	case orderSegment:
		p.facet = r.Segment
	case orderOwner:
		p.facet = r.Owner
	case orderConcept:
		p.facet = r.Concept
	}
	return p, r.Band != "" && (kind < orderSegment || p.facet != "")
}

// OrderList writes the orders that the risk list reads a draft in, in the place
// of those of an earlier try; of a list whose release has begun they are
// written. What changes of the list from then on changes its
// orders too; what changed while they were written is mended at the end. It
// holds 112 bytes a customer, once.
//
// A night writes them once its list is whole: each from its beginning to its
// end, which writes few pages more than once; with indexes of listed every row
// touched a page of each (docs/benchmarks.md).
func (s *Store) OrderList(ctx context.Context, pub interventions.PublicationID) error {
	step := 0
	err := s.read(ctx, "look at a list", func(t *tx) error {
		return found(t.get(&step, `SELECT step FROM publications WHERE id = ?`, int64(pub)), "there is no list %d", pub)
	})
	if err != nil || step > stepDraft {
		return err
	}
	if _, err := s.deleteAlong(ctx, "list_order", orderKey, int64(pub)); err != nil {
		return err
	}
	rows, err := s.orderables(ctx, int64(pub))
	if err != nil {
		return err
	}
	for kind := orderAtRisk; kind <= orderConcept; kind++ {
		if err := s.saveOrder(ctx, int64(pub), kind, rows); err != nil {
			return err
		}
	}
	return s.mendOrders(ctx, int64(pub), rows)
}

// orderables reads a whole list, by partition and customer.
func (s *Store) orderables(ctx context.Context, pub int64) (rows []orderable, err error) {
	err = s.read(ctx, "read a list to order it", func(t *tx) error {
		rows = rows[:0]
		return t.eachOrderable(pub, func(x orderable) { rows = append(rows, x) })
	})
	return rows, err
}

// eachOrderable reads a whole list, by partition and customer. Equal texts are
// one.
func (t *tx) eachOrderable(pub int64, f func(orderable)) error {
	texts := map[string]string{}
	one := func(text string) string {
		if _, known := texts[text]; !known {
			texts[text] = text
		}
		return texts[text]
	}
	return t.each(`SELECT `+orderableColumns+` FROM listed WHERE publication = ? AND band <> '' ORDER BY partition, customer`, []any{pub}, func(r scanner) error {
		var x orderable
		err := r.Scan(&x.Customer, &x.Partition, &x.Band, &x.AtRisk, &x.Risk, &x.Value, &x.Tenure, &x.Segment, &x.Owner, &x.Concept)
		x.Band, x.Segment, x.Owner, x.Concept = scoring.Band(one(string(x.Band))), one(x.Segment), one(x.Owner), one(x.Concept)
		f(x)
		return err
	})
}

// saveOrder writes one order of a draft.
func (s *Store) saveOrder(ctx context.Context, pub int64, kind int, rows []orderable) error {
	order := make([]int32, 0, len(rows))
	for i := range rows {
		if _, in := rows[i].place(kind); in {
			order = append(order, int32(i))
		}
	}
	slices.SortFunc(order, func(i, j int32) int {
		a, _ := rows[i].place(kind)
		b, _ := rows[j].place(kind)
		return cmp.Or(cmp.Compare(a.facet, b.facet), cmp.Compare(a.band, b.band), cmp.Compare(a.position, b.position), cmp.Compare(rows[i].Customer, rows[j].Customer))
	})
	return s.pieces(len(order), orderChunk, func(from, to int) error {
		return s.write(ctx, bulk, "order a list", func(t *tx) error {
			if err := draftList(t, interventions.PublicationID(pub)); err != nil {
				return err
			}
			cells := make([][]any, 0, to-from)
			for _, i := range order[from:to] {
				p, _ := rows[i].place(kind)
				cells = append(cells, p.row(pub, rows[i].Customer, rows[i].Partition))
			}
			return t.insert("list_order", orderColumns, cells, "ON CONFLICT DO NOTHING")
		})
	})
}

// orderChunk is the most places that one transaction writes: they lie beside
// each other, so that it is fewer pages than chunkRows rows of other tables.
const orderChunk = 4 * chunkRows

const orderKey = "kind, facet, band, position, customer"

const orderColumns = "publication, kind, facet, band, position, customer, partition"

func (p place) row(pub, customer, partition int64) []any {
	return []any{pub, p.kind, p.facet, string(p.band), p.position, customer, partition}
}

// mendOrders puts right what changed of a list while its orders were written
// from what it was.
func (s *Store) mendOrders(ctx context.Context, pub int64, was []orderable) error {
	var same []bool // of each of them
	err := s.read(ctx, "read what changed of a list", func(t *tx) error {
		same = make([]bool, len(was))
		i := 0
		return t.eachOrderable(pub, func(x orderable) {
			for i < len(was) && cmp.Or(cmp.Compare(was[i].Partition, x.Partition), cmp.Compare(was[i].Customer, x.Customer)) < 0 {
				i++
			}
			if i < len(was) && was[i] == x {
				same[i] = true
			}
		})
	})
	for i := range was {
		if err == nil && !same[i] {
			err = s.write(ctx, small, "mend the order of a list", func(t *tx) error { return t.move(pub, &was[i], nil) })
		}
	}
	return err
}

// moving changes a customer's row of a list, and where the customer stands in
// its orders.
func (t *tx) moving(pub, partition, customer int64, change func() error) error {
	was, err := t.orderable(pub, partition, customer)
	if err != nil || was == nil {
		return err
	}
	return t.move(pub, was, change)
}

// move takes a customer out of the orders of a list, changes the row, if at
// all, and puts the customer where the row then says.
func (t *tx) move(pub int64, was *orderable, change func() error) error {
	for kind := orderAtRisk; kind <= orderConcept; kind++ {
		p, in := was.place(kind)
		if !in {
			continue
		}
		if _, err := t.exec(`DELETE FROM list_order WHERE publication = ? AND kind = ? AND facet = ? AND band = ? AND position = ? AND customer = ?`,
			pub, p.kind, p.facet, string(p.band), p.position, was.Customer); err != nil {
			return err
		}
	}
	if change != nil {
		if err := change(); err != nil {
			return err
		}
	}
	is, err := t.orderable(pub, was.Partition, was.Customer)
	if err != nil || is == nil {
		return err
	}
	var cells [][]any
	for kind := orderAtRisk; kind <= orderConcept; kind++ {
		if p, in := is.place(kind); in {
			cells = append(cells, p.row(pub, is.Customer, is.Partition))
		}
	}
	return t.insert("list_order", orderColumns, cells, "ON CONFLICT DO NOTHING")
}

// orderable reads one customer of a list; nil who is not on it.
func (t *tx) orderable(pub, partition, customer int64) (*orderable, error) {
	var rows []orderable
	err := t.list(&rows, `SELECT `+orderableColumns+` FROM listed WHERE publication = ? AND partition = ? AND customer = ?`, pub, partition, customer)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// deleteAlong deletes what a table has of a list, piece by piece along the rest
// of its key, and returns how many rows that were.
func (s *Store) deleteAlong(ctx context.Context, table, rest string, pub int64) (deleted int64, err error) {
	columns := strings.Count(rest, ",") + 1
	for size := orderChunk; size > 0; {
		err := s.write(ctx, bulk, "delete rows of "+table, func(t *tx) error {
			size = s.gate.share(orderChunk)
			upTo, err := t.keyAt(`SELECT `+rest+` FROM `+table+` WHERE publication = ? ORDER BY `+rest+` LIMIT 1 OFFSET ?`, columns, pub, size-1)
			if err != nil {
				return err
			}
			where, args := ``, []any{pub}
			if upTo == nil { // the last piece
				size = 0
			} else {
				where, args = ` AND (`+rest+`) <= (`+placeholders(columns)+`)`, append(args, upTo...)
			}
			n, err := t.exec(`DELETE FROM `+table+` WHERE publication = ?`+where, args...)
			deleted += n
			return err
		})
		if err != nil {
			return deleted, err
		}
	}
	return deleted, nil
}

// keyAt reads the key that a query gives; nil where it gives none.
func (t *tx) keyAt(query string, columns int, args ...any) (key []any, err error) {
	err = t.each(query, args, func(r scanner) error {
		key, err = scanKey(r, columns)
		return err
	})
	return key, err
}
