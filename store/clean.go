package store

import (
	"context"
	"time"

	"holdfast/interventions"
	"holdfast/nightly"
)

var _ nightly.WorkStore = (*Store)(nil)

// Clean lets go of what retention no longer keeps, in pieces: what a crash or
// a dry run left unpublished, rows of lists that are not shown any more, old
// nights' scores and decisions, rejections, finished jobs, rosters of days long
// past, and events that the nights still kept do not read.
//
// queue: by the night's last stage.
func (s *Store) Clean(ctx context.Context, now time.Time, keep nightly.Retention) (nightly.Counts, error) {
	counts := nightly.Counts{}
	for _, step := range []struct {
		word string
		do   func(context.Context, time.Time, nightly.Retention) (int64, error)
	}{
		{"drafts removed", s.cleanDrafts},
		{"imports removed", s.cleanImports},
		{"rows removed", s.cleanListed},
		{"segments removed", s.cleanNights},
		{"rejections removed", s.cleanRejections},
		{"jobs removed", s.cleanJobs},
		{"roster days removed", s.cleanRosters},
		{"history removed", s.cleanHistory},
	} {
		n, err := step.do(ctx, now, keep)
		if err != nil {
			return nil, err
		}
		counts[step.word] = n
	}
	return counts, nil
}

// cleanDrafts deletes lists that were begun long ago and never released, of
// runs that are not under way. The run stays, for the operator to read.
func (s *Store) cleanDrafts(ctx context.Context, now time.Time, keep nightly.Retention) (int64, error) {
	before := micros(now.Add(-time.Duration(keep.DraftHours) * time.Hour))
	var pubs []int64
	err := s.read(ctx, "list abandoned drafts", func(t *tx) error {
		pubs = pubs[:0]
		return t.list(&pubs, `SELECT r.publication FROM runs r JOIN publications p ON p.id = r.publication
			WHERE p.step = 0 AND p.created_at < ? AND r.state IN ('completed', 'failed') ORDER BY r.publication`, before)
	})
	if err != nil {
		return 0, err
	}
	for _, pub := range pubs {
		if err := s.removeDraft(ctx, interventions.PublicationID(pub)); err != nil {
			return 0, err
		}
	}
	return int64(len(pubs)), nil
}

