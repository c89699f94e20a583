package store_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/internal/fault"
	"holdfast/queue"
	"holdfast/store"
)

func TestEightMigrateAtOnce(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		cfg := newConfig(t, dialect)
		errs := make(chan error)
		for range 8 {
			go func() { errs <- store.Migrate(context.WithoutCancel(t.Context()), cfg, options()) }()
		}
		for range 8 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		s := reopen(t, cfg, options())
		if n := s.Partitions(); n != 4 {
			t.Errorf("%d partitions, want 4", n)
		}
	})
}

func TestWhatIsFixedIsFixed(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		cfg := newConfig(t, dialect)
		opts := options()
		opts.Partitions = 0
		must(t, store.Migrate(t.Context(), cfg, opts))
		if n := reopen(t, cfg, opts).Partitions(); n != store.DefaultPartitions {
			t.Errorf("%d partitions, want %d", n, store.DefaultPartitions)
		}
		opts.Currency, opts.TimeZone = "EUR", "Europe/Berlin"
		must(t, store.Migrate(t.Context(), cfg, opts)) // said for the first time
		s := reopen(t, cfg, options0(opts))
		if s.Currency() != "EUR" || s.TimeZone() != "Europe/Berlin" {
			t.Errorf("currency %q, time zone %q", s.Currency(), s.TimeZone())
		}
		for want, change := range map[string]func(*store.Options){
			"partitions 64 and the configuration says 4":      func(o *store.Options) { o.Partitions = 4 },
			"the currency EUR and the configuration says GBP": func(o *store.Options) { o.Currency = "GBP" },
			"the time zone Europe/Berlin":                     func(o *store.Options) { o.TimeZone = "UTC" },
		} {
			o := opts
			change(&o)
			_, err := store.Open(t.Context(), cfg, o)
			kind(t, fault.Invalid, err)
			if !strings.Contains(fmt.Sprint(err), want) {
				t.Errorf("error %v, want %q", err, want)
			}
			kind(t, fault.Invalid, store.Migrate(t.Context(), cfg, o))
		}
	})
}

// options0 leaves to the database what it was made with.
func options0(o store.Options) store.Options {
	o.Partitions, o.Currency, o.TimeZone = 0, "", ""
	return o
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	nobody := free.Addr().String()
	must(t, free.Close())
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	must(t, os.WriteFile(garbage, []byte(strings.Repeat("not a database ", 1000)), 0o600))
	empty := filepath.Join(t.TempDir(), "empty.db")
	must(t, os.WriteFile(empty, nil, 0o600))
	four := options()
	odd := options()
	odd.Partitions = 48
	for _, c := range []struct {
		url  string
		opts store.Options
		kind fault.Kind
		want string
	}{
		{"", four, fault.Invalid, "store.url is empty"},
		{"mysql://x", four, fault.Invalid, `scheme "mysql"`},
		{"postgres://u:secret@h/d", four, fault.Invalid, "store.url holds a password"},
		{"postgres://u:sec ret@h:x/d", four, fault.Invalid, "not a postgres:// address"},
		{filepath.Join(t.TempDir(), "none.db"), four, fault.NotFound, "run holdfast migrate"},
		{empty, four, fault.Invalid, "is empty: run holdfast migrate"},
		{garbage, four, fault.Invalid, "not a Holdfast database"},
		{empty, odd, fault.Invalid, "partitions is 48: it must be a power of two"},
		{"postgres://nobody@" + nobody + "/x", four, fault.Unavailable, "does not answer (connection refused): start it or correct store.url"},
	} {
		_, err := store.Open(t.Context(), store.Config{URL: c.url}, c.opts)
		kind(t, c.kind, err)
		if text := fmt.Sprint(err); !strings.Contains(text, c.want) || strings.Contains(text, "secret") || strings.Contains(text, "sec ret") {
			t.Errorf("%s: %v, want %q", c.url, err, c.want)
		}
	}
	must(t, store.Config{URL: "x.db"}.Validate())
	if got := (store.Config{URL: "postgres://u@db.example:5432/crm"}).String(); got != "Postgres database crm at db.example:5432" {
		t.Errorf("named %q", got)
	}
	must(t, store.Config{}.WithEnvironment(func(string) string { return "postgres://u:secret@h/d" }).Validate())
}

