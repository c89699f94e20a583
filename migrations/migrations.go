package migrations

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"sort"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"holdfast/internal/fault"
)

// The dialects that Apply knows.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

//go:embed *.sql
var files embed.FS

// Newest returns the number of the last migration.
func Newest() int64 {
	numbers, err := numbersOf(files)
	if err != nil || len(numbers) == 0 {
		panic(fmt.Sprintf("migrations: the embedded files are misnumbered: %v", err)) // a test holds this
	}
	return numbers[len(numbers)-1]
}

// Apply brings db to the newest schema. Any number of processes may do so at
// once; each applies what is then still missing.
func Apply(ctx context.Context, db *sql.DB, dialect string) error {
	return ApplyTo(ctx, db, dialect, Newest())
}

// ApplyTo brings db to the schema of the given number, for a restore that
// must first load what an older program wrote.
func ApplyTo(ctx context.Context, db *sql.DB, dialect string, number int64) error {
	if dialect == SQLite {
		release, err := lockFile(ctx, db)
		if err != nil {
			return fmt.Errorf("take the migration lock: %w", err)
		}
		defer release()
	}
	p, err := provider(db, dialect)
	if err != nil {
		return err
	}
	if _, err := p.UpTo(ctx, number); err != nil {
		return fmt.Errorf("apply migrations: %w", err)
	}
	return nil
}

// Version returns the number of the newest migration that db has had, 0 for
// an empty database. It changes nothing.
func Version(ctx context.Context, db *sql.DB, dialect string) (int64, error) {
	query := `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'`
	if dialect == Postgres {
		query = `SELECT COUNT(*) FROM information_schema.tables
			WHERE table_schema = current_schema() AND table_name = 'goose_db_version'`
	}
	var there int
	if err := db.QueryRowContext(ctx, query).Scan(&there); err != nil {
		return 0, fmt.Errorf("look for the schema's version: %w", err)
	}
	if there == 0 {
		return 0, nil
	}
	var number int64
	err := db.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version`).Scan(&number)
	if err != nil {
		return 0, fmt.Errorf("read the schema's version: %w", err)
	}
	return number, nil
}

// Missing returns how many of the migrations up to the newest one db has not
// had. It changes nothing.
func Missing(ctx context.Context, db *sql.DB, dialect string) (int, error) {
	numbers, err := numbersOf(files)
	if err != nil {
		return 0, err
	}
	if have, err := Version(ctx, db, dialect); err != nil || have == 0 {
		return len(numbers), err
	}
	rows, err := db.QueryContext(ctx, `SELECT version_id FROM goose_db_version`)
	if err != nil {
		return 0, fmt.Errorf("read the migrations that were applied: %w", err)
	}
	defer rows.Close() //nolint:errcheck // its error is in Err
	had := map[int64]bool{}
	for rows.Next() {
		var number int64
		if err := rows.Scan(&number); err != nil {
			return 0, fmt.Errorf("read the migrations that were applied: %w", err)
		}
		had[number] = true
	}
	missing := 0
	for _, n := range numbers {
		if !had[n] {
			missing++
		}
	}
	return missing, rows.Err()
}

func provider(db *sql.DB, dialect string) (*goose.Provider, error) {
	fsys, err := overlay(files, dialect)
	if err != nil {
		return nil, err
	}
	// Stages have ranges of numbers of their own, so a later migration may have
	// a lower number than one that was applied already.
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true)}
	kind := goose.DialectSQLite3
	if dialect == Postgres {
		kind = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600)) // looks once a second
		if err != nil {
			return nil, fmt.Errorf("make the migration lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(kind, db, fsys, options...)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return p, nil
}

// numbersOf checks that the files are numbered 1, 2, 3 … within each of the
// ranges that start at a multiple of 20 (one range per builder of a stage),
// and that a number has either one portable file or one for each dialect.
func numbersOf(fsys fs.FS) ([]int64, error) {
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	variants := map[int64][]string{}
	titles := map[int64]string{}
	for _, name := range names {
		var number int64
		if _, err := fmt.Sscanf(name, "%04d_", &number); err != nil || number < 1 || name[4] != '_' {
			return nil, fault.New(fault.Invalid, "migration %s must be named NNNN_name.sql", name)
		}
		title, variant, _ := strings.Cut(strings.TrimSuffix(name, ".sql"), ".")
		if old, ok := titles[number]; ok && old != title {
			return nil, fault.New(fault.Invalid, "migrations %s and %s have the same number", old, title)
		}
		titles[number] = title
		variants[number] = append(variants[number], variant)
	}
	numbers := make([]int64, 0, len(variants))
	for number, v := range variants {
		sort.Strings(v)
		if got := strings.Join(v, ","); got != "" && got != Postgres+","+SQLite {
			return nil, fault.New(fault.Invalid,
				"migration %s must have one portable file, or one for sqlite and one for postgres; it has %q", titles[number], got)
		}
		numbers = append(numbers, number)
	}
	sort.Slice(numbers, func(i, j int) bool { return numbers[i] < numbers[j] })
	for i, number := range numbers {
		// Every area has its twenty; arms and overrides begin at 27, the people at the desk at 105, the facets of lists at 110, dry runs at 115, households at 117, what was handled at 119, the operation's audit at 121.
		first := number%20 == 0 || number == 1 || number == 27 || number == 105 || number == 110 || number == 115 || number == 117 || number == 119 || number == 121
		if !first && (i == 0 || numbers[i-1] != number-1) {
			return nil, fault.New(fault.Invalid, "migration %s has no predecessor numbered %04d", titles[number], number-1)
		}
	}
	return numbers, nil
}

// lockTimeout bounds the wait for another process's migration.
const lockTimeout = 10 * time.Minute
