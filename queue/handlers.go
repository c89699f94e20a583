package queue

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"holdfast/internal/fault"
)

// Defaults of a Handler.
const (
	DefaultTimeout     = 15 * time.Minute
	DefaultMaxAttempts = 8
)

// Handler runs the jobs of one kind.
type Handler struct {
	// Run does the job. It returns nil when the job is finished (see Lease for
	// how its effects commit together with that), an error marked with
	// AsUnknown when nobody can tell whether an outside effect happened, one
	// marked with TryAfter when it knows when to try again, and otherwise an
	// error whose fault.Kind says whether trying again can help.
	// It must return soon after ctx ends; ctx ends at the timeout, when the
	// lease is lost and at shutdown.
	Run         func(ctx context.Context, job Job, lease Lease) error
	Timeout     time.Duration // DefaultTimeout when zero
	MaxAttempts int           // for jobs that do not say; DefaultMaxAttempts when zero
	// GaveUp, when there is one, is told why a job will not be tried again
	// before the job becomes dead, also where no handler ran to say so: the
	// workers before had died of it, or the time was up. It may be told twice.
	GaveUp func(ctx context.Context, job Job, cause string) error
}

// Handlers says which handler runs which kind of job. cmd fills it.
type Handlers map[string]Handler

// Validate finds a handler that cannot run.
func (h Handlers) Validate() error {
	for kind, one := range h {
		if kind == "" || one.Run == nil || one.Timeout < 0 || one.MaxAttempts < 0 {
			return fault.New(fault.Invalid,
				"handler of job kind %q: it needs a name, a Run, and no negative timeout or number of attempts", kind)
		}
	}
	return nil
}

// timeout of jobs of a kind, also of kinds that this process does not know.
func (h Handlers) timeout(kind string) time.Duration {
	return or(h[kind].Timeout, DefaultTimeout)
}

// maxAttempts of a job: its own, else its kind's.
func (h Handlers) maxAttempts(job Job) int {
	return or(or(job.MaxAttempts, h[job.Kind].MaxAttempts), DefaultMaxAttempts)
}

// run calls the handler of the job's kind; a panic comes back as an error.
func (h Handlers) run(ctx context.Context, job Job, lease Lease) (err error) {
	one, ok := h[job.Kind]
	if !ok {
		return fault.New(fault.Unavailable, "this version has no handler for jobs of kind %q", job.Kind)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the handler of %s jobs panicked: %w", job.Kind, &panicError{p, debug.Stack()})
		}
	}()
	return one.Run(ctx, job, lease)
}

type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprint(p.value) }

type unknownError struct{ err error }

func (u *unknownError) Error() string { return u.err.Error() }
func (u *unknownError) Unwrap() error { return u.err }

// AsUnknown marks an error as "the outside effect may or may not have
// happened": the job becomes Unknown and waits for a person. It returns nil
// for a nil err.
func AsUnknown(err error) error {
	if err == nil {
		return nil
	}
	return &unknownError{err}
}

// isUnknown reports whether err was marked with AsUnknown.
func isUnknown(err error) bool {
	var u *unknownError
	return errors.As(err, &u)
}

type laterError struct {
	error
	wait time.Duration
}

func (l *laterError) Unwrap() error { return l.error }

// TryAfter marks an error as gone by itself with time: the job is tried again
// after wait, behind work that was not tried yet, and as often as its handler
// says so, because the attempt does not count. It returns nil for a nil err.
func TryAfter(err error, wait time.Duration) error {
	if err == nil {
		return nil
	}
	return &laterError{err, wait}
}

// helps reports whether trying again can help after a failure of this kind.
// It is the one table from kinds of failure to retry or give up.
func helps(k fault.Kind) bool {
	switch k {
	case fault.Conflict, fault.Unavailable, fault.Internal:
		return true
	default: // Invalid, Forbidden, NotFound, Held: only a person can help
		return false
	}
}
