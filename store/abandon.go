package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"holdfast/history"
)

// AbandonImport deletes an unpublished import, in pieces. It is a Conflict
// when the import has been published.
func (s *Store) AbandonImport(ctx context.Context, id history.ImportID) error {
	err := s.write(ctx, small, "abandon import", func(t *tx) error {
		return t.one(fmt.Sprintf("import %d is published, or gone", id),
			`UPDATE imports SET version = ? WHERE id = ? AND version IN (0, ?, ?)`, abandoned, int64(id), abandoned, refused)
	})
	if err != nil {
		return err
	}
	for _, d := range append([]deletion{{"rejections", "import_id, seq", "import_id = ?", chunkRows}}, ofDraft...) {
		if _, err := s.deleteInPieces(ctx, d, int64(id)); err != nil {
			return err
		}
	}
	return s.write(ctx, small, "abandon import", func(t *tx) error {
		_, err := t.exec(`DELETE FROM imports WHERE id = ? AND version = ?`, int64(id), abandoned)
		return err
	})
}

// ofDraft is what an unpublished import has brought, its rejections left out.
var ofDraft = []deletion{
	{"segments", "id", "import_id = ?", 1}, // one segment a transaction
	{"segment_live", "partition, month, import_id", "import_id = ?", chunkRows},
	{"objections", "import_id, customer", "import_id = ?", chunkRows},
	{"facts", "partition, customer, kind, ref, recorded, import_id", "import_id = ?", chunkRows},
	{"customer_terms", "term, customer, import_id", "import_id = ?", chunkRows},
	{"source_keys", "source, key, import_id", "import_id = ?", chunkRows},
	{"customers", "partition, id, import_id", "import_id = ?", chunkRows},
	{"roster_days", "agent, day, import_id", "import_id = ?", chunkRows},
}

// refusedKept is how many rejections of a refused import are kept.
const refusedKept = 1000

// RefuseImport deletes an unpublished import but for what it read, its note and
// its first rejections, in place of an earlier refusal of the same bytes. Until
// its last step it is a draft, which the sweeper deletes after a crash.
func (s *Store) RefuseImport(ctx context.Context, imp history.Import) error {
	id := int64(imp.ID)
	for _, d := range append([]deletion{{"rejections", "import_id, seq", fmt.Sprintf("import_id = ? AND seq > %d", refusedKept), chunkRows}}, ofDraft...) {
		if _, err := s.deleteInPieces(ctx, d, id); err != nil {
			return err
		}
	}
	var before []history.ImportID
	err := s.write(ctx, small, "refuse import", func(t *tx) error {
		before = before[:0]
		if err := t.list(&before, `SELECT id FROM imports WHERE feed = ? AND hash = ? AND version = ?`, imp.Feed, imp.Hash, refused); err != nil {
			return err
		}
		return t.one(fmt.Sprintf("import %d is published, or gone", id), `UPDATE imports SET version = ?, rows_read = ?, rejected = ?, note = ? WHERE id = ? AND version = 0`,
			refused, imp.Read, imp.Rejected, text(imp.Note), id)
	})
	if err != nil {
		return err
	}
	for _, id := range before {
		if err := s.AbandonImport(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// SweepAbandoned deletes the drafts begun before the given time, which a crash
// left behind, and returns how many.
//
// scheduled: by the sweeper.
func (s *Store) SweepAbandoned(ctx context.Context, before time.Time) (swept int, err error) {
	var ids []history.ImportID
	err = s.read(ctx, "list abandoned imports", func(t *tx) error {
		ids = ids[:0]
		return t.list(&ids, `SELECT id FROM imports WHERE version = ? OR (version = 0 AND started < ?) ORDER BY id`,
			abandoned, micros(before))
	})
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := s.AbandonImport(ctx, id); err != nil {
			return swept, err
		}
		swept++
	}
	return swept, nil
}

// deletion names rows to delete: a table, its primary key and a condition.
type deletion struct {
	table, key, where string
	size              int // rows a transaction
}

// scanKey reads a key of so many columns from a row; texts are strings.
func scanKey(r scanner, columns int) ([]any, error) {
	key := make([]any, columns)
	into := make([]any, columns)
	for i := range key {
		into[i] = &key[i]
	}
	if err := r.Scan(into...); err != nil {
		return nil, err
	}
	for i, v := range key {
		if b, ok := v.([]byte); ok {
			key[i] = string(b)
		}
	}
	return key, nil
}

// deleteInPieces reads the keys of the doomed rows on a reader, which holds
// nobody up however long the scan, and deletes them by key.
func (s *Store) deleteInPieces(ctx context.Context, d deletion, args ...any) (int64, error) {
	columns := strings.Split(d.key, ", ")
	var doomed [][]any
	err := s.read(ctx, "list rows of "+d.table, func(t *tx) error {
		doomed = doomed[:0]
		return t.each(`SELECT `+d.key+` FROM `+d.table+` WHERE `+d.where, args, func(r scanner) error {
			key, err := scanKey(r, len(columns))
			doomed = append(doomed, key)
			return err
		})
	})
	if err != nil {
		return 0, err
	}
	var deleted int64
	statement := `DELETE FROM ` + d.table + ` WHERE ` + strings.Join(columns, " = ? AND ") + ` = ?`
	err = chunks(len(doomed), d.size, func(from, to int) error {
		n := int64(0)
		err := s.write(ctx, bulk, "delete rows of "+d.table, func(t *tx) error {
			n = 0
			for _, key := range doomed[from:to] {
				one, err := t.exec(statement, key...)
				if err != nil {
					return err
				}
				n += one
			}
			return nil
		})
		deleted += n
		return err
	})
	return deleted, err
}
