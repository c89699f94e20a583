package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

var _ history.ImportStore = (*Store)(nil)

const importColumns = `id, feed, files, hash, backfill, started, published, undone, version,
	rows_read, added, corrected, retracted, unchanged, rejected, assumed, customers, note`

type importRow struct {
	ID        int64
	Feed      string
	Files     string // JSON list
	Hash      string
	Backfill  int
	Started   int64
	Published int64
	Undone    int64
	Version   int64
	RowsRead  int64 `db:"rows_read"`
	Added     int64
	Corrected int64
	Retracted int64
	Unchanged int64
	Rejected  int64
	Assumed   int64
	Customers int64
	Note      string
}

func (r importRow) imp() (history.Import, error) {
	imp := history.Import{
		ID: history.ImportID(r.ID), Feed: r.Feed, Hash: r.Hash, Backfill: r.Backfill == 1,
		Started: instantOrZero(r.Started), Published: instantOrZero(r.Published), Undone: instantOrZero(r.Undone),
		Version: r.Version, Read: r.RowsRead, Added: r.Added, Corrected: r.Corrected, Retracted: r.Retracted,
		Unchanged: r.Unchanged, Rejected: r.Rejected, Assumed: r.Assumed, Customers: r.Customers, Note: r.Note,
		Refused: r.Version == refused,
	}
	if err := json.Unmarshal([]byte(r.Files), &imp.Files); err != nil {
		return imp, fmt.Errorf("read the files of import %d: %w", r.ID, err)
	}
	return imp, nil
}

// BeginImport makes an unpublished import and returns its id.
func (s *Store) BeginImport(ctx context.Context, imp history.Import) (history.ImportID, error) {
	return s.beginChange(ctx, changeFeed, imp)
}

func (s *Store) beginChange(ctx context.Context, change string, imp history.Import) (id history.ImportID, err error) {
	files, err := json.Marshal(imp.Files)
	if err != nil {
		return 0, fmt.Errorf("write the files of an import: %w", err)
	}
	err = s.write(ctx, small, "begin import", func(t *tx) error {
		n, err := t.count("import")
		if err != nil {
			return err
		}
		id = history.ImportID(n)
		_, err = t.exec(`INSERT INTO imports (id, change, feed, files, hash, backfill, started, published, undone,
				version, undone_version, rows_read, added, corrected, retracted, unchanged, rejected, assumed, customers, note)
			VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?)`,
			n, change, imp.Feed, string(files), imp.Hash, boolean(imp.Backfill), microsOrZero(imp.Started), imp.Note)
		return err
	})
	return id, err
}

// FindImport returns the published, not undone import of these bytes, if any.
func (s *Store) FindImport(ctx context.Context, feed, hash string) (imp history.Import, found bool, err error) {
	err = s.read(ctx, "find import", func(t *tx) error {
		var rows []importRow
		err := t.list(&rows, `SELECT `+importColumns+` FROM imports
			WHERE feed = ? AND hash = ? AND change = 'feed' AND version > 0 AND undone = 0 ORDER BY version LIMIT 1`, feed, hash)
		if found = len(rows) > 0; err != nil || !found {
			return err
		}
		imp, err = rows[0].imp()
		return err
	})
	return imp, found, err
}

// Import returns one import; NotFound when there is none.
func (s *Store) Import(ctx context.Context, id history.ImportID) (imp history.Import, err error) {
	err = s.read(ctx, "read import", func(t *tx) error {
		imp, err = findImport(t, id)
		return err
	})
	return imp, err
}

func findImport(t *tx, id history.ImportID) (history.Import, error) {
	var r importRow
	err := t.get(&r, `SELECT `+importColumns+` FROM imports WHERE id = ? AND change = 'feed'`, int64(id))
	err = found(err, "there is no import %d: see holdfast import list", id)
	if err != nil {
		return history.Import{}, err
	}
	return r.imp()
}

