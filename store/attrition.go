package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"holdfast/history"
	"holdfast/measurement"
)

// attritionDays is how long the numbers of a night are kept.
const attritionDays = 400

// SaveAttrition keeps who came and went as of a night, in numbers; saving again
// replaces it.
func (s *Store) SaveAttrition(ctx context.Context, a measurement.Attrition) error {
	body, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode the attrition: %w", err)
	}
	return s.write(ctx, small, "save the attrition", func(t *tx) error {
		if _, err := t.exec(`DELETE FROM attrition WHERE as_of < ?`, micros(a.AsOf.AddDate(0, 0, -attritionDays))); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO attrition (as_of, body) VALUES (?, ?) ON CONFLICT (as_of) DO UPDATE SET body = excluded.body`,
			micros(a.AsOf), string(body))
		return err
	})
}

// Attrition returns the numbers of the newest night; a zero one before the first.
func (s *Store) Attrition(ctx context.Context) (a measurement.Attrition, err error) {
	err = s.read(ctx, "read the attrition", func(t *tx) error {
		a = measurement.Attrition{}
		var bodies []string
		if err := t.list(&bodies, `SELECT body FROM attrition ORDER BY as_of DESC LIMIT 1`); err != nil || len(bodies) == 0 {
			return err
		}
		return json.Unmarshal([]byte(bodies[0]), &a)
	})
	return a, err
}

const moveColumns = `customer, at, kind, reason, segment, owner, cohort, value_minor`

// moveRow is a move as it is kept; equal ones are the same.
type moveRow struct {
	Customer   int64  `db:"customer"`
	At         int64  `db:"at"`
	Kind       string `db:"kind"`
	Reason     string `db:"reason"`
	Segment    string `db:"segment"`
	Owner      string `db:"owner"`
	Cohort     string `db:"cohort"`
	ValueMinor int64  `db:"value_minor"`
}

// SaveMoves makes these the moves of a partition. Only what is different from
// the night before is written, in pieces; a second time nothing is.
func (s *Store) SaveMoves(ctx context.Context, partition int, moves []measurement.Move) (changed int, err error) {
	var kept []moveRow
	err = s.read(ctx, "read who came and went", func(t *tx) error {
		kept = nil
		return t.list(&kept, `SELECT `+moveColumns+` FROM attrition_moves WHERE partition = ?`, partition)
	})
	if err != nil {
		return 0, err
	}
	old := make(map[moveRow]bool, len(kept))
	for _, k := range kept {
		old[k] = true
	}
	var fresh [][]any
	for _, m := range moves {
		r := moveRow{int64(m.Customer), micros(m.At), string(m.Kind), text(m.Reason), text(m.Segment), text(m.Owner), m.Cohort, m.ValueMinor}
		if old[r] {
			delete(old, r)
			continue
		}
		fresh = append(fresh, []any{partition, r.Customer, r.At, r.Kind, r.Reason, r.Segment, r.Owner, r.Cohort, r.ValueMinor})
	}
	var gone []moveRow
	for r := range old {
		gone = append(gone, r)
	}
	for piece := range slices.Chunk(gone, chunkRows) {
		err := s.write(ctx, bulk, "take away who did not come or go", func(t *tx) error {
			for _, r := range piece {
				if _, err := t.exec(`DELETE FROM attrition_moves WHERE partition = ? AND customer = ? AND at = ? AND kind = ?`,
					partition, r.Customer, r.At, r.Kind); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	for piece := range slices.Chunk(fresh, chunkRows) {
		err := s.write(ctx, bulk, "keep who came and went", func(t *tx) error {
			return t.insert("attrition_moves", `partition, `+moveColumns, piece, "")
		})
		if err != nil {
			return 0, err
		}
	}
	return len(gone) + len(fresh), nil
}

// MoveFilter chooses moves of one kind in a time; nil and empty fields choose all.
type MoveFilter struct {
	Kind     measurement.MoveKind
	From, To time.Time // [From, To)
	Reason   *string
	Segment  *string
	Owner    *string
	Cohort   *string
	Segments []string // only customers of these; none means all
	Limit    int      // at most 500
	After    string   // MovedCustomer.Cursor of the last one seen; empty begins
}

// MovedCustomer is a move with who it was.
type MovedCustomer struct {
	measurement.Move
	Who    history.Customer
	Cursor string // for MoveFilter.After
}

// MovesOf returns a page of moves, the newest first, and how many there are, up
// to 10,000 and 10,001 for more.
func (s *Store) MovesOf(ctx context.Context, f MoveFilter) (list []MovedCustomer, total int, err error) {
	where, args := f.where()
	page, pageArgs := where, slices.Clone(args)
	if f.After != "" {
		at, customer, err := parseCursor(f.After)
		if err != nil {
			return nil, 0, err
		}
		page += ` AND (at, customer) < (?, ?)`
		pageArgs = append(pageArgs, int64(at), customer)
	}
	err = s.read(ctx, "read who came and went", func(t *tx) error {
		list = list[:0]
		var rows []moveRow
		if err := t.list(&rows, `SELECT `+moveColumns+` FROM attrition_moves `+page+` ORDER BY at DESC, customer DESC LIMIT ?`,
			append(pageArgs, min(max(f.Limit, 1), chunkRows))...); err != nil {
			return err
		}
		if err := t.get(&total, `SELECT COUNT(*) FROM (SELECT 1 FROM attrition_moves `+where+` LIMIT ?) AS counted`, append(args, maxRiskTotal+1)...); err != nil {
			return err
		}
		list, err = namedMoves(t, rows)
		return err
	})
	return list, total, err
}

func namedMoves(t *tx, rows []moveRow) ([]MovedCustomer, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	version, err := manifestVersion(t)
	if err != nil {
		return nil, err
	}
	ids := make([]history.CustomerID, len(rows))
	for i, r := range rows {
		ids[i] = history.CustomerID(r.Customer)
	}
	customers, err := readCustomers(t, version, ids)
	if err != nil {
		return nil, err
	}
	by := make(map[history.CustomerID]history.Customer, len(customers))
	for _, c := range customers {
		by[c.ID] = c
	}
	list := make([]MovedCustomer, len(rows))
	for i, r := range rows {
		list[i] = MovedCustomer{
			Move: measurement.Move{
				Customer: ids[i], At: instant(r.At), Kind: measurement.MoveKind(r.Kind), Reason: r.Reason, Segment: r.Segment, Owner: r.Owner,
				Cohort: r.Cohort, ValueMinor: r.ValueMinor,
			},
			Who: by[ids[i]], Cursor: strconv.FormatInt(r.At, 10) + ":" + strconv.FormatInt(r.Customer, 10),
		}
	}
	return list, nil
}

func (f MoveFilter) where() (string, []any) {
	where, args := `WHERE kind = ? AND at >= ? AND at < ?`, []any{string(f.Kind), micros(f.From), micros(f.To)}
	for _, c := range []struct {
		column string
		value  *string
	}{{"reason", f.Reason}, {"segment", f.Segment}, {"owner", f.Owner}, {"cohort", f.Cohort}} {
		if c.value != nil {
			where += ` AND ` + c.column + ` = ?`
			args = append(args, *c.value)
		}
	}
	if len(f.Segments) > 0 {
		where += ` AND segment IN (` + placeholders(len(f.Segments)) + `)`
		for _, s := range f.Segments {
			args = append(args, s)
		}
	}
	return where, args
}
