package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"holdfast/config"
	"holdfast/internal/simulate"
	"holdfast/store"
)

// business is a simulated business in a folder of its own, with the
// configuration of the demo, run through the command line.
type business struct {
	dir   string
	file  string            // of the embedded database, in the folder
	env   map[string]string // what the program finds in its environment
	start time.Time         // 00:00 of the first day that is not yet simulated
	zone  *time.Location
	world *simulate.Business
	told  time.Time // until when facts were written to feeds
}

// newBusiness makes a business of so many customers that begins on a day, and
// writes its configuration: the demo's with changes, and more at its end.
func newBusiness(t *testing.T, customers int, seed uint64, day time.Time, more string, changes ...string) *business {
	t.Helper()
	dir := t.TempDir()
	text := changed(t, config.Demo(dir), changes...) + more
	b := &business{dir: dir, file: "holdfast.db", env: map[string]string{}}
	b.write(t, "holdfast.yaml", text)
	cfg, err := config.Load(b.path("holdfast.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	b.zone = cfg.Zone
	y, m, d := day.Date()
	b.start = time.Date(y, m, d, 0, 0, 0, 0, b.zone)
	b.world, err = simulate.New(simulate.Config{Customers: customers, Seed: seed, Start: b.start, HistoryDays: 730, Zone: b.zone})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// changed is a text with changes, each old before its new; every old must be there.
func changed(t *testing.T, text string, changes ...string) string {
	t.Helper()
	for k := 0; k < len(changes); k += 2 {
		if !strings.Contains(text, changes[k]) {
			t.Fatalf("there is no %q to change", changes[k])
		}
	}
	return strings.NewReplacer(changes...).Replace(text)
}

func (b *business) path(name string) string { return filepath.Join(b.dir, name) }

// write makes a file in the business's folder and returns its path.
func (b *business) write(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.WriteFile(b.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return b.path(name)
}

// run runs one command on the business's configuration.
func (b *business) run(t *testing.T, now func() time.Time, args ...string) result {
	t.Helper()
	return holdfast(t, now, b.env, "", append([]string{"--config", b.path("holdfast.yaml"), "--quiet"}, args...)...)
}

// must runs one command that has to end well, and returns what it printed.
func (b *business) must(t *testing.T, now func() time.Time, args ...string) string {
	t.Helper()
	r := b.run(t, now, args...)
	if r.code != 0 {
		t.Fatalf("holdfast %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// learn lives until an instant and imports what was recorded by then.
func (b *business) learn(t *testing.T, until time.Time, run func(args ...string)) {
	t.Helper()
	if err := b.world.Advance(until); err != nil {
		t.Fatal(err)
	}
	files, err := b.world.WriteFeeds(b.path("feeds/"+until.Format(time.DateOnly)), b.told, until)
	if err != nil {
		t.Fatal(err)
	}
	b.told = until
	for _, f := range files {
		if f.Rows > 0 {
			run("import", f.Feed, f.Path)
		}
	}
}

// database opens the business's database beside the program, to be read with
// SQL that shares nothing with the program's.
func (b *business) database(t *testing.T) *sqlx.DB {
	t.Helper()
	driver, at := "pgx", b.env[store.EnvironmentURL]
	if at == "" {
		u := url.URL{Scheme: "file", OmitHost: true, Path: b.path(b.file), RawQuery: "_pragma=query_only(1)&_pragma=busy_timeout(20000)"}
		driver, at = "sqlite", u.String()
	}
	db, err := sqlx.Open(driver, at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// writable opens the embedded database so that a test may change it, in
// transactions that it rolls back.
func (b *business) writable(t *testing.T) *sqlx.DB {
	t.Helper()
	db, err := sqlx.Open("sqlite", b.path(b.file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// list reads rows with SQL.
func list[T any](t testing.TB, db *sqlx.DB, format string, args ...any) []T {
	t.Helper()
	var rows []T
	if err := db.Select(&rows, fmt.Sprintf(format, args...)); err != nil {
		t.Fatalf("%s: %v", fmt.Sprintf(format, args...), err)
	}
	return rows
}

// count reads one number with SQL.
func count(t testing.TB, db *sqlx.DB, format string, args ...any) int {
	t.Helper()
	return list[int](t, db, format, args...)[0]
}

// decode reads a result printed as JSON.
func decode[T any](t testing.TB, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return v
}