// Imports lists imports, newest first, drafts and refused ones among them.
func (s *Store) Imports(ctx context.Context, limit int) (list []history.Import, err error) {
	err = s.read(ctx, "list imports", func(t *tx) error {
		var rows []importRow
		err := t.list(&rows, `SELECT `+importColumns+` FROM imports
			WHERE change = 'feed' AND version <> ? ORDER BY id DESC LIMIT ?`, abandoned, limit)
		if err != nil {
			return err
		}
		list = make([]history.Import, len(rows))
		for i, r := range rows {
			if list[i], err = r.imp(); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// PublishImport makes everything saved under the import visible at once.
// Where another import replaced a segment meanwhile it changes nothing and
// returns the (partition, month) pairs to be redone.
func (s *Store) PublishImport(ctx context.Context, imp history.Import, now time.Time) (stale [][2]int, err error) {
	stale, err = s.publish(ctx, imp.ID, now, func(t *tx, _ int64) error {
		if err := s.askResolveAfter(t, imp.ID); err != nil {
			return err
		}
		return t.one("the import is gone", `UPDATE imports SET rows_read = ?, added = ?, corrected = ?, retracted = ?,
				unchanged = ?, rejected = ?, assumed = ?, customers = ?, note = ? WHERE id = ?`,
			imp.Read, imp.Added, imp.Corrected, imp.Retracted, imp.Unchanged, imp.Rejected, imp.Assumed, imp.Customers,
			imp.Note, int64(imp.ID))
	})
	if err != nil {
		return nil, fmt.Errorf("import %d of feed %s: %w", imp.ID, imp.Feed, err)
	}
	if len(stale) > 0 { // it is not published yet
		return stale, nil
	}
	return nil, s.dropObjectors(ctx, now, `SELECT customer FROM objections WHERE import_id = ?`, int64(imp.ID))
}

// SaveRejections keeps rejected rows for inspection.
func (s *Store) SaveRejections(ctx context.Context, imp history.ImportID, rejected []history.Rejection) error {
	return chunks(len(rejected), chunkRows, func(from, to int) error {
		return s.write(ctx, bulk, "save rejections", func(t *tx) error {
			if err := draft(t, imp); err != nil {
				return err
			}
			var seq int64
			if err := t.get(&seq, `SELECT COALESCE(MAX(seq), 0) FROM rejections WHERE import_id = ?`, int64(imp)); err != nil {
				return err
			}
			rows := make([][]any, 0, to-from)
			for i, r := range rejected[from:to] {
				rows = append(rows, []any{int64(imp), seq + int64(i) + 1, r.File, r.Row, r.Column, text(r.Value), text(r.Reason)})
			}
			return t.insert("rejections", "import_id, seq, file, row_no, col, value, reason", rows, "")
		})
	})
}

// text makes a string that every database takes: Postgres refuses NUL and
// bytes that are not UTF-8, which is just what rejected values may hold.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// draft fails when the import was published or abandoned, and keeps it from
// either until the transaction ends.
func draft(t *tx, imp history.ImportID) error {
	lock := ""
	if t.dialect == postgres {
		lock = " FOR SHARE"
	}
	return isDraft(t, imp, lock)
}

func isDraft(t *tx, imp history.ImportID, lock string) error {
	var version int64
	err := t.get(&version, `SELECT version FROM imports WHERE id = ?`+lock, int64(imp))
	if errors.Is(err, sql.ErrNoRows) || err == nil && version != 0 {
		return fault.New(fault.Conflict, "import %d is not a draft any more: it was published or abandoned", imp)
	}
	return err
}

// Rejections returns an import's rejected rows after the given number, in order.
func (s *Store) Rejections(ctx context.Context, imp history.ImportID, after, limit int) (rejected []history.Rejection, err error) {
	err = s.read(ctx, "list rejections", func(t *tx) error {
		var rows []struct {
			File   string
			RowNo  int64 `db:"row_no"`
			Col    string
			Value  string
			Reason string
		}
		err := t.list(&rows, `SELECT file, row_no, col, value, reason FROM rejections
			WHERE import_id = ? AND seq > ? ORDER BY seq LIMIT ?`, int64(imp), after, limit)
		rejected = make([]history.Rejection, len(rows))
		for i, r := range rows {
			rejected[i] = history.Rejection{Import: imp, File: r.File, Row: r.RowNo, Column: r.Col, Value: r.Value, Reason: r.Reason}
		}
		return err
	})
	return rejected, err
}

// NewestNight is the as-of of the newest completed night; zero if none.
func (s *Store) NewestNight(ctx context.Context) (time.Time, error) {
	value, err := s.Setting(ctx, "newest_night")
	if err != nil || value == "" {
		return time.Time{}, err
	}
	at, err := time.Parse(time.RFC3339Nano, value)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the newest night: %w", err)
	}
	return at.UTC(), nil
}

// completeNight notes, in the transaction that completes the night of asOf,
// that it is the newest, unless a later one is.
func completeNight(t *tx, asOf time.Time) error {
	var values []string
	if err := t.list(&values, `SELECT value FROM settings WHERE name = 'newest_night'`); err != nil {
		return err
	}
	if len(values) > 0 {
		if newest, err := time.Parse(time.RFC3339Nano, values[0]); err == nil && !newest.Before(asOf) {
			return nil
		}
	}
	return setSetting(t, "newest_night", asOf.UTC().Format(time.RFC3339Nano))
}
