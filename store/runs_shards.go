package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"holdfast/internal/fault"
	"holdfast/nightly"
	"holdfast/queue"
)

func lease(t nightly.Ticket) queue.Lease { return queue.Lease{JobID: t.Job, Fence: t.Fence} }

// FinishShard ends the job under its fence and records its shard, in one
// transaction; the last shard of a stage starts the next one, or completes the
// night. A shard that is recorded already, or was made before its stage was
// run anew, changes nothing but ends the job.
func (s *Store) FinishShard(
	ctx context.Context, ticket nightly.Ticket, w nightly.Work, now time.Time, d nightly.Done, next []nightly.Work,
) error {
	what := fmt.Sprintf("finish %s, shard %d of run %s", w.Stage, w.Shard, w.Run)
	return s.writeUnfenced(ctx, small, what, func(t *tx) error {
		if err := finishJob(t, lease(ticket), now); err != nil {
			return err
		}
		last, err := recordShard(t, w, now, d)
		if err != nil || !last {
			return err
		}
		if len(next) == 0 {
			return completeRun(t, w.Run, now)
		}
		// All shards being done, whatever failed has been made good.
		n, err := t.exec(`UPDATE runs SET state = 'running', reason = '', finished = 0 WHERE id = ? AND state IN ('running', 'failed')`, w.Run)
		if err != nil || n == 0 { // a held run waits for its person, who resumes at the next stage
			return err
		}
		return startStage(t, w.Run, next, now)
	})
}

// recordShard notes a shard as done and says whether it was its stage's last.
func recordShard(t *tx, w nightly.Work, now time.Time, d nightly.Done) (last bool, err error) {
	var st struct {
		LeastTry int `db:"least_try"`
		Counts   string
	}
	// The stage's row is taken first: shards of one stage finish one by one.
	err = t.get(&st, `UPDATE run_stages SET note = note WHERE run = ? AND stage = ? RETURNING least_try, counts`, w.Run, string(w.Stage))
	err = found(err, "run %s has no stage %s", w.Run, w.Stage)
	if err != nil || w.Try < st.LeastTry {
		return false, err
	}
	own, err := json.Marshal(d.Counts)
	if err != nil {
		return false, fmt.Errorf("write the counts of a shard: %w", err)
	}
	n, err := t.exec(`INSERT INTO run_shards (run, stage, shard, try, done_at, counts) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (run, stage, shard) DO NOTHING`, w.Run, string(w.Stage), w.Shard, w.Try, micros(now), string(own))
	if err != nil || n == 0 {
		return false, err
	}
	sum := nightly.Counts{}
	if err := json.Unmarshal([]byte(st.Counts), &sum); err != nil {
		return false, fmt.Errorf("read the counts of stage %s: %w", w.Stage, err)
	}
	sum.Add(d.Counts)
	all, err := json.Marshal(sum)
	if err != nil {
		return false, fmt.Errorf("write the counts of stage %s: %w", w.Stage, err)
	}
	var remaining int
	m := d.Memory
	err = t.get(&remaining, `UPDATE run_stages SET remaining = remaining - 1, counts = ?,
			finished = CASE WHEN remaining = 1 THEN ? ELSE finished END,
			peak = CASE WHEN peak < ? THEN ? ELSE peak END, live = CASE WHEN live < ? THEN ? ELSE live END
		WHERE run = ? AND stage = ? RETURNING remaining`, string(all), micros(now), m.Peak, m.Peak, m.Live, m.Live, w.Run, string(w.Stage))
	return remaining == 0, err
}

func completeRun(t *tx, id string, now time.Time) error {
	n, err := t.exec(`UPDATE runs SET state = 'completed', reason = '', finished = ? WHERE id = ? AND state IN ('running', 'failed')`,
		micros(now), id)
	if err != nil || n == 0 {
		return err
	}
	run, err := findRun(t, id)
	if err != nil || run.DryRun {
		return err
	}
	return completeNight(t, run.AsOf)
}

// HoldRun stops the run at this stage for a person, and ends the job. The
// shard stays to be done.
func (s *Store) HoldRun(ctx context.Context, ticket nightly.Ticket, w nightly.Work, now time.Time, reason string) error {
	return s.writeUnfenced(ctx, small, "hold run "+w.Run, func(t *tx) error {
		if err := finishJob(t, lease(ticket), now); err != nil {
			return err
		}
		var leastTry int
		err := t.get(&leastTry, `UPDATE run_stages SET note = note WHERE run = ? AND stage = ? RETURNING least_try`, w.Run, string(w.Stage))
		err = found(err, "run %s has no stage %s", w.Run, w.Stage)
		if err != nil || w.Try < leastTry {
			return err
		}
		n, err := t.exec(`UPDATE runs SET state = 'held', reason = ? WHERE id = ? AND state = 'running'`, text(reason), w.Run)
		if err != nil || n == 0 {
			return err
		}
		_, err = t.exec(`UPDATE run_stages SET note = ? WHERE run = ? AND stage = ?`, text(reason), w.Run, string(w.Stage))
		return err
	})
}

// FailRun says that a shard gave up, and why. The first reason stays.
func (s *Store) FailRun(ctx context.Context, run string, now time.Time, reason string) error {
	return s.writeUnfenced(ctx, small, "fail run "+run, func(t *tx) error {
		where, _, _ := strings.Cut(reason, ": ") // the same shard, tried again by a person, has a newer reason
		n, err := t.exec(`UPDATE runs SET state = 'failed', reason = ?, finished = ?
			WHERE id = ? AND (state IN ('running', 'held') OR state = 'failed' AND substr(reason, 1, ?) = ?)`,
			text(reason), micros(now), run, utf8.RuneCountInString(where), where)
		if err != nil || n == 1 {
			return err
		}
		_, err = findRun(t, run)
		return err
	})
}

