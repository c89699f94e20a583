package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"holdfast/history"
	"holdfast/internal/fault"
)

// feeds takes rows that come one by one in, as a small file of their feed: the
// same columns, checks, identity and rejections, and an import that can be
// listed and undone.
type feeds struct{ a *app }

// Send imports rows of a feed.
//
// web: by the API.
func (f feeds) Send(ctx context.Context, name string, rows []map[string]string) (history.Import, error) {
	m := f.a.importer()
	if _, err := m.Config.Feed(name); err != nil {
		return history.Import{}, err
	}
	m.Config.Feeds = slices.Clone(m.Config.Feeds)
	for i := range m.Config.Feeds { // ours is a plain CSV file, whatever theirs is
		c := &m.Config.Feeds[i]
		if c.Name == name {
			c.Format, c.Delimiter, c.Encoding, c.Names = "csv", ",", "utf-8", nil
		}
	}
	dir, err := os.MkdirTemp(m.TempDir, "holdfast-rows-")
	if err != nil {
		return history.Import{}, fmt.Errorf("take rows in: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the system clears what is left
	path := filepath.Join(dir, "rows.csv")
	if err := writeRows(path, rows); err != nil {
		return history.Import{}, fmt.Errorf("take rows in: %w", err)
	}
	imp, err := m.Run(ctx, name, []string{path}, history.Options{})
	if kind := fault.Of(err); err != nil && kind == fault.Invalid { // the path is nothing the caller knows
		err = fault.New(kind, "%s", strings.ReplaceAll(err.Error(), path, "what was sent"))
	}
	return imp, err
}

// writeRows writes rows as CSV under the columns that any of them has.
func writeRows(path string, rows []map[string]string) (err error) {
	names := map[string]bool{}
	for _, r := range rows {
		for name := range r {
			names[name] = true
		}
	}
	columns := slices.Sorted(maps.Keys(names))
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if e := file.Close(); err == nil {
			err = e
		}
	}()
	w := csv.NewWriter(file)
	cells := make([]string, len(columns))
	if err := w.Write(columns); err != nil {
		return err
	}
	for _, r := range rows {
		for i, name := range columns {
			cells[i] = r[name]
		}
		if err := w.Write(cells); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
