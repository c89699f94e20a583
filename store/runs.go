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

var _ nightly.Store = (*Store)(nil)

const runColumns = `id, as_of, dry_run, version, model, config, program, state, reason, started, finished`

// runRead adds how long its stages took and when they were begun again.
const runRead = runColumns + `,
	(SELECT COALESCE(SUM(st.finished - st.started), 0) FROM run_stages st WHERE st.run = runs.id AND st.finished > 0) AS worked,
	(SELECT COALESCE(MIN(st.started), 0) FROM run_stages st WHERE st.run = runs.id AND st.least_try > 0 AND st.started > 0) AS again`

type runRow struct {
	ID       string
	AsOf     int64 `db:"as_of"`
	DryRun   int   `db:"dry_run"`
	Version  int64
	Model    string
	Config   string
	Program  string
	State    string
	Reason   string
	Started  int64
	Finished int64
	Worked   int64
	Again    int64
}

func (r runRow) run() nightly.Run {
	return nightly.Run{
		ID: r.ID, AsOf: instant(r.AsOf), Version: r.Version, Model: r.Model, Config: r.Config, Binary: r.Program,
		DryRun: r.DryRun == 1, State: nightly.State(r.State), Reason: r.Reason,
		Started: instantOrZero(r.Started), Finished: instantOrZero(r.Finished),
		Worked: time.Duration(r.Worked) * time.Microsecond, Again: instantOrZero(r.Again),
	}
}

// StartRun records a night with its stages and makes the jobs of the first
// one, unless there is a run of that as-of; a dry run stands in nobody's way.
func (s *Store) StartRun(
	ctx context.Context, run nightly.Run, stages []nightly.StageRun, first []nightly.Work,
) (got nightly.Run, created bool, err error) {
	err = s.write(ctx, small, "start run "+run.ID, func(t *tx) error {
		n, err := t.exec(`INSERT INTO runs (`+runColumns+`, pinned, publication)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?) ON CONFLICT DO NOTHING`,
			run.ID, micros(run.AsOf), boolean(run.DryRun), run.Version, run.Model, run.Config, run.Binary,
			string(run.State), run.Reason, microsOrZero(run.Started), int64(newSegmentID()))
		if err != nil {
			return err
		}
		if created = n == 1; !created {
			got, err = standingRun(t, run)
			return err
		}
		if err := saveStages(t, run, stages); err != nil {
			return err
		}
		if err := startStage(t, run.ID, first, run.Started); err != nil {
			return err
		}
		got, err = findRun(t, run.ID)
		return err
	})
	if err != nil {
		return nightly.Run{}, false, err
	}
	return got, created, nil
}

// standingRun is the run that kept another from being started.
func standingRun(t *tx, run nightly.Run) (nightly.Run, error) {
	var rows []runRow
	err := t.list(&rows, `SELECT `+runRead+` FROM runs WHERE as_of = ? AND (dry_run = 0 OR id = ?) ORDER BY dry_run DESC LIMIT 1`,
		micros(run.AsOf), run.ID)
	if err != nil {
		return nightly.Run{}, err
	}
	if len(rows) == 0 {
		return nightly.Run{}, fault.New(fault.Conflict, "run %s is of another night: give the run of %s another id",
			run.ID, run.AsOf.Format(time.DateOnly))
	}
	return rows[0].run(), nil
}

func saveStages(t *tx, run nightly.Run, stages []nightly.StageRun) error {
	rows := make([][]any, len(stages))
	for i, st := range stages {
		rows[i] = []any{run.ID, i, string(st.Stage), st.Shards, st.Shards, 0, 0, 0, 0, "{}", st.Note}
	}
	return t.insert("run_stages", "run, seq, stage, shards, remaining, try, least_try, started, finished, counts, note", rows, "")
}

// stageJob is the kind of the jobs that do a stage's shards.
func stageJob(stage nightly.Stage) string { return "night." + string(stage) }

// startStage makes the jobs of one stage's shards and notes when it began.
func startStage(t *tx, run string, work []nightly.Work, now time.Time) error {
	if len(work) == 0 {
		return nil
	}
	stage := work[0].Stage
	var try int
	if err := t.get(&try, `UPDATE run_stages SET started = CASE WHEN started = 0 THEN ? ELSE started END
		WHERE run = ? AND stage = ? RETURNING try`, microsOrZero(now), run, string(stage)); err != nil {
		return fmt.Errorf("begin stage %s: %w", stage, err)
	}
	for _, w := range work {
		w.Try = try
		job, err := queue.New(stageJob(stage), fmt.Sprintf("night/%s/%s/%d/%d", run, stage, w.Shard, try), nil, now)
		if err != nil {
			return err
		}
		job.Run, job.Payload = run, w.Payload()
		if _, err := insertJob(t, job); err != nil {
			return err
		}
	}
	return nil
}

// Run returns a run by id.
func (s *Store) Run(ctx context.Context, id string) (run nightly.Run, err error) {
	err = s.read(ctx, "read run", func(t *tx) error {
		run, err = findRun(t, id)
		return err
	})
	return run, err
}