// ResumeRun sets a held or failed run running and makes jobs for the shards of
// its first unfinished stage; from, when not empty, does that stage and those
// after it anew, which what the list's release has made public forbids.
func (s *Store) ResumeRun(ctx context.Context, id string, from nightly.Stage, now time.Time) (run nightly.Run, err error) {
	err = s.writeUnfenced(ctx, small, "resume run "+id, func(t *tx) error {
		if run, err = findRun(t, id); err != nil {
			return err
		}
		if err := mayResume(run, from); err != nil {
			return err
		}
		// Taken as it was read: two people who resume at once start it once.
		if err := t.one("run "+id, `UPDATE runs SET state = 'running', reason = '', finished = 0 WHERE id = ? AND state = ?`,
			id, string(run.State)); err != nil {
			return err
		}
		if from != "" {
			if err := restart(t, run, from); err != nil {
				return err
			}
		}
		if err := resumeStage(t, id, now); err != nil {
			return err
		}
		run, err = findRun(t, id)
		return err
	})
	if err != nil {
		return nightly.Run{}, err
	}
	return run, nil
}

func mayResume(run nightly.Run, from nightly.Stage) error {
	switch {
	case run.State == nightly.Running:
		return fault.New(fault.Conflict, "run %s is running already", run.ID)
	case run.State == nightly.Completed && from == "":
		return fault.New(fault.Conflict, "run %s is completed: name the stage to run it again from", run.ID)
	}
	return nil
}

// restart forgets what the stages from one on have done. Their jobs get a new
// try, so that a job of the old one that is still about counts for nothing.
func restart(t *tx, run nightly.Run, from nightly.Stage) error {
	stages, err := stagesOf(t, run.ID)
	if err != nil {
		return err
	}
	released, err := releaseBegun(t, run.ID)
	if err != nil {
		return err
	}
	if err := nightly.MayRerun(from, stages, released); err != nil {
		return err
	}
	seq := slices.IndexFunc(stages, func(s nightly.StageRun) bool { return s.Stage == from })
	if _, err := t.exec(`UPDATE run_stages SET remaining = 0, note = 'passed over by hand' WHERE run = ? AND seq < ? AND remaining > 0`, run.ID, seq); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE publications SET state = 'draft', reason = '' WHERE run = ? AND state = 'held' AND step = 0`, run.ID); err != nil {
		return err
	}
	if _, err := t.exec(`DELETE FROM run_shards WHERE run = ? AND stage IN (SELECT stage FROM run_stages WHERE run = ? AND seq >= ?)`,
		run.ID, run.ID, seq); err != nil {
		return err
	}
	if _, err := t.exec(`UPDATE run_stages SET remaining = shards, try = try + 1, least_try = try + 1, started = 0, finished = 0, peak = 0, live = 0, counts = '{}', note = ''
		WHERE run = ? AND seq >= ?`, run.ID, seq); err != nil {
		return err
	}
	// What was pinned when training ended is pinned anew.
	_, err = t.exec(`UPDATE runs SET pinned = 0, version = 0, model = '' WHERE id = ?
		AND EXISTS (SELECT 1 FROM run_stages WHERE run = ? AND stage = ? AND seq >= ?)`, run.ID, run.ID, string(nightly.StageTrain), seq)
	return err
}

// releaseBegun says whether anything of a run's list may have been seen.
func releaseBegun(t *tx, run string) (bool, error) {
	var n int
	err := t.get(&n, `SELECT COUNT(*) FROM publications WHERE run = ? AND step > 0`, run)
	return n > 0, err
}

// resumeStage makes jobs for the shards that the first unfinished stage still
// has to do, or completes the run when there is none.
func resumeStage(t *tx, run string, now time.Time) error {
	var stages []struct {
		Stage  string
		Shards int
	}
	err := t.list(&stages, `SELECT stage, shards FROM run_stages WHERE run = ? AND remaining > 0 ORDER BY seq LIMIT 1`, run)
	if err != nil {
		return err
	}
	// Jobs of the tries before that nobody has begun are not needed any more.
	if _, err := t.exec(`UPDATE jobs SET state = 'done', done_at = ?, last_error = 'replaced when the night was resumed'
		WHERE run = ? AND kind LIKE 'night.%' AND state IN ('ready', 'dispatched', 'dead', 'unknown')`, micros(now), run); err != nil {
		return err
	}
	if len(stages) == 0 {
		return completeRun(t, run, now)
	}
	st := stages[0]
	var done []int
	if err := t.list(&done, `SELECT shard FROM run_shards WHERE run = ? AND stage = ?`, run, st.Stage); err != nil {
		return err
	}
	isDone := make(map[int]bool, len(done))
	for _, shard := range done {
		isDone[shard] = true
	}
	var work []nightly.Work
	for shard := range st.Shards {
		if !isDone[shard] {
			work = append(work, nightly.Work{Run: run, Stage: nightly.Stage(st.Stage), Shard: shard})
		}
	}
	if _, err := t.exec(`UPDATE run_stages SET try = try + 1, started = 0, note = '' WHERE run = ? AND stage = ?`, run, st.Stage); err != nil {
		return err
	}
	return startStage(t, run, work, now)
}
