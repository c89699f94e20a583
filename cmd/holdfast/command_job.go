package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"holdfast/access"
	"holdfast/config"
	"holdfast/internal/fault"
	"holdfast/queue"
	"holdfast/store"
)

// commandAttempts is how often a command is begun: again only after the owner
// was killed, since a command that fails has ended.
const commandAttempts = 5

// commandPayload is a command that another process was given.
type commandPayload struct {
	Args  []string `json:"args"`
	Dir   string   `json:"dir"`             // that file names are relative to
	Given string   `json:"given,omitempty"` // what was typed for it, hashed
}

// host is the process in which a command runs as a job.
type host struct {
	own  *app
	dir  string // that the command's file names are relative to
	said *said
}

// app is the host's open database and stages, for a command. The command's
// configuration must be the one that the host runs with.
func (h *host) app(p *program, cfg *config.Config) (*app, error) {
	if cfg.Hash != h.own.cfg.Hash {
		return nil, fault.New(fault.Conflict, "%s has changed since holdfast %s was started: start that anew, then run this again", p.configPath, h.own.p.doing)
	}
	a := *h.own
	a.p, a.log, a.close = p, p.logger(), nil
	return &a, nil
}

// file is where a file named on the command line is.
func (p *program) file(name string) string {
	if p.host == nil || name == "" || filepath.IsAbs(name) {
		return name
	}
	if here, err := os.Getwd(); err == nil && here == p.host.dir {
		return name
	}
	return filepath.Join(p.host.dir, name)
}

// followNight is how a command ends as a job when a night is to be followed:
// a job must not wait for other jobs.
type followNight string

func (f followNight) Error() string { return "the night " + string(f) + " goes on in other jobs" }

// runCommand runs a command that another process was given, on this process's
// database. That it failed is its result and not the job's.
//
// queue: every job of kind command.
func (a *app) runCommand(ctx context.Context, job queue.Job, l queue.Lease) error {
	var c commandPayload
	if err := job.Decode(&c); err != nil {
		return err
	}
	said := newSaid(ctx, a.store, job.ID)
	p := &program{
		Surroundings: Surroundings{
			Args: c.Args, Stdout: said.stream(1), Stderr: said.stream(2), Stdin: strings.NewReader(""), Getenv: a.p.Getenv, Now: a.p.Now,
		},
		given: c.Given, host: &host{own: a, dir: c.Dir, said: said},
	}
	err := p.execute(ctx)
	if ctx.Err() != nil { // not the command's doing: it is begun again
		return errors.Join(ctx.Err(), said.end())
	}
	var night followNight
	code := 0
	if !errors.As(err, &night) {
		code = p.ended(ctx, err)
	}
	if err := said.end(); err != nil {
		return err
	}
	return a.store.EndCommand(ctx, l, a.p.Now(), code, string(night))
}

// said carries what a command prints to the database, a few times a second.
type said struct {
	ctx   context.Context //nolint:containedctx // of the job, which is what writes are fenced by
	store *store.Store
	job   int64

	mu          sync.Mutex
	lines       []store.CommandLine
	what        string
	done, total int64
	changed     bool
	err         error
	stop        chan struct{}
	stopped     chan struct{}
}

// sayEvery is how often what a command printed is passed on.
const sayEvery = 200 * time.Millisecond

// mostSaid is how many bytes are kept in one piece.
const mostSaid = 16 << 10

func newSaid(ctx context.Context, s *store.Store, job int64) *said {
	out := &said{ctx: ctx, store: s, job: job, stop: make(chan struct{}), stopped: make(chan struct{})}
	go func() {
		defer close(out.stopped)
		tick := time.NewTicker(sayEvery)
		defer tick.Stop()
		for {
			select {
			case <-out.stop:
				return
			case <-tick.C:
				out.flush()
			}
		}
	}()
	return out
}

func (s *said) progress(what string, done, total int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.what, s.done, s.total, s.changed = what, done, total, true
}

// stream is stdout (1) or stderr (2) of the command.
func (s *said) stream(n int) *saidStream { return &saidStream{s, n} }

type saidStream struct {
	said   *said
	stream int
}

// Write keeps text for the next flush; it fails once the text can no longer be
// passed on.
func (w *saidStream) Write(text []byte) (int, error) {
	s := w.said
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	s.changed = true
	if n := len(s.lines); n > 0 && s.lines[n-1].Stream == w.stream && len(s.lines[n-1].Text) < mostSaid {
		s.lines[n-1].Text += string(text)
	} else {
		s.lines = append(s.lines, store.CommandLine{Stream: w.stream, Text: string(text)})
	}
	return len(text), nil
}

func (s *said) flush() {
	s.mu.Lock()
	lines, what, done, total, changed := s.lines, s.what, s.done, s.total, s.changed
	s.lines, s.changed = nil, false
	s.mu.Unlock()
	if !changed {
		return
	}
	if err := s.store.SayCommand(s.ctx, s.job, lines, what, done, total); err != nil {
		s.mu.Lock()
		s.err = err
		s.mu.Unlock()
	}
}

// end passes the rest on.
func (s *said) end() error {
	close(s.stop)
	<-s.stopped
	s.flush()
	return s.err
}

// audit writes down what was done at the command line. Beside the owner of an
// embedded database that is a job.
func (a *app) audit(ctx context.Context, what, subject string) error {
	return a.auditAs(ctx, "system", what, subject)
}

// auditWhy is audit with the reason that was given; none may be.
func (a *app) auditWhy(ctx context.Context, what, subject, why string) error {
	return a.auditEntry(ctx, access.Entry{Who: "system", What: what, Subject: subject, Detail: commandLine + because(why)})
}

// auditAs is audit for somebody who proved who they are.
func (a *app) auditAs(ctx context.Context, who, what, subject string) error {
	return a.auditEntry(ctx, access.Entry{Who: who, What: what, Subject: subject, Detail: commandLine})
}

const commandLine = "at the command line"

// because joins a reason to what was done; nothing without one.
func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

func (a *app) auditEntry(ctx context.Context, e access.Entry) error {
	e.At = a.p.Now()
	if a.owner != nil || a.cfg.Store.IsPostgres() {
		return a.store.Audit(ctx, e)
	}
	owner, err := store.Own(a.cfg.Store, a.p.doing)
	if err == nil {
		return errors.Join(a.store.Audit(ctx, e), owner.Release())
	}
	if fault.Of(err) != fault.Conflict {
		return err
	}
	job, err := queue.New(jobAudit, "audit/"+nonce(), e, a.p.Now())
	if err != nil {
		return err
	}
	_, err = a.store.InsertJob(ctx, job)
	return err
}

// writeAudit writes an entry that another process made.
//
// queue: every job of kind audit.
func (a *app) writeAudit(ctx context.Context, job queue.Job, _ queue.Lease) error {
	var e access.Entry
	if err := job.Decode(&e); err != nil {
		return err
	}
	return a.store.Audit(ctx, e)
}