// TestANewDatabaseIsItsOwnersAlone looks at the files' modes: a database holds
// names, telephone numbers and the key that arms are drawn with.
func TestANewDatabaseIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	cfg := store.Config{URL: filepath.Join(t.TempDir(), "new.db")}
	must(t, store.Migrate(t.Context(), cfg, options()))
	s := reopen(t, cfg, options())
	_, err := s.SettingOnce(t.Context(), "seen", "yes") // writes beside the file
	must(t, err)
	mode := func(name string) os.FileMode {
		t.Helper()
		info, err := os.Stat(name)
		must(t, err)
		return info.Mode().Perm()
	}
	for _, name := range []string{cfg.URL, cfg.URL + "-wal", cfg.URL + "-shm"} {
		if got := mode(name); got != 0o600 {
			t.Errorf("%s has mode %o, want 600", filepath.Base(name), got)
		}
	}
	must(t, os.Chmod(cfg.URL, 0o640)) // a mode that somebody gave stays
	must(t, store.Migrate(t.Context(), cfg, options()))
	if got := mode(cfg.URL); got != 0o640 {
		t.Errorf("the mode that was given became %o", got)
	}
}

func TestSchemaAheadAndBehind(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		cfg := newConfig(t, dialect)
		s := open(t, cfg, options())
		store.SetSchema(t, s, 9999)
		for _, err := range []error{openError(t, cfg), store.Migrate(t.Context(), cfg, options())} {
			kind(t, fault.Invalid, err)
			if !strings.Contains(fmt.Sprint(err), "made by a newer holdfast") {
				t.Errorf("ahead: %v", err)
			}
		}
		store.SetSchema(t, s, 1)
		err := openError(t, cfg)
		kind(t, fault.Invalid, err)
		if !strings.Contains(fmt.Sprint(err), "run holdfast migrate") {
			t.Errorf("behind: %v", err)
		}
	})
}

func openError(t *testing.T, cfg store.Config) error {
	t.Helper()
	_, err := store.Open(t.Context(), cfg, options())
	return err
}

func TestOneProcessOwnsAFile(t *testing.T) {
	t.Parallel()
	cfg := newConfig(t, "sqlite")
	first, err := store.Own(cfg, "up")
	must(t, err)
	_, err = store.Own(cfg, "up")
	kind(t, fault.Conflict, err)
	if want := fmt.Sprintf("already in use by holdfast process %d (up)", os.Getpid()); !strings.Contains(fmt.Sprint(err), want) {
		t.Errorf("error %v, want %q", err, want)
	}
	must(t, first.Release())
	second, err := store.Own(cfg, "up")
	must(t, err)
	must(t, second.Release())
	_, err = store.Own(store.Config{URL: filepath.Join(t.TempDir(), "no", "folder.db")}, "up")
	kind(t, fault.Unavailable, err)
	for range 2 {
		owner, err := store.Own(store.Config{URL: "postgres://u@h/d"}, "up")
		must(t, err)
		must(t, owner.Release())
	}
}

func TestDatabaseClock(t *testing.T) {
	t.Parallel()
	forEachDialect(t, func(t *testing.T, dialect string) {
		cfg := newConfig(t, dialect)
		opts := options()
		opts.CallersClock = false
		s := open(t, cfg, opts)
		got := store.ClockAt(t, s, noon)
		if dialect == "sqlite" && !got.Equal(noon) {
			t.Errorf("SQLite's clock says %v, want the caller's %v", got, noon)
		}
		if real := time.Now(); dialect == "postgres" && (got.Before(real.Add(-time.Minute)) || got.After(real.Add(time.Minute))) {
			t.Errorf("Postgres's clock says %v, want about %v", got, real)
		}
		job, err := queue.New("score", "due", nil, time.Now().Add(-time.Minute))
		must(t, err)
		_, err = s.InsertJob(t.Context(), job)
		must(t, err)
		if _, due, err := s.JobsToCarry(t.Context(), time.Unix(1, 0)); err != nil || due != (dialect == "postgres") {
			t.Errorf("a job is due: %v, %v; want it by the clock of %s", due, err, dialect)
		}
	})
}