// removeDraft deletes all that was written under a draft, the list last, so
// that a crash in between leaves it to the next night.
func (s *Store) removeDraft(ctx context.Context, pub interventions.PublicationID) error {
	if err := s.write(ctx, small, "look at the list", func(t *tx) error { return draftList(t, pub) }); err != nil {
		return err
	}
	if _, err := s.removeRows(ctx, int64(pub)); err != nil {
		return err
	}
	for _, d := range []deletion{
		{"task_cards", "task", "task IN (SELECT id FROM tasks WHERE publication = ?)", workPerChunk},
		{"tasks", "id", "publication = ?", workPerChunk},
		{"messages", "id", "publication = ?", workPerChunk},
		{"sealed_exposures", "publication, customer, treatment", "publication = ?", chunkRows},
		{"sealed_arms", "household, layer, publication", "publication = ?", chunkRows},
		{"list_totals", "publication, partition, band, segment", "publication = ?", chunkRows},
		{"list_facets", "publication, partition, facet, value", "publication = ?", chunkRows},
		{"night_segments", "publication, kind, partition", "publication = ? AND kind <> 'scores'", 1},
		{"sealed_segments", "publication, kind, partition", "publication = ?", 1},
		{"publications", "id", "id = ? AND step = 0", 1},
	} {
		if _, err := s.deleteInPieces(ctx, d, int64(pub)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) cleanImports(ctx context.Context, now time.Time, keep nightly.Retention) (int64, error) {
	n, err := s.SweepAbandoned(ctx, now.Add(-time.Duration(keep.DraftHours)*time.Hour))
	return int64(n), err
}

// removeRows deletes the orders of a list and its rows, and returns how many
// rows that were.
func (s *Store) removeRows(ctx context.Context, pub int64) (int64, error) {
	if _, err := s.deleteAlong(ctx, "list_order", orderKey, pub); err != nil {
		return 0, err
	}
	return s.deleteAlong(ctx, "listed", "partition, customer", pub)
}

// cleanListed deletes the rows of released lists that are neither shown nor
// the one shown before, which a fallback needs.
func (s *Store) cleanListed(ctx context.Context, _ time.Time, _ nightly.Retention) (n int64, err error) {
	var pubs []int64
	err = s.read(ctx, "list the lists that are not shown", func(t *tx) error {
		pubs = pubs[:0]
		return t.list(&pubs, `SELECT DISTINCT k.publication FROM list_totals k JOIN publications p ON p.id = k.publication AND p.step >= ?
			WHERE NOT EXISTS (SELECT 1 FROM current_list c WHERE c.publication = k.publication OR c.previous = k.publication)`, stepReleased)
	})
	if err != nil {
		return 0, err
	}
	for _, pub := range pubs {
		m, err := s.removeRows(ctx, pub)
		n += m
		if err != nil {
			return n, err
		}
		for _, d := range []deletion{
			{"list_totals", "publication, partition, band, segment", "publication = ?", chunkRows},
			{"list_facets", "publication, partition, facet, value", "publication = ?", chunkRows},
		} {
			m, err := s.deleteInPieces(ctx, d, pub)
			if err != nil {
				return n, err
			}
			n += m
		}
	}
	return n, nil
}

// cleanNights deletes nights' segments: those that only deciding needs once
// their list is out, the others after their days. What the newest completed
// night said stays, because the next one needs it.
func (s *Store) cleanNights(ctx context.Context, now time.Time, keep nightly.Retention) (n int64, err error) {
	before := micros(now.AddDate(0, 0, -keep.ScoreDays))
	const old = `publication IN (SELECT publication FROM runs WHERE as_of < ? AND as_of < (SELECT COALESCE(MAX(as_of), 0) FROM runs
		WHERE state = 'completed' AND dry_run = 0))`
	const out = `kind <> 'scores' AND kind <> 'decisions' AND publication IN (SELECT id FROM publications WHERE step = 9)`
	for _, d := range []struct {
		deletion
		args []any
	}{
		{deletion{"night_segments", "publication, kind, partition", old, 1}, []any{before}},
		{deletion{"sealed_segments", "publication, kind, partition", old, 1}, []any{before}},
		{deletion{"night_segments", "publication, kind, partition", out, 1}, nil},
		{deletion{"sealed_segments", "publication, kind, partition", out, 1}, nil},
	} {
		m, err := s.deleteInPieces(ctx, d.deletion, d.args...)
		if err != nil {
			return n, err
		}
		n += m
	}
	return n, nil
}

func (s *Store) cleanRejections(ctx context.Context, now time.Time, keep nightly.Retention) (int64, error) {
	return s.deleteInPieces(ctx, deletion{
		"rejections", "import_id, seq", "import_id IN (SELECT id FROM imports WHERE started < ?)", chunkRows,
	}, micros(now.AddDate(0, 0, -keep.RejectionDays)))
}

func (s *Store) cleanJobs(ctx context.Context, now time.Time, keep nightly.Retention) (int64, error) {
	return s.deleteInPieces(ctx, deletion{"jobs", "id", "state = 'done' AND done_at > 0 AND done_at < ?", chunkRows},
		micros(now.AddDate(0, 0, -keep.JobDays)))
}

// cleanRosters deletes what was said of days that are long past.
func (s *Store) cleanRosters(ctx context.Context, now time.Time, keep nightly.Retention) (int64, error) {
	return s.deleteInPieces(ctx, deletion{"roster_days", "agent, day, import_id", "day < ?", chunkRows},
		now.AddDate(0, 0, -keep.RosterDays).Format(time.DateOnly))
}

// cleanHistory lets go of events that no night reads any more whose scores are
// still kept, so that those can be replayed.
func (s *Store) cleanHistory(ctx context.Context, now time.Time, keep nightly.Retention) (int64, error) {
	var pins []int64
	err := s.read(ctx, "list the versions that nights read", func(t *tx) error {
		pins = pins[:0]
		return t.list(&pins, `SELECT DISTINCT version FROM runs WHERE pinned = 1 AND version > 0 AND (as_of >= ? OR state IN ('running', 'held'))`,
			micros(now.AddDate(0, 0, -keep.ScoreDays)))
	})
	if err != nil {
		return 0, err
	}
	r, err := s.RetireHistory(ctx, pins)
	return r.Segments + r.Events + r.Facts, err
}
