package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	sqlitedriver "modernc.org/sqlite"

	"holdfast/internal/fault"
)

// SQLite's primary result codes that mean something to a person, from
// https://sqlite.org/rescode.html.
const (
	codeBusy     = 5
	codeLocked   = 6
	codeReadOnly = 8
	codeIO       = 10
	codeCorrupt  = 11
	codeFull     = 13
	codeCantOpen = 14
	codeNotADB   = 26
)

// again says whether the same transaction may succeed when run once more: the
// database gave it up in favour of another one.
func (s *Store) again(err error) bool {
	if code, ok := sqliteCode(err); ok {
		return code == codeBusy || code == codeLocked
	}
	switch postgresCode(err) {
	case "40001", "40P01": // serialization failure, deadlock
		return true
	}
	return false
}

// explain adds what was being tried, and turns a failure that a person can do
// something about into one sentence that says what.
func (s *Store) explain(what string, err error) error {
	if err == nil {
		return nil
	}
	if fault.Of(err) != fault.Internal {
		return fmt.Errorf("%s: %w", what, err)
	}
	code, isSQLite := sqliteCode(err)
	switch state := postgresCode(err); {
	case isSQLite && code == codeFull, state == "53100", strings.Contains(err.Error(), "no space left on device"):
		return tell(fault.Unavailable, err, "%s: the disk that holds %s is full: free some space and run it again; nothing was half-done", what, s.cfg)
	case isSQLite && (code == codeBusy || code == codeLocked):
		return fault.New(fault.Unavailable,
			"%s: another program has held %s for over a minute: end it, then run this again", what, s.cfg)
	case isSQLite && (code == codeNotADB || code == codeCorrupt):
		return tell(fault.Invalid, err, "%s is damaged or not a Holdfast database: restore a backup or name another file", s.cfg)
	case isSQLite && (code == codeCantOpen || code == codeReadOnly || code == codeIO):
		return tell(fault.Unavailable, err, "%s cannot be opened or written: check that its folder exists and is yours, and that its disk is not full", s.cfg)
	case state == "28P01" || state == "28000":
		return fault.New(fault.Unavailable, "%s: %s refuses the sign-in: check the user and PGPASSWORD", what, s.cfg)
	case state == "3D000":
		return fault.New(fault.Unavailable, "%s: %s does not exist: create it, then run holdfast migrate", what, s.cfg)
	case s.dialect == postgres && unreachable(err, state):
		return tell(fault.Unavailable, err, "%s does not answer%s: start it or correct store.url", s.cfg, cause(err))
	}
	return fmt.Errorf("%s: %w", what, err)
}

// told is a failure in one sentence of ours, with its cause behind it: drivers
// need several lines, say them twice, and know nothing of what to do.
type told struct {
	sentence string
	cause    error
}

func (t *told) Error() string { return t.sentence }
func (t *told) Unwrap() error { return t.cause }

func tell(k fault.Kind, cause error, format string, args ...any) error {
	return fault.As(k, &told{fmt.Sprintf(format, args...), cause})
}

// cause says in brackets why a server was not reached, where that is known.
func cause(err error) string {
	var dns *net.DNSError
	var number syscall.Errno
	var network net.Error
	switch {
	case errors.As(err, &dns):
		return " (there is no host " + dns.Name + ")"
	case errors.As(err, &number):
		return " (" + number.Error() + ")"
	case errors.As(err, &network) && network.Timeout():
		return " (nothing came back in time)"
	}
	return ""
}

// unreachable tells a lost or refused connection from a refused statement.
// 08 is the class of connection failures, 57P01 to 57P03 a server shutting down
// or starting, 53300 one with no connection left.
func unreachable(err error, state string) bool {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return true
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) { // which is a net.Error too
		return false
	}
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) ||
		strings.HasPrefix(state, "08") || strings.HasPrefix(state, "57P0") || state == "53300"
}

func sqliteCode(err error) (int, bool) {
	var e *sqlitedriver.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff, true
	}
	return 0, false
}

func postgresCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
