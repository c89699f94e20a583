package migrations

import (
	"io/fs"
	"sort"
	"strings"

	"holdfast/internal/fault"
)

// overlaid shows one dialect's view of the files: portable ones as they are,
// NNNN_name.<dialect>.sql as NNNN_name.sql, the other dialect's not at all.
type overlaid struct {
	base    fs.FS
	names   map[string]string // shown name to base name
	entries []fs.DirEntry
}

func overlay(base fs.FS, dialect string) (fs.FS, error) {
	if dialect != SQLite && dialect != Postgres {
		return nil, fault.New(fault.Invalid, "unknown database dialect %q: use %s or %s", dialect, SQLite, Postgres)
	}
	entries, err := fs.ReadDir(base, ".")
	if err != nil {
		return nil, fault.New(fault.Internal, "list migrations: %w", err)
	}
	o := overlaid{base: base, names: map[string]string{}}
	for _, e := range entries {
		title, variant, _ := strings.Cut(strings.TrimSuffix(e.Name(), ".sql"), ".")
		if variant != "" && variant != dialect {
			continue
		}
		shown := title + ".sql"
		o.names[shown] = e.Name()
		o.entries = append(o.entries, renamed{e, shown})
	}
	sort.Slice(o.entries, func(i, j int) bool { return o.entries[i].Name() < o.entries[j].Name() })
	return o, nil
}

// Open opens a file by the name under which it is shown.
func (o overlaid) Open(name string) (fs.File, error) {
	if base, ok := o.names[name]; ok {
		return o.base.Open(base)
	}
	if name == "." {
		return o.base.Open(name)
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadDir lists the shown files.
func (o overlaid) ReadDir(name string) ([]fs.DirEntry, error) {
	if name != "." {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	return o.entries, nil
}

type renamed struct {
	fs.DirEntry
	name string
}

// Name returns the shown name.
func (r renamed) Name() string { return r.name }
