package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"holdfast/internal/fault"
	"holdfast/migrations"
)

// Restore fills an empty database from a backup, taken from either kind by
// this program or an older one, and brings it to this program's schema. A
// database that holds anything is refused and left alone. It is all or nothing.
func Restore(ctx context.Context, cfg Config, opts Options, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fault.New(fault.Invalid, "restore: cannot read the backup: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	size, err := checkBackup(f)
	if err != nil {
		return err
	}
	zip, err := gzip.NewReader(io.NewSectionReader(f, int64(len(backupMagic)), size-int64(len(backupMagic))))
	if err != nil {
		return fault.New(fault.Invalid, "%s is damaged: %w", path, err)
	}
	in := bufio.NewReaderSize(zip, 1<<16)
	var header backupHeader
	if err := readLine(in, &header); err != nil {
		return fault.New(fault.Invalid, "%s is damaged: %w", path, err)
	}
	if newest := migrations.Newest(); header.Schema > newest {
		return fault.New(fault.Invalid, "%s was made by a newer holdfast (schema %d; this one knows %d): use the newer program",
			path, header.Schema, newest)
	}
	if err := (fixed{header.Partitions, header.Currency, header.TimeZone}).agrees(path, opts); err != nil {
		return err
	}
	s, err := connect(ctx, cfg, opts)
	if err != nil {
		return err
	}
	if err := s.restore(ctx, in, header); err != nil {
		return errors.Join(s.explain("restore "+path, err), s.Close())
	}
	return s.Close()
}

func (s *Store) restore(ctx context.Context, in *bufio.Reader, header backupHeader) error {
	if err := s.mustBeEmpty(ctx); err != nil {
		return err
	}
	have, err := migrations.Version(ctx, s.writer.DB, string(s.dialect))
	if err != nil {
		return err
	}
	if have > header.Schema { // an older program's rows would miss what later migrations did to them
		return fault.New(fault.Conflict, "%s has schema %d already and the backup has %d: restore into a database that was never migrated",
			s.cfg, have, header.Schema)
	}
	if err := migrations.ApplyTo(ctx, s.writer.DB, string(s.dialect), header.Schema); err != nil {
		return err
	}
	load := s.loadSQLite
	if s.dialect == postgres {
		load = s.loadPostgres
	}
	if err := load(ctx, in); err != nil {
		return err
	}
	if err := migrations.Apply(ctx, s.writer.DB, string(s.dialect)); err != nil {
		return err
	}
	return s.readFixed(ctx)
}

// mustBeEmpty refuses a database in which anybody has worked. One that was
// only migrated is as good as empty.
func (s *Store) mustBeEmpty(ctx context.Context) error {
	if err := s.notNewer(ctx); err != nil {
		return err
	}
	return s.read(ctx, "look whether the database is empty", func(t *tx) error {
		tables, err := listTables(t)
		if err != nil {
			return err
		}
		for _, table := range tables {
			if slices.Contains(seeded, table.Table) {
				continue
			}
			var there int
			if err := t.get(&there, `SELECT COUNT(*) FROM (SELECT 1 FROM `+table.Table+` LIMIT 1) AS r`); err != nil {
				return err
			}
			if there > 0 {
				return fault.New(fault.Conflict, "%s is not empty (table %s has rows): restore into a new database", s.cfg, table.Table)
			}
		}
		return nil
	})
}

// seeded are the tables that a migration fills.
var seeded = []string{"settings", "counters", "vocabulary"}

// eachTable calls f with each table of a backup and a function that reads its
// next row, to be called until it gives none.
func eachTable(in *bufio.Reader, f func(table backupTable, next func() ([]any, bool, error)) error) error {
	values := &valueReader{in}
	for {
		var table backupTable
		err := readLine(in, &table)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the backup is damaged: %w", err)
		}
		if err := f(table, func() ([]any, bool, error) { return values.row(len(table.Columns)) }); err != nil {
			return fmt.Errorf("table %s: %w", table.Table, err)
		}
	}
}

func (s *Store) loadSQLite(ctx context.Context, in *bufio.Reader) error {
	return s.write(ctx, small, "load", func(t *tx) error {
		return eachTable(in, func(table backupTable, next func() ([]any, bool, error)) error {
			if _, err := t.exec(`DELETE FROM ` + table.Table); err != nil { // what migrations seeded
				return err
			}
			columns := strings.Join(table.Columns, ", ")
			rows := make([][]any, 0, rowsPerStatement)
			for {
				row, ok, err := next()
				if err != nil {
					return err
				}
				if ok {
					rows = append(rows, row)
				}
				if !ok || len(rows) == rowsPerStatement {
					if err := t.insert(table.Table, columns, rows, ""); err != nil {
						return err
					}
					rows = rows[:0]
				}
				if !ok {
					return nil
				}
			}
		})
	})
}

// loadPostgres loads by COPY, in one transaction.
func (s *Store) loadPostgres(ctx context.Context, in *bufio.Reader) error {
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // goes back to the pool
	return conn.Raw(func(driver any) error {
		c := driver.(*stdlib.Conn).Conn()
		return pgx.BeginFunc(ctx, c, func(x pgx.Tx) error {
			return eachTable(in, func(table backupTable, next func() ([]any, bool, error)) error {
				name := pgx.Identifier{table.Table}
				if _, err := x.Exec(ctx, `DELETE FROM `+name.Sanitize()); err != nil {
					return err
				}
				_, err := x.CopyFrom(ctx, name, table.Columns, pgx.CopyFromFunc(func() ([]any, error) {
					row, ok, err := next()
					if !ok {
						return nil, err
					}
					return row, err
				}))
				return err
			})
		})
	})
}

// readLine reads one line of JSON; at the end it returns io.EOF.
func readLine(in *bufio.Reader, v any) error {
	line, err := in.ReadBytes('\n')
	if err != nil {
		if len(line) > 0 {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	return json.Unmarshal(line, v)
}
