package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/internal/fault"
)

// Owner is the right to be the one process that writes to an embedded
// database, but for the jobs that others insert.
type Owner struct{ file *os.File }

// Holder is the process that owns an embedded database.
type Holder struct {
	Process int
	Command string // that it runs, such as up; empty while it has not said so
}

// HeldError says that another process owns the database.
type HeldError struct {
	Holder
	database string
}

// Error names the process and says what to do.
func (e *HeldError) Error() string {
	what := ""
	if e.Command != "" {
		what = " (" + e.Command + ")"
	}
	return fmt.Sprintf("%s is already in use by holdfast process %d%s: stop that one, or use it", e.database, e.Process, what)
}

// ownTries is how often the lock is tried: somebody who only looks whether it
// is held has it for an instant.
const ownTries = 4

// Own makes this process the owner of an embedded database until Release or
// its end, and says in the lock file which command it runs. It is a Conflict,
// a HeldError, while another process owns it. On Postgres, which any number of
// processes share, it always succeeds.
func Own(cfg Config, command string) (*Owner, error) {
	path := cfg.Path()
	if path == "" {
		return &Owner{}, nil
	}
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, tell(fault.Unavailable, err, "%s cannot be opened or written: check that its folder exists and is yours, and that its disk is not full", cfg)
	}
	for try := range ownTries {
		if err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); !errors.Is(err, unix.EWOULDBLOCK) || try == ownTries-1 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		h := readHolder(f)
		_ = f.Close()
		return nil, fault.As(fault.Conflict, &HeldError{h, cfg.String()})
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", f.Name(), err), f.Close())
	}
	if err = f.Truncate(0); err == nil {
		_, err = fmt.Fprintln(f, os.Getpid(), command)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write %s: %w", f.Name(), err), f.Close())
	}
	return &Owner{f}, nil
}

// HolderOf returns the process that owns an embedded database now, and false
// when none does.
func HolderOf(cfg Config) (h Holder, held bool, err error) {
	path := cfg.Path()
	if path == "" {
		return h, false, nil
	}
	f, err := os.Open(path + ".lock")
	if errors.Is(err, os.ErrNotExist) {
		return h, false, nil
	}
	if err != nil {
		return h, false, fault.New(fault.Unavailable, "look who owns %s: %w", cfg, err)
	}
	defer f.Close() //nolint:errcheck // closing lets go of the lock, if it was free
	err = unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return readHolder(f), true, nil
	}
	if err != nil {
		return h, false, fmt.Errorf("look who owns %s: %w", cfg, err)
	}
	return h, false, nil
}

func readHolder(f *os.File) (h Holder) {
	text, _ := io.ReadAll(io.LimitReader(f, 128)) // only to name the process
	process, command, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	h.Process, _ = strconv.Atoi(process)
	h.Command = command
	return h
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
