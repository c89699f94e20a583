package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"holdfast/history"
	"holdfast/interventions"
)

const requestColumns = `id, customer, treatment, asked_by, asked_at, until_at, override, reason`

// SaveRequests keeps what a manager asked to be sent, all or none of it; what
// was kept within a day under the same id stays as it is.
//
// web: from a customer's file and the risk list.
func (s *Store) SaveRequests(ctx context.Context, list []interventions.Request) error {
	return s.write(ctx, small, "keep requests", func(t *tx) error {
		rows := make([][]any, len(list))
		for i, r := range list {
			rows[i] = []any{r.ID, int64(r.Customer), r.Treatment, r.By, micros(r.At), micros(r.Until), boolean(r.Override), text(r.Reason)}
		}
		return t.insert("requests", requestColumns, rows, anewAfterADay("requests", requestColumns, "asked_at"))
	})
}

// anewAfterADay is the conflict clause of what is kept once for an idempotency
// key, which is good for a day: a later one takes the place of the older.
func anewAfterADay(table, columns, at string) string {
	var set []string
	for column := range strings.SplitSeq(columns, ", ") {
		set = append(set, column+" = excluded."+column)
	}
	return fmt.Sprintf("ON CONFLICT (id) DO UPDATE SET %s WHERE %s.%s <= excluded.%s - %d",
		strings.Join(set, ", "), table, at, at, (24 * time.Hour).Microseconds())
}

// Requests returns what was asked for before asOf and is still to be
// considered, for the customers that the asked-for are read as now.
func (s *Store) Requests(ctx context.Context, asOf time.Time) (list []interventions.Request, err error) {
	err = s.read(ctx, "read what managers asked for", func(t *tx) error {
		if list, err = readRequests(t, `asked_at < ? AND until_at > ? ORDER BY asked_at, id`, micros(asOf), micros(asOf)); err != nil {
			return err
		}
		for i := range list {
			root, err := rootCustomer(t, list[i].Customer)
			if err != nil {
				return err
			}
			list[i].Customer = root.ID
		}
		return nil
	})
	return list, err
}

// RequestsFor returns what was asked for one customer, the newest first.
func (s *Store) RequestsFor(ctx context.Context, id history.CustomerID, limit int) (list []interventions.Request, err error) {
	err = s.read(ctx, "read what was asked for a customer", func(t *tx) error {
		list, err = readRequests(t, `customer = ? ORDER BY asked_at DESC, id LIMIT ?`, int64(id), limit)
		return err
	})
	return list, err
}

// Overrides counts the overrides asked for since a time, and the contacts that
// lists as of then or later released.
func (s *Store) Overrides(ctx context.Context, since time.Time) (o interventions.Overrides, err error) {
	err = s.read(ctx, "count overrides", func(t *tx) error {
		o = interventions.Overrides{}
		if err := t.get(&o.Asked, `SELECT COUNT(*) FROM requests WHERE override = 1 AND asked_at >= ?`, micros(since)); err != nil {
			return err
		}
		var rows []listRow
		if err := t.list(&rows, `SELECT `+listColumns+` FROM publications WHERE as_of >= ? AND state IN ('released', 'withdrawn')`,
			micros(since)); err != nil {
			return err
		}
		for _, r := range rows {
			p, err := r.list()
			if err != nil {
				return err
			}
			for _, n := range p.Tally.Released {
				o.Released += n
			}
		}
		return nil
	})
	return o, err
}

func readRequests(t *tx, where string, args ...any) (list []interventions.Request, err error) {
	err = t.each(`SELECT `+requestColumns+` FROM requests WHERE `+where, args, func(r scanner) error {
		var x interventions.Request
		var at, until int64
		var override int
		if err := r.Scan(&x.ID, &x.Customer, &x.Treatment, &x.By, &at, &until, &override, &x.Reason); err != nil {
			return err
		}
		x.At, x.Until, x.Override = instant(at), instant(until), override == 1
		list = append(list, x)
		return nil
	})
	return list, err
}
