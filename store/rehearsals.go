package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"holdfast/internal/fault"
	"holdfast/nightly"
	"holdfast/queue"
)

// RehearsalJob is the kind of the jobs that decide a night once more.
const RehearsalJob = "rehearse"

// rehearsalsKept is how many are kept, the newest.
const rehearsalsKept = 100

// RehearsalOf is the payload of a rehearsal's job.
type RehearsalOf struct {
	ID int64 `json:"id"`
}

// AskRehearsal keeps a night that is to be decided once more, with the job that
// does it, and returns its id: Conflict while another waits.
//
// web: from the policy page.
func (s *Store) AskRehearsal(ctx context.Context, r nightly.Rehearsal) (int64, error) {
	job, err := queue.New(RehearsalJob, RehearsalJob, RehearsalOf{1}, r.At)
	if err != nil {
		return 0, err
	}
	r.ID = job.ID // random, as ids are
	job.Key = fmt.Sprintf("%s/%d", RehearsalJob, r.ID)
	if job.Payload, err = json.Marshal(RehearsalOf{r.ID}); err != nil {
		return 0, fmt.Errorf("name a dry run: %w", err)
	}
	return r.ID, s.write(ctx, small, "keep a dry run", func(t *tx) error {
		n, err := t.exec(`INSERT INTO rehearsals (id, asked_by, asked_at, run, as_of, policy, waits, ended_at, problem, body)
			VALUES (?, ?, ?, ?, ?, ?, 1, 0, '', '') ON CONFLICT (waits) DO NOTHING`,
			r.ID, text(r.By), micros(r.At), r.Run, micros(r.AsOf), text(r.Policy))
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "another dry run is under way: wait until it is done, then ask again")
		}
		if err != nil {
			return err
		}
		if _, err := t.exec(`DELETE FROM rehearsals WHERE waits IS NULL AND id NOT IN (SELECT id FROM rehearsals ORDER BY asked_at DESC, id DESC LIMIT ?)`, rehearsalsKept); err != nil {
			return err
		}
		_, err = insertJob(t, job)
		return err
	})
}

// EndRehearsal keeps what came of a rehearsal: a comparison, or why there is
// none. What has ended stays as it is.
//
// queue: by its job.
func (s *Store) EndRehearsal(ctx context.Context, id int64, now time.Time, result *nightly.Comparison, problem string) error {
	body := []byte{}
	if result != nil {
		var err error
		if body, err = json.Marshal(result); err != nil {
			return fmt.Errorf("encode a comparison: %w", err)
		}
	}
	return s.write(ctx, small, "end a dry run", func(t *tx) error {
		_, err := t.exec(`UPDATE rehearsals SET waits = NULL, ended_at = ?, problem = ?, body = ? WHERE id = ? AND ended_at = 0`,
			micros(now), text(problem), string(body), id)
		return err
	})
}

type rehearsalRow struct {
	ID      int64
	By      string `db:"asked_by"`
	At      int64  `db:"asked_at"`
	Run     string
	AsOf    int64 `db:"as_of"`
	Policy  string
	Ended   int64 `db:"ended_at"`
	Problem string
	Body    string
}

func (r *rehearsalRow) rehearsal() (nightly.Rehearsal, error) {
	out := nightly.Rehearsal{
		ID: r.ID, By: r.By, At: instant(r.At), Run: r.Run, AsOf: instant(r.AsOf), Policy: r.Policy, Ended: instantOrZero(r.Ended), Problem: r.Problem,
	}
	if r.Body == "" {
		return out, nil
	}
	out.Result = &nightly.Comparison{}
	if err := json.Unmarshal([]byte(r.Body), out.Result); err != nil {
		return out, fmt.Errorf("read the comparison of dry run %d: %w", r.ID, err)
	}
	return out, nil
}

// Rehearsal returns one; NotFound when there is none.
func (s *Store) Rehearsal(ctx context.Context, id int64) (nightly.Rehearsal, error) {
	list, err := s.rehearsals(ctx, `SELECT id, asked_by, asked_at, run, as_of, policy, ended_at, problem, body FROM rehearsals WHERE id = ?`, id)
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "there is no such dry run")
	}
	if err != nil {
		return nightly.Rehearsal{}, err
	}
	return list[0], nil
}

// Rehearsals returns the newest, without the policies and what came of them.
func (s *Store) Rehearsals(ctx context.Context, limit int) ([]nightly.Rehearsal, error) {
	return s.rehearsals(ctx, `SELECT id, asked_by, asked_at, run, as_of, '' AS policy, ended_at, problem, '' AS body
		FROM rehearsals ORDER BY asked_at DESC, id DESC LIMIT ?`, limit)
}

func (s *Store) rehearsals(ctx context.Context, query string, args ...any) (list []nightly.Rehearsal, err error) {
	err = s.read(ctx, "read the dry runs", func(t *tx) error {
		var rows []rehearsalRow
		if err := t.list(&rows, query, args...); err != nil {
			return err
		}
		list = make([]nightly.Rehearsal, len(rows))
		for i := range rows {
			var err error
			if list[i], err = rows[i].rehearsal(); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}
