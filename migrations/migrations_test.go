package migrations

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestFilesAreNumbered(t *testing.T) {
	t.Parallel()
	if _, err := numbersOf(files); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ names, want string }{
		{"0001_a.sql", ""},
		{"0001_a.sql 0002_b.sqlite.sql 0002_b.postgres.sql 0020_c.sql 0021_d.sql", ""},
		{"0002_a.sql", "no predecessor numbered 0001"},
		{"0001_a.sql 0003_b.sql", "no predecessor numbered 0002"},
		{"0001_a.sql 0001_b.sql", "same number"},
		{"0001_a.sqlite.sql", "one for sqlite and one for postgres"},
		{"0001_a.sql 0001_a.sqlite.sql", "one portable file"},
		{"first.sql", "must be named NNNN_name.sql"},
		{"001_a.sql", "must be named NNNN_name.sql"},
	} {
		fsys := fstest.MapFS{}
		for _, name := range strings.Fields(c.names) {
			fsys[name] = &fstest.MapFile{}
		}
		_, err := numbersOf(fsys)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.names, err, c.want)
		}
	}
}

func TestOverlayShowsOneDialect(t *testing.T) {
	t.Parallel()
	base := fstest.MapFS{
		"0001_a.sql":          {Data: []byte("both")},
		"0002_b.sqlite.sql":   {Data: []byte("lite")},
		"0002_b.postgres.sql": {Data: []byte("post")},
	}
	for dialect, want := range map[string]string{SQLite: "lite", Postgres: "post"} {
		o, err := overlay(base, dialect)
		if err != nil {
			t.Fatal(err)
		}
		names, err := fs.Glob(o, "*.sql")
		if err != nil || strings.Join(names, " ") != "0001_a.sql 0002_b.sql" {
			t.Errorf("%s shows %v (%v)", dialect, names, err)
		}
		if text, err := fs.ReadFile(o, "0002_b.sql"); err != nil || string(text) != want {
			t.Errorf("%s reads %q (%v), want %q", dialect, text, err, want)
		}
		if _, err := fs.ReadFile(o, "0002_b.sqlite.sql"); err == nil {
			t.Errorf("%s shows a base name", dialect)
		}
	}
	if _, err := overlay(base, "oracle"); err == nil {
		t.Error("an unknown dialect has an overlay")
	}
}

func TestDialectsHaveTheSameTables(t *testing.T) {
	t.Parallel()
	tables := map[string]string{}
	for _, dialect := range []string{SQLite, Postgres} {
		o, err := overlay(files, dialect)
		if err != nil {
			t.Fatal(err)
		}
		names, err := fs.Glob(o, "*.sql")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(o, name)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(text)) {
				if rest, ok := strings.CutPrefix(line, "CREATE TABLE "); ok {
					tables[dialect] += name + " " + strings.Fields(rest)[0] + "\n"
				}
			}
		}
	}
	if tables[SQLite] != tables[Postgres] || tables[SQLite] == "" {
		t.Errorf("SQLite has\n%s\nPostgres has\n%s", tables[SQLite], tables[Postgres])
	}
}
