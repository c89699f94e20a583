package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"holdfast/internal/fault"
)

// Owner is the right to be the one process that serves, works and schedules on
// an embedded database.
type Owner struct{ file *os.File }

// Own makes this process the owner of an embedded database until Release or
// its end. It is a Conflict while another process owns it. On Postgres, which
// any number of processes share, it always succeeds.
func Own(cfg Config) (*Owner, error) {
	path := cfg.Path()
	if path == "" {
		return &Owner{}, nil
	}
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "own %s: check that its folder exists and is yours: %w", cfg, err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		text, _ := io.ReadAll(io.LimitReader(f, 64)) // only to name the process
		_ = f.Close()
		return nil, fault.New(fault.Conflict, "%s is already in use by holdfast process %s: stop that one, or use it",
			cfg, strings.TrimSpace(string(text)))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", f.Name(), err), f.Close())
	}
	if err = f.Truncate(0); err == nil {
		_, err = fmt.Fprintln(f, os.Getpid())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", f.Name(), err), f.Close())
	}
	return &Owner{f}, nil
}

// Release lets another process own the database.
func (o *Owner) Release() error {
	if o.file == nil {
		return nil
	}
	if err := o.file.Close(); err != nil {
		return fmt.Errorf("release the database: %w", err)
	}
	return nil
}
