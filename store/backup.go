package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"holdfast/internal/fault"
	"holdfast/migrations"
)

// A backup is one file:
//
//	magic line | gzip( JSON header line | table … ) | sha-256 of all before
//	table = JSON line {table, columns} | row … | end of table
//
// and holds values, not pages or statements, so that it restores into a
// database of either kind.
const backupMagic = "HOLDFAST-BACKUP 1\n"

// backupHeader says what a backup holds.
type backupHeader struct {
	Schema     int64  `json:"schema"` // number of the newest migration
	From       string `json:"from"`   // dialect it was taken from
	MadeAt     string `json:"made_at"`
	Partitions int    `json:"partitions"`
	Currency   string `json:"currency"`
	TimeZone   string `json:"time_zone"`
}

type backupTable struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
}

// Backup writes everything, as of one instant, to a new file, while others go
// on reading and writing.
func (s *Store) Backup(ctx context.Context, path string) (err error) {
	if _, err := os.Stat(path); err == nil {
		return fault.New(fault.Invalid, "%s is there already: name another file", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".holdfast-backup-*")
	if err != nil {
		return fault.New(fault.Invalid, "backup to %s: check that its folder exists and is yours: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
		if errors.Is(err, syscall.ENOSPC) { // which disk is full matters
			err = tell(fault.Unavailable, err, "backup to %s: its disk is full: free some space or name another place; nothing was left there", path)
		}
	}()
	sum := sha256.New()
	buffered := bufio.NewWriterSize(f, 1<<20)
	if err := s.writeBackup(ctx, io.MultiWriter(buffered, sum)); err != nil {
		return s.explain("backup to "+path, err)
	}
	if _, err := buffered.Write(sum.Sum(nil)); err != nil {
		return s.explain("backup to "+path, err)
	}
	for _, step := range []func() error{buffered.Flush, f.Sync, f.Close} {
		if err := step(); err != nil {
			return s.explain("backup to "+path, err)
		}
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("backup to %s: %w", path, err)
	}
	return nil
}

func (s *Store) writeBackup(ctx context.Context, out io.Writer) error {
	if _, err := io.WriteString(out, backupMagic); err != nil {
		return err
	}
	zip, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		return err
	}
	w := &valueWriter{w: bufio.NewWriterSize(zip, 1<<16)}
	err = w.line(backupHeader{
		Schema: migrations.Newest(), From: string(s.dialect), MadeAt: s.opts.Now().UTC().Format("2006-01-02T15:04:05Z"),
		Partitions: s.fixed.partitions, Currency: s.fixed.currency, TimeZone: s.fixed.timeZone,
	})
	if err != nil {
		return err
	}
	err = s.read(ctx, "read all tables", func(t *tx) error {
		tables, err := listTables(t)
		if err != nil {
			return err
		}
		for _, table := range tables {
			if err := writeTable(t, w, table); err != nil {
				return fmt.Errorf("table %s: %w", table.Table, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := w.w.Flush(); err != nil {
		return err
	}
	return zip.Close()
}

// listTables returns the tables with their columns, goose's own left out.
func listTables(t *tx) (tables []backupTable, err error) {
	query := `SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> 'goose_db_version' ORDER BY m.name, p.cid`
	if t.dialect == postgres {
		query = `SELECT table_name, column_name FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name <> 'goose_db_version'
			ORDER BY table_name COLLATE "C", ordinal_position`
	}
	err = t.each(query, nil, func(r scanner) error {
		var table, column string
		if err := r.Scan(&table, &column); err != nil {
			return err
		}
		if n := len(tables); n == 0 || tables[n-1].Table != table {
			tables = append(tables, backupTable{Table: table})
		}
		last := &tables[len(tables)-1]
		last.Columns = append(last.Columns, column)
		return nil
	})
	return tables, err
}

func writeTable(t *tx, w *valueWriter, table backupTable) error {
	if err := w.line(table); err != nil {
		return err
	}
	values := make([]any, len(table.Columns))
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	err := t.each(`SELECT `+strings.Join(table.Columns, ", ")+` FROM `+table.Table, nil, func(r scanner) error {
		if err := r.Scan(into...); err != nil {
			return err
		}
		for _, v := range values {
			if err := w.value(v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.w.WriteByte(tagEnd)
}

// line writes v as one line of JSON.
func (w *valueWriter) line(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.w.Write(append(b, '\n'))
	return err
}

// checkBackup reads the whole file and compares its checksum, and returns how
// many bytes come before it.
func checkBackup(f *os.File) (size int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	size = info.Size() - sha256.Size
	magic := make([]byte, len(backupMagic))
	if _, err := f.ReadAt(magic, 0); err != nil || string(magic) != backupMagic || size < int64(len(magic)) {
		return 0, fault.New(fault.Invalid, "%s is not a Holdfast backup", f.Name())
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, size)); err != nil {
		return 0, err
	}
	want := make([]byte, sha256.Size)
	if _, err := f.ReadAt(want, size); err != nil {
		return 0, err
	}
	if string(want) != string(sum.Sum(nil)) {
		return 0, fault.New(fault.Invalid, "%s is damaged: its checksum does not match; use another backup", f.Name())
	}
	return size, nil
}
