package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"

	"holdfast/internal/fault"
	"holdfast/migrations"
)

func init() { sqlx.BindDriver("sqlite", sqlx.QUESTION) } // else Rebind does nothing

type dialect string

const (
	sqlite   dialect = migrations.SQLite
	postgres dialect = migrations.Postgres
)

// Store is the open database. It is safe for concurrent use.
type Store struct {
	cfg     Config
	opts    Options
	dialect dialect
	writer  *sqlx.DB // on SQLite one connection; on Postgres the same pool as reader
	reader  *sqlx.DB
	atOnce  bool     // several questions go to the database at once: on Postgres
	turns   *sqlx.DB // on Postgres, a connection for each turn that is taken
	gate    gate
	wal     checkpointer
	flush   flusher
	audits  auditor
	fixed   fixed
	fewRisk int // rows that a filter lets through and that are sorted; see RiskList
}

// Open opens a database that has this program's schema. It is Invalid when the
// schema is older or newer, or when what was fixed at its making differs from
// opts, and Unavailable when Postgres does not answer.
func Open(ctx context.Context, cfg Config, opts Options) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if p := cfg.Path(); p != "" {
		if _, err := os.Stat(p); errors.Is(err, os.ErrNotExist) {
			return nil, fault.New(fault.NotFound, "there is no database at %s: run holdfast migrate to make it", p)
		}
	}
	s, err := connect(ctx, cfg, opts)
	if err != nil {
		return nil, err
	}
	if err := s.check(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Migrate makes the database where it is missing and brings it to this
// program's schema. Any number of processes may do so at once.
func Migrate(ctx context.Context, cfg Config, opts Options) error {
	s, err := connect(ctx, cfg, opts)
	if err != nil {
		return err
	}
	if err := s.migrate(ctx, migrations.Newest()); err != nil {
		return errors.Join(err, s.Close())
	}
	return s.Close()
}

func (s *Store) migrate(ctx context.Context, number int64) error {
	if err := s.notNewer(ctx); err != nil {
		return err
	}
	if err := migrations.ApplyTo(ctx, s.writer.DB, string(s.dialect), number); err != nil {
		return s.explain("migrate "+s.cfg.String(), err)
	}
	if err := s.fix(ctx); err != nil {
		return err
	}
	return nil
}

// connect opens the pools without looking at what is in the database.
func connect(ctx context.Context, cfg Config, opts Options) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if err := opts.validate(); err != nil {
		return nil, err
	}
	s := &Store{cfg: cfg, opts: opts, dialect: sqlite, fewRisk: defaultFewRisk}
	var err error
	if cfg.IsPostgres() {
		s.dialect = postgres
		err = s.connectPostgres()
	} else {
		err = s.connectSQLite()
	}
	if err != nil {
		return nil, err
	}
	ping, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, db := range []*sqlx.DB{s.writer, s.reader} {
		if err := db.PingContext(ping); err != nil {
			return nil, errors.Join(s.explain("open "+cfg.String(), err), s.Close())
		}
	}
	return s, nil
}

func (s *Store) connectPostgres() error {
	pc, err := pgx.ParseConfig(s.cfg.address())
	if err != nil {
		return fault.New(fault.Invalid, "store.url is not a usable postgres:// address")
	}
	pc.RuntimeParams["application_name"] = "holdfast"
	pc.RuntimeParams["timezone"] = "UTC"
	if pc.ConnectTimeout == 0 {
		pc.ConnectTimeout = 5 * time.Second
	}
	db := sqlx.NewDb(stdlib.OpenDB(*pc, stdlib.OptionAfterConnect(oneProcess)), "pgx")
	n := s.cfg.Connections
	if n == 0 {
		n = DefaultConfig().Connections
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	s.writer, s.reader, s.atOnce = db, db, true
	s.turns = sqlx.NewDb(stdlib.OpenDB(*pc), "pgx")
	s.turns.SetMaxIdleConns(1)
	return nil
}

// oneProcess keeps Postgres from answering one question with several processes: a
// night works on as many partitions at once as it may (nightly), and its questions
// would take the other processors from the people at the desk.
func oneProcess(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, `SET max_parallel_workers_per_gather = 0`)
	return err
}

