package store

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/queue"
)

// CountRows counts a table's rows.
func CountRows(t *testing.T, s *Store, table string) (n int) {
	t.Helper()
	if err := s.read(t.Context(), "count", func(t *tx) error { return t.get(&n, "SELECT COUNT(*) FROM "+table) }); err != nil {
		t.Fatal(err)
	}
	return n
}

// CustomerFacts is customerFacts for the tests of what it reads.
func (s *Store) CustomerFacts(ctx context.Context, id history.CustomerID) (*history.Shard, error) {
	return s.customerFacts(ctx, id)
}

// Unscore takes a customer out of the scores of all lists, as an objection does.
func Unscore(t *testing.T, s *Store, customer int64, partition int) {
	t.Helper()
	err := s.write(t.Context(), small, "take a customer off the lists", func(t *tx) error { return unscore(t, history.CustomerID(customer), partition) })
	if err != nil {
		t.Fatal(err)
	}
}

// OrderMeanwhile writes the orders of a draft from what it was before something
// changed it, as where that happens while they are written.
func OrderMeanwhile(t *testing.T, s *Store, pub int64, change func()) {
	t.Helper()
	was, err := s.orderables(t.Context(), pub)
	if err != nil {
		t.Fatal(err)
	}
	change()
	for kind := orderAtRisk; kind <= orderConcept; kind++ {
		if err := s.saveOrder(t.Context(), pub, kind, was); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.mendOrders(t.Context(), pub, was); err != nil {
		t.Fatal(err)
	}
}

// Misplaced returns where the orders of a list are not what its rows say: a +
// where a place is too much, a - where one is missing.
func Misplaced(t *testing.T, s *Store, pub int64) (wrong []string) {
	t.Helper()
	rows, err := s.orderables(t.Context(), pub)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for i := range rows {
		for kind := orderAtRisk; kind <= orderConcept; kind++ {
			if p, in := rows[i].place(kind); in {
				want[fmt.Sprint(p.row(pub, rows[i].Customer, rows[i].Partition)...)] = true
			}
		}
	}
	err = s.read(t.Context(), "read the orders", func(t *tx) error {
		return t.each(`SELECT `+orderColumns+` FROM list_order WHERE publication = ?`, []any{pub}, func(r scanner) error {
			var customer, partition int64
			var p place
			err := r.Scan(&pub, &p.kind, &p.facet, &p.band, &p.position, &customer, &partition)
			if row := fmt.Sprint(p.row(pub, customer, partition)...); want[row] {
				delete(want, row)
			} else {
				wrong = append(wrong, "+"+row)
			}
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	for row := range want {
		wrong = append(wrong, "-"+row)
	}
	return wrong
}

// SetSchema makes the database claim that its newest migration is n.
func SetSchema(t *testing.T, s *Store, n int) {
	t.Helper()
	err := s.write(t.Context(), small, "set schema", func(t *tx) error {
		if _, err := t.exec(`DELETE FROM goose_db_version WHERE version_id > 1`); err != nil || n == 1 {
			return err
		}
		yes := any(1)
		if t.dialect == postgres {
			yes = true
		}
		_, err := t.exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, ?)`, n, yes)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ClockAt returns what the store takes for now when a caller says so.
func ClockAt(t *testing.T, s *Store, now time.Time) (at time.Time) {
	t.Helper()
	err := s.read(t.Context(), "clock", func(t *tx) error {
		us, err := s.clock(t, now)
		at = instant(us)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// AddOne reads a count and writes it one higher, on the condition that it is
// still what was read, until that succeeds.
func AddOne(ctx context.Context, s *Store) error {
	for {
		value, err := s.Setting(ctx, "count")
		if err != nil {
			return err
		}
		n, _ := strconv.Atoi(value)
		changed := int64(0)
		err = s.write(ctx, small, "add one", func(t *tx) error {
			if value == "" {
				changed, err = t.exec(`INSERT INTO settings (name, value) VALUES ('count', '1') ON CONFLICT DO NOTHING`)
				return err
			}
			changed, err = t.exec(`UPDATE settings SET value = ? WHERE name = 'count' AND value = ?`, strconv.Itoa(n+1), value)
			return err
		})
		if err != nil || changed == 1 {
			return err
		}
	}
}

// Count returns what AddOne counted.
func Count(t *testing.T, s *Store) int64 {
	t.Helper()
	value, err := s.Setting(t.Context(), "count")
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// FinishWith records a fact in the transaction that finishes a job.
func FinishWith(ctx context.Context, s *Store, l queue.Lease, f history.Fact) error {
	return s.write(ctx, small, "finish", func(t *tx) error {
		if err := recordFacts(t, f.Recorded, []history.Fact{f}); err != nil {
			return err
		}
		return finishJob(t, l, f.Recorded)
	})
}

// FillDisk lets the SQLite file grow by no more than a megabyte.
func FillDisk(t *testing.T, s *Store) {
	t.Helper()
	var pages int
	if err := s.writer.Get(&pages, `PRAGMA page_count`); err != nil {
		t.Fatal(err)
	}
	if err := s.writer.Get(&pages, `PRAGMA max_page_count = `+strconv.Itoa(pages+256)); err != nil {
		t.Fatal(err)
	}
}

// CutConnection ends the session of a transaction on Postgres and returns what
// the transaction's next statement gives.
func CutConnection(t *testing.T, s *Store) error {
	t.Helper()
	return s.write(t.Context(), small, "work on", func(x *tx) error {
		var pid int
		if err := x.get(&pid, `SELECT pg_backend_pid()`); err != nil {
			return err
		}
		if _, err := s.writer.ExecContext(x.ctx, `SELECT pg_terminate_backend($1)`, pid); err != nil {
			return err
		}
		_, err := x.exec(`UPDATE settings SET value = value`)
		return err
	})
}

// CompleteNight notes that the night of asOf is complete.
func CompleteNight(ctx context.Context, s *Store, asOf time.Time) error {
	return s.write(ctx, small, "complete night", func(t *tx) error { return completeNight(t, asOf) })
}
