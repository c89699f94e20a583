package store_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"holdfast/internal/holdfasttest"
	"holdfast/store"
)

// noon is when the tests' clock stands.
var noon = time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)

func options() store.Options {
	return store.Options{Now: func() time.Time { return noon }, Partitions: 4, CallersClock: true}
}

// newConfig names a database that does not exist yet (SQLite) or is empty
// (Postgres), and that is gone after the test.
func newConfig(t testing.TB, dialect string) store.Config {
	t.Helper()
	if dialect == "sqlite" {
		return store.Config{URL: filepath.Join(t.TempDir(), "holdfast.db")}
	}
	address := holdfasttest.PostgresURL(t)
	return store.Config{Connections: 20}.WithEnvironment(func(string) string { return address })
}

// migrated is the file of a new SQLite database: to run all migrations for every
// test would take most of the race detector's time.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "migrated")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // what is left of it is nobody's
	path := filepath.Join(dir, "holdfast.db")
	if err := store.Migrate(context.Background(), store.Config{URL: path}, options()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// open makes and opens a database.
func open(t *testing.T, cfg store.Config, opts store.Options) *store.Store {
	t.Helper()
	if _, err := os.Stat(cfg.URL); os.IsNotExist(err) && !cfg.IsPostgres() && opts.Partitions == options().Partitions {
		file, err := migrated()
		must(t, err)
		must(t, os.WriteFile(cfg.URL, file, 0o600))
	}
	if err := store.Migrate(t.Context(), cfg, opts); err != nil {
		t.Fatal(err)
	}
	return reopen(t, cfg, opts)
}

func reopen(t *testing.T, cfg store.Config, opts store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), cfg, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// forEachDialect runs a test once for SQLite and once for Postgres.
func forEachDialect(t *testing.T, test func(t *testing.T, dialect string)) {
	t.Helper()
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			test(t, dialect)
		})
	}
}

// forEachStore runs a test on a new database of each kind.
func forEachStore(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	forEachDialect(t, func(t *testing.T, dialect string) {
		test(t, open(t, newConfig(t, dialect), options()))
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