func findRun(t *tx, id string) (nightly.Run, error) {
	var r runRow
	err := t.get(&r, `SELECT `+runRead+` FROM runs WHERE id = ?`, id)
	err = found(err, "there is no run %s: see holdfast nightly status", id)
	return r.run(), err
}

// RunAt returns the run of an as-of, the newest when asOf is zero; where there
// are only dry runs, the last of them.
func (s *Store) RunAt(ctx context.Context, asOf time.Time) (run nightly.Run, err error) {
	err = s.read(ctx, "read run", func(t *tx) error {
		run, err = runAt(t, asOf)
		return err
	})
	return run, err
}

func runAt(t *tx, asOf time.Time) (nightly.Run, error) {
	query, args := `SELECT `+runRead+` FROM runs WHERE dry_run = 0 ORDER BY as_of DESC LIMIT 1`, []any(nil)
	if !asOf.IsZero() {
		query, args = `SELECT `+runRead+` FROM runs WHERE as_of = ? ORDER BY dry_run, started DESC LIMIT 1`, []any{micros(asOf)}
	}
	var rows []runRow
	if err := t.list(&rows, query, args...); err != nil {
		return nightly.Run{}, err
	}
	switch {
	case len(rows) > 0:
		return rows[0].run(), nil
	case asOf.IsZero():
		return nightly.Run{}, fault.New(fault.NotFound, "no night has been run yet: run holdfast nightly run")
	}
	return nightly.Run{}, fault.New(fault.NotFound, "there is no night as of %s", asOf.Format(time.RFC3339))
}

// RunsList returns the newest runs, dry ones among them.
//
// web: the operator's page. manual: nightly status.
func (s *Store) RunsList(ctx context.Context, limit int) (runs []nightly.Run, err error) {
	err = s.read(ctx, "list runs", func(t *tx) error {
		var rows []runRow
		err := t.list(&rows, `SELECT `+runRead+` FROM runs ORDER BY as_of DESC, started DESC LIMIT ?`, limit)
		runs = make([]nightly.Run, len(rows))
		for i, r := range rows {
			runs[i] = r.run()
		}
		return err
	})
	return runs, err
}

// Stages returns the run's stages in order, each with why the run cannot be run
// again from there and, while it runs, what of it failed and is tried again.
func (s *Store) Stages(ctx context.Context, run string) (stages []nightly.StageRun, err error) {
	err = s.read(ctx, "read the stages of run "+run, func(t *tx) error {
		of, err := findRun(t, run)
		if err != nil {
			return err
		}
		if stages, err = stagesOf(t, run); err != nil {
			return err
		}
		if of.State == nightly.Running {
			if err := markFailing(t, run, stages); err != nil {
				return err
			}
		}
		released, err := releaseBegun(t, run)
		for i, st := range stages {
			if refused := nightly.MayRerun(st.Stage, stages, released); refused != nil {
				stages[i].Refused = refused.Error()
			}
		}
		return err
	})
	return stages, err
}

// stagesOf reads the run's stages in order.
func stagesOf(t *tx, run string) ([]nightly.StageRun, error) {
	var rows []struct {
		Stage             string
		Shards, Remaining int
		Started, Finished int64
		Peak, Live        int64
		Counts, Note      string
		Watch             string // of the night, at its training
	}
	err := t.list(&rows, `SELECT stage, shards, remaining, started, finished, peak, live, counts, note,
			CASE WHEN stage = ? THEN (SELECT watch FROM runs WHERE id = run_stages.run) ELSE '' END AS watch
		FROM run_stages WHERE run = ? ORDER BY seq`, string(nightly.StageTrain), run)
	if err != nil {
		return nil, err
	}
	stages := make([]nightly.StageRun, len(rows))
	for i, r := range rows {
		stages[i] = nightly.StageRun{
			Stage: nightly.Stage(r.Stage), Shards: r.Shards, Done: r.Shards - r.Remaining,
			Started: instantOrZero(r.Started), Finished: instantOrZero(r.Finished),
			Counts: nightly.Counts{}, Memory: nightly.Memory{Peak: r.Peak, Live: r.Live}, Note: r.Note,
		}
		if err := json.Unmarshal([]byte(r.Counts), &stages[i].Counts); err != nil {
			return nil, fmt.Errorf("counts of stage %s: %w", r.Stage, err)
		}
		if r.Watch == "" || r.Note != "" {
			continue
		}
		var w nightly.Watch
		if err := json.Unmarshal([]byte(r.Watch), &w); err != nil {
			return nil, fmt.Errorf("what stage %s saw of the champion: %w", r.Stage, err)
		}
		stages[i].Note = w.Kept // why what was trained took no office
	}
	return stages, nil
}

// PinRun sets manifest version and model, once; later calls change nothing.
func (s *Store) PinRun(ctx context.Context, run string, version int64, model string) (got nightly.Run, err error) {
	err = s.write(ctx, small, "pin run "+run, func(t *tx) error {
		if _, err := t.exec(`UPDATE runs SET version = ?, model = ?, pinned = 1 WHERE id = ? AND pinned = 0`,
			version, model, run); err != nil {
			return err
		}
		got, err = findRun(t, run)
		return err
	})
	return got, err
}
