package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"holdfast/queue"
)

// CommandLine is a piece of what a command printed.
type CommandLine struct {
	Seq    int64
	Stream int    // 1 stdout, 2 stderr
	Text   string `db:"body"`
}

// CommandState is how far a command that runs as a job has come.
type CommandState struct {
	Job         queue.Job
	What        string // is being done, for a progress bar
	Done, Total int64
	Code        int    // its exit code, once it has ended
	Night       string // the run to be followed from there on; empty for none
	Ended       bool
	Lines       []CommandLine // after those that are known already
}

// SayCommand keeps what a command printed and how far it has come, under the
// lease of ctx.
func (s *Store) SayCommand(ctx context.Context, job int64, lines []CommandLine, what string, done, total int64) error {
	return s.write(ctx, small, "keep what a command said", func(t *tx) error {
		_, err := t.exec(`INSERT INTO commands (job, what, done, total, code, night, ended_at) VALUES (?, ?, ?, ?, 0, '', 0)
			ON CONFLICT (job) DO UPDATE SET what = excluded.what, done = excluded.done, total = excluded.total`, job, text(what), done, total)
		if err != nil {
			return err
		}
		var last int64
		if err := t.get(&last, `SELECT COALESCE(MAX(seq), 0) FROM command_lines WHERE job = ?`, job); err != nil {
			return err
		}
		rows := make([][]any, len(lines))
		for i, l := range lines {
			rows[i] = []any{job, last + int64(i) + 1, l.Stream, text(l.Text)}
		}
		return t.insert("command_lines", "job, seq, stream, body", rows, "")
	})
}

// commandLinesKept is how long what a command said is kept for its follower.
const commandLinesKept = time.Hour

// EndCommand ends a command's job with its exit code. What the command was
// given goes from the job, and what commands said long ago is deleted: both may
// name a customer.
func (s *Store) EndCommand(ctx context.Context, l queue.Lease, now time.Time, code int, night string) error {
	return s.writeUnfenced(ctx, small, "end a command", func(t *tx) error {
		if err := finishJob(t, l, now); err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE jobs SET payload = '' WHERE id = ?`, l.JobID); err != nil {
			return err
		}
		if _, err := t.exec(`INSERT INTO commands (job, what, done, total, code, night, ended_at) VALUES (?, '', 0, 0, ?, ?, ?)
			ON CONFLICT (job) DO UPDATE SET code = excluded.code, night = excluded.night, ended_at = excluded.ended_at`,
			l.JobID, code, night, micros(now)); err != nil {
			return err
		}
		before := micros(now.Add(-commandLinesKept))
		if _, err := t.exec(`DELETE FROM command_lines WHERE job IN (SELECT job FROM commands WHERE ended_at > 0 AND ended_at < ?)`, before); err != nil {
			return err
		}
		_, err := t.exec(`DELETE FROM commands WHERE ended_at > 0 AND ended_at < ?`, before)
		return err
	})
}

// ForgetCommand takes what a command was given from its job while it runs, so
// that nothing is left of it; the job is not begun again.
func (s *Store) ForgetCommand(ctx context.Context, job int64) error {
	return s.write(ctx, small, "forget what a command was given", func(t *tx) error {
		return t.one("a command", `UPDATE jobs SET payload = '', max_attempts = attempt WHERE id = ?`, job)
	})
}

// CommandState returns how far a command has come and what it said after a
// line.
func (s *Store) CommandState(ctx context.Context, job, after int64) (c CommandState, err error) {
	err = s.read(ctx, "follow a command", func(t *tx) error {
		c = CommandState{}
		if c.Job, err = findJob(t, job); err != nil {
			return err
		}
		var r struct {
			What        string
			Done, Total int64
			Code        int
			Night       string
			EndedAt     int64 `db:"ended_at"`
		}
		err := t.get(&r, `SELECT what, done, total, code, night, ended_at FROM commands WHERE job = ?`, job)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		c.What, c.Done, c.Total, c.Code, c.Night, c.Ended = r.What, r.Done, r.Total, r.Code, r.Night, r.EndedAt > 0
		if err := t.list(&c.Lines, `SELECT seq, stream, body FROM command_lines WHERE job = ? AND seq > ? ORDER BY seq`, job, after); err != nil {
			return fmt.Errorf("what it said: %w", err)
		}
		return nil
	})
	return c, err
}
