package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// HandledRow is an attempt as it is counted.
type HandledRow struct {
	Task        int64  `db:"task"`
	N           int    `db:"n"`
	At          int64  `db:"at"`
	Day         int64  `db:"day"`
	Who         string `db:"who"`
	Took        int64  `db:"took"`
	Publication int64  `db:"publication"`
	Treatment   string `db:"treatment"`
	Family      string `db:"family"`
	Band        string `db:"band"`
	Segment     string `db:"segment"`
	Part        string `db:"part"`
	Disposition string `db:"disposition"`
	Reached     int    `db:"reached"`
	Claimed     int    `db:"claimed"`
	Reason      string `db:"reason"`
	ValueMinor  int64  `db:"value_minor"`
	KeptPromise int    `db:"kept_promise"`
	Here        int    `db:"here"`
}

// HandledRows reads them all, by task.
func HandledRows(t *testing.T, s *Store) (rows []HandledRow) {
	t.Helper()
	err := s.read(t.Context(), "read what was handled", func(x *tx) error {
		rows = nil
		return x.list(&rows, `SELECT task, n, at, day, who, took, publication, treatment, family, band, segment, part, disposition, reached, claimed, reason,
			value_minor, kept_promise, here FROM handled ORDER BY task, n`)
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// HandleAgain forgets them and counts them as the migration does.
func HandleAgain(t *testing.T, s *Store) {
	t.Helper()
	name := "0119_handled.sqlite.sql"
	if s.dialect == postgres {
		name = "0119_handled.postgres.sql"
	}
	source, err := os.ReadFile(filepath.Join("..", "migrations", name))
	if err != nil {
		t.Fatal(err)
	}
	_, insert, found := strings.Cut(string(source), "\nINSERT INTO handled")
	if !found {
		t.Fatalf("%s counts nothing", name)
	}
	for _, query := range []string{"DELETE FROM handled", "INSERT INTO handled" + insert} {
		if err := s.Raw(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
}
