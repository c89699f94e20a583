package store

import (
	"net/url"
	"strings"
	"time"

	"holdfast/channels"
	"holdfast/internal/fault"
)

// EnvironmentURL names the environment variable that replaces Config.URL and,
// unlike it, may hold a password.
const EnvironmentURL = "HOLDFAST_DATABASE_URL"

// Config says where the database is.
type Config struct {
	// URL is the path of a SQLite file, or postgres://user@host:port/database.
	// The password of a Postgres comes from PGPASSWORD, or from the whole URL in
	// HOLDFAST_DATABASE_URL.
	URL string `yaml:"url"`
	// Connections bounds the connections to Postgres of one process, those of its
	// turns (Turn) aside.
	Connections int `yaml:"connections"`

	secret string // the URL from the environment
}

// DefaultConfig is a SQLite file in the current folder.
func DefaultConfig() Config { return Config{URL: "holdfast.db", Connections: 16} }

// WithEnvironment returns c with the URL that the environment gives, if any.
func (c Config) WithEnvironment(getenv func(string) string) Config {
	c.secret = getenv(EnvironmentURL)
	return c
}

// Validate refuses a configuration that cannot be opened, naming the field.
func (c Config) Validate() error {
	if c.URL == "" && c.secret == "" {
		return fault.New(fault.Invalid, "store.url is empty: name a SQLite file or a postgres:// address")
	}
	if c.Connections < 0 {
		return fault.New(fault.Invalid, "store.connections is %d: it must be positive", c.Connections)
	}
	if scheme, _, ok := strings.Cut(c.address(), "://"); ok && !c.IsPostgres() && scheme != "sqlite" && scheme != "file" {
		return fault.New(fault.Invalid, "store.url has the scheme %q: use a file path or postgres://", scheme)
	}
	if !c.IsPostgres() {
		return nil
	}
	u, err := url.Parse(c.address())
	if err != nil {
		return fault.New(fault.Invalid, "store.url is not a postgres:// address: %s", withoutAddress(err))
	}
	if _, ok := u.User.Password(); ok && c.secret == "" {
		return fault.New(fault.Invalid,
			"store.url holds a password: take it out and set PGPASSWORD, or set %s to the whole address", EnvironmentURL)
	}
	return nil
}

// withoutAddress gives a URL error's cause without the URL, which may hold a password.
func withoutAddress(err error) string {
	if e, ok := err.(*url.Error); ok { //nolint:errorlint // url.Parse returns it bare
		return e.Err.Error()
	}
	return err.Error()
}

// IsPostgres tells a Postgres address from a SQLite file.
func (c Config) IsPostgres() bool {
	return strings.HasPrefix(c.address(), "postgres://") || strings.HasPrefix(c.address(), "postgresql://")
}

// Path returns the path of the SQLite file, empty for Postgres.
func (c Config) Path() string {
	if c.IsPostgres() {
		return ""
	}
	path := c.address()
	for _, prefix := range []string{"sqlite://", "sqlite:", "file://", "file:"} {
		if rest, ok := strings.CutPrefix(path, prefix); ok {
			return rest
		}
	}
	return path
}

// String names the database for a person, without a password.
func (c Config) String() string {
	if !c.IsPostgres() {
		return "SQLite file " + c.Path()
	}
	u, err := url.Parse(c.address())
	if err != nil {
		return "Postgres"
	}
	return "Postgres database " + strings.TrimPrefix(u.Path, "/") + " at " + u.Host
}

func (c Config) address() string {
	if c.secret != "" {
		return c.secret
	}
	return c.URL
}

// DefaultPartitions is the number of partitions of a new database.
const DefaultPartitions = 64

// Options are what a program passes in when it opens the database.
type Options struct {
	// Now is the clock of whatever is not told its time. It must be set.
	Now func() time.Time
	// Partitions, Currency and TimeZone are fixed when the database is made; a
	// database made with others is refused. Zero values take what is there, or
	// for a new database 64 partitions and no currency or time zone yet.
	Partitions int
	Currency   string
	TimeZone   string
	// CallersClock makes leases on Postgres follow the times that callers pass
	// instead of the database's clock: for tests and simulated time.
	CallersClock bool
	// SegmentAttribute is the profile attribute that lists are filtered by as
	// the segment, from the next night on; empty for none.
	SegmentAttribute string
	// OwnerAttribute is the profile attribute with who looks after a customer;
	// empty shows none.
	OwnerAttribute string
	// Subscribers are told of events by jobs that are made with the change.
	Subscribers []channels.Subscriber
}

func (o Options) validate() error {
	if o.Now == nil {
		return fault.New(fault.Internal, "store opened without a clock")
	}
	if p := o.Partitions; p < 0 || p > 4096 || p&(p-1) != 0 {
		return fault.New(fault.Invalid, "partitions is %d: it must be a power of two, at most 4096", p)
	}
	return nil
}