// connectSQLite opens one writer connection, which takes the write lock when
// a transaction begins, and a pool of readers, which never take it.
// The writer does not wait for the disk when it commits: see flusher.
func (s *Store) connectSQLite() error {
	path, err := filepath.Abs(s.cfg.Path())
	if err != nil {
		return fmt.Errorf("find %s: %w", s.cfg.Path(), err)
	}
	if err := makePrivate(path); err != nil {
		return tell(fault.Unavailable, err, "%s cannot be opened or written: check that its folder exists and is yours, and that its disk is not full", s.cfg)
	}
	open := func(conns int, params url.Values, pragmas ...string) (*sqlx.DB, error) {
		params["_pragma"] = append(pragmas, "busy_timeout(60000)", "journal_mode(WAL)", "synchronous(NORMAL)",
			"foreign_keys(0)", "temp_store(MEMORY)", "journal_size_limit(67108864)")
		u := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: params.Encode()}
		connector, err := newPreparing(u.String())
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", s.cfg, err)
		}
		db := sqlx.NewDb(sql.OpenDB(connector), string(sqlite))
		db.SetMaxOpenConns(conns)
		db.SetMaxIdleConns(conns)
		return db, nil
	}
	s.writer, err = open(1, url.Values{"_txlock": {"immediate"}}, "wal_autocheckpoint(0)", "cache_size(-16384)")
	if err != nil {
		return err
	}
	s.reader, err = open(2+2*runtime.NumCPU(), url.Values{"_txlock": {"deferred"}}, "query_only(1)", "cache_size(-8192)")
	if err != nil {
		return errors.Join(err, s.writer.Close())
	}
	s.wal.db, err = open(1, url.Values{}, "wal_autocheckpoint(0)")
	if err != nil {
		return errors.Join(err, s.writer.Close(), s.reader.Close())
	}
	s.wal.gate = &s.gate
	s.flush.flush = func() error { return flushFile(path + "-wal") }
	return nil
}

// makePrivate makes the file of a new database so that nobody but its owner
// reads it, whatever the umask; the files that SQLite puts beside it have the
// mode of this one. A file that is there keeps the mode that it was given.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// Close closes the database.
func (s *Store) Close() error {
	var errs []error
	if s.wal.db != nil {
		errs = append(errs, s.wal.db.Close())
	}
	if s.turns != nil {
		errs = append(errs, s.turns.Close())
	}
	if s.reader != s.writer {
		errs = append(errs, s.reader.Close())
	}
	errs = append(errs, s.writer.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close %s: %w", s.cfg, err)
	}
	return nil
}

// check refuses a database that this program cannot work on.
func (s *Store) check(ctx context.Context) error {
	if err := s.notNewer(ctx); err != nil {
		return err
	}
	have, err := migrations.Version(ctx, s.reader.DB, string(s.dialect))
	if err != nil {
		return s.explain("read the schema of "+s.cfg.String(), err)
	}
	switch want := migrations.Newest(); {
	case have == 0:
		return fault.New(fault.Invalid, "%s is empty: run holdfast migrate", s.cfg)
	case have < want:
		return fault.New(fault.Invalid,
			"the schema of %s is number %d and this program needs %d: run holdfast migrate", s.cfg, have, want)
	}
	missing, err := migrations.Missing(ctx, s.reader.DB, string(s.dialect))
	if err != nil {
		return s.explain("read the schema of "+s.cfg.String(), err)
	}
	if missing > 0 {
		return fault.New(fault.Invalid, "the schema of %s lacks %d of this program's migrations: run holdfast migrate", s.cfg, missing)
	}
	return s.readFixed(ctx)
}

func (s *Store) notNewer(ctx context.Context) error {
	have, err := migrations.Version(ctx, s.writer.DB, string(s.dialect))
	if err != nil {
		return s.explain("read the schema of "+s.cfg.String(), err)
	}
	if want := migrations.Newest(); have > want {
		return fault.New(fault.Invalid,
			"the schema of %s is number %d, made by a newer holdfast than this one, which knows %d: use the newer program",
			s.cfg, have, want)
	}
	return nil
}

// Partitions is fixed when the database is made.
func (s *Store) Partitions() int { return s.fixed.partitions }

// Dialect returns "sqlite" or "postgres".
func (s *Store) Dialect() string { return string(s.dialect) }
