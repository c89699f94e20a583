package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/nightly"
	"holdfast/scoring"
)

// The kinds of segments that a night makes, and the tables they are in.
const (
	segScores     = "scores"
	segProposals  = "proposals"
	segCandidates = "candidates"
	segChoices    = "choices"
	segDecisions  = "decisions"

	openSegments   = "night_segments"
	sealedSegments = "sealed_segments" // tell arms
)

// scoreLine is a score as it is kept; as-of and model stand once, in the run.
type scoreLine struct {
	Customer  history.CustomerID  `json:"c"`
	Household history.HouseholdID `json:"h"`
	Excluded  string              `json:"x,omitempty"`
	Risk      float64             `json:"r,omitempty"`
	Low       float64             `json:"l,omitempty"` // of the range on the risk
	High      float64             `json:"u,omitempty"`
	Band      scoring.Band        `json:"b,omitempty"`
	Episode   int64               `json:"e,omitempty"`
	Since     int64               `json:"s,omitempty"` // the episode's start, microseconds
	Value     int64               `json:"v,omitempty"`
	ValueLow  int64               `json:"vl,omitempty"`
	ValueHigh int64               `json:"vh,omitempty"`
	ValueBy   string              `json:"vb,omitempty"`
	Tenure    int                 `json:"t,omitempty"`
	Reasons   []scoring.Reason    `json:"w,omitempty"`
	AsOf      int64               `json:"a"` // microseconds
	Model     string              `json:"m,omitempty"`
}

func lineOf(s *scoring.Score) scoreLine {
	return scoreLine{
		Customer: s.Customer, Household: s.Household, Excluded: s.Excluded, Risk: s.Risk, Low: s.RiskLow, High: s.RiskHigh, Band: s.Band,
		Episode: s.Episode, Since: microsOrZero(s.EpisodeStart), Value: s.ValueMinor, ValueLow: s.ValueLow, ValueHigh: s.ValueHigh, ValueBy: s.ValueBy, Tenure: s.TenureDays,
		Reasons: s.Reasons, AsOf: micros(s.AsOf), Model: s.Model,
	}
}

func (l *scoreLine) score() scoring.Score {
	return scoring.Score{
		Customer: l.Customer, Household: l.Household, AsOf: instant(l.AsOf), Excluded: l.Excluded, Risk: l.Risk, RiskLow: l.Low, RiskHigh: l.High, Band: l.Band,
		Episode: l.Episode, EpisodeStart: instantOrZero(l.Since), ValueMinor: l.Value, ValueLow: l.ValueLow, ValueHigh: l.ValueHigh, ValueBy: l.ValueBy, TenureDays: l.Tenure,
		Reasons: l.Reasons, Model: l.Model,
	}
}

// previousLine is what the next night reads of a scoreLine.
type previousLine struct {
	Customer history.CustomerID `json:"c"`
	Excluded string             `json:"x"`
	Risk     float64            `json:"r"`
	Band     scoring.Band       `json:"b"`
	Episode  int64              `json:"e"`
	Since    int64              `json:"s"`
}

func scoreKey(l *scoreLine) int64 { return int64(l.Customer) }

// Earliest returns when the first fact with a date occurred; zero without any.
func (s *Store) Earliest(ctx context.Context) (time.Time, error) {
	var first int64
	err := s.read(ctx, "find the beginning of the history", func(t *tx) error {
		version, err := manifestVersion(t)
		if err != nil {
			return err
		}
		return t.get(&first, `SELECT COALESCE(MIN(at), 0) FROM (
			SELECT MIN(g.min_at) AS at FROM segments g JOIN imports i ON i.id = g.import_id WHERE `+visible+`
			UNION ALL SELECT MIN(occurred) FROM events_single WHERE import_id = 0 OR import_id IN (SELECT id FROM imports WHERE `+visible+`)
			UNION ALL SELECT MIN(occurred) FROM facts WHERE occurred <> 0 AND (import_id = 0 OR import_id IN (SELECT id FROM imports WHERE `+visible+`))) AS firsts`,
			version, version, version, version, version, version)
	})
	return instantOrZero(first), err
}

// SaveScores keeps one shard's scores under the run's unpublished list; saving
// again replaces them.
func (s *Store) SaveScores(ctx context.Context, run string, partition int, scores []scoring.Score) error {
	rows := make([]scoreLine, len(scores))
	population := 0
	for i := range scores {
		rows[i] = lineOf(&scores[i])
		if scores[i].Excluded == "" {
			population++
		}
	}
	slices.SortFunc(rows, func(a, b scoreLine) int { return compare(a.Customer, b.Customer) })
	packed, err := packLines(rows, scoreKey)
	if err != nil {
		return fmt.Errorf("pack the scores of partition %d: %w", partition, err)
	}
	return s.write(ctx, bulk, fmt.Sprintf("save the scores of partition %d", partition), func(t *tx) error {
		pub, err := draftOfRun(t, run)
		if err != nil {
			return err
		}
		return saveLines(t, openSegments, pub, segScores, partition, population, packed)
	})
}

func compare[T ~int64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// draftOfRun returns the id of a run's list, and refuses one that is released:
// what people have seen is not changed.
func draftOfRun(t *tx, run string) (pub int64, err error) {
	var r struct {
		Publication int64
		State       string
	}
	err = t.get(&r, `SELECT r.publication, COALESCE(p.state, 'draft') AS state FROM runs r
		LEFT JOIN publications p ON p.id = r.publication WHERE r.id = ?`, run)
	err = found(err, "there is no run %s", run)
	if err == nil && r.State != "draft" && r.State != "held" {
		return 0, fault.New(fault.Conflict, "the list of run %s is %s: it cannot be made again", run, r.State)
	}
	return r.Publication, err
}

// saveLines writes a segment in the caller's transaction, in place of the one
// that was there.
func saveLines(t *tx, table string, pub int64, kind string, partition, population int, l lines) error {
	_, err := t.exec(`INSERT INTO `+table+` (publication, kind, partition, row_count, population, checksum, head, payload)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (publication, kind, partition) DO UPDATE SET
		row_count = excluded.row_count, population = excluded.population, checksum = excluded.checksum,
		head = excluded.head, payload = excluded.payload`,
		pub, kind, partition, l.Rows, population, l.Checksum, l.Head, notNil(l.Payload))
	return err
}

// notNil keeps an empty payload from being NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// loadLines reads a whole segment; found says whether it is there.
func loadLines[T any](t *tx, table string, pub int64, kind string, partition int) (rows []T, found bool, err error) {
	var r struct {
		Rows           int `db:"row_count"`
		Checksum, Head string
		Payload        []byte
	}
	err = t.get(&r, `SELECT row_count, checksum, head, payload FROM `+table+`
		WHERE publication = ? AND kind = ? AND partition = ?`, pub, kind, partition)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	rows, err = unpackLines[T](lines{Rows: r.Rows, Head: r.Head, Checksum: r.Checksum, Payload: notNil(r.Payload)})
	if err != nil {
		return nil, false, fmt.Errorf("the %s of partition %d: %w", kind, partition, err)
	}
	return rows, true, nil
}

// findLine reads one row of a segment: its head and the one block it is in.
func findLine[T any](t *tx, table string, pub int64, kind string, partition int, key int64, keyOf func(*T) int64) (row T, found bool, err error) {
	var l lines
	err = t.get(&l.Head, `SELECT head FROM `+table+` WHERE publication = ? AND kind = ? AND partition = ?`, pub, kind, partition)
	if errors.Is(err, sql.ErrNoRows) {
		return row, false, nil
	}
	if err != nil {
		return row, false, err
	}
	b, found, err := l.blockOf(key)
	if err != nil || !found {
		return row, false, err
	}
	var data []byte
	if err := t.get(&data, `SELECT substr(payload, ?, ?) FROM `+table+` WHERE publication = ? AND kind = ? AND partition = ?`,
		b.At+1, b.Bytes, pub, kind, partition); err != nil {
		return row, false, err
	}
	rows, err := appendBlock([]T(nil), data, b.Rows)
	if err != nil {
		return row, false, fmt.Errorf("the %s of partition %d: %w", kind, partition, err)
	}
	for i := range rows {
		if keyOf(&rows[i]) == key {
			return rows[i], true, nil
		}
	}
	return row, false, nil
}

// LoadScores returns one shard's scores, sorted by customer.
func (s *Store) LoadScores(ctx context.Context, run string, partition int) (scores []scoring.Score, err error) {
	var rows []scoreLine
	err = s.read(ctx, fmt.Sprintf("read the scores of partition %d", partition), func(t *tx) error {
		var pub int64
		err := t.get(&pub, `SELECT publication FROM runs WHERE id = ?`, run)
		err = found(err, "there is no run %s", run)
		if err != nil {
			return err
		}
		var found bool
		rows, found, err = loadLines[scoreLine](t, openSegments, pub, segScores, partition)
		if err == nil && !found {
			return fault.New(fault.NotFound, "run %s has no scores of partition %d: they were not made, or retention let them go", run, partition)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	scores = make([]scoring.Score, len(rows))
	for i := range rows {
		scores[i] = rows[i].score()
	}
	return scores, nil
}

// PreviousScores returns what the newest night before asOf that completed, or
// released its list, said of a partition: a list that people worked from
// counts even where a later stage of its night failed.
func (s *Store) PreviousScores(
	ctx context.Context, partition int, asOf time.Time,
) (map[history.CustomerID]scoring.Previous, error) {
	var rows []previousLine
	err := s.read(ctx, fmt.Sprintf("read the scores before %s of partition %d", asOf.Format(time.DateOnly), partition), func(t *tx) error {
		pub, err := previousList(t, asOf)
		if err != nil || pub == 0 {
			return err
		}
		rows, _, err = loadLines[previousLine](t, openSegments, pub, segScores, partition)
		return err
	})
	if err != nil {
		return nil, err
	}
	prev := make(map[history.CustomerID]scoring.Previous, len(rows))
	for i := range rows {
		if r := &rows[i]; r.Excluded == "" {
			prev[r.Customer] = scoring.Previous{Band: r.Band, Episode: r.Episode, EpisodeStart: instantOrZero(r.Since), Risk: r.Risk}
		}
	}
	return prev, nil
}

// previousList returns the list of the newest night before asOf that completed
// or released; 0 without one.
func previousList(t *tx, asOf time.Time) (int64, error) {
	var pubs []int64
	err := t.list(&pubs, `SELECT r.publication FROM runs r LEFT JOIN publications p ON p.id = r.publication
		WHERE r.dry_run = 0 AND r.as_of < ? AND (r.state = ? OR p.state IN ('released', 'withdrawn'))
		ORDER BY r.as_of DESC LIMIT 1`, micros(asOf), string(nightly.Completed))
	if err != nil || len(pubs) == 0 {
		return 0, err
	}
	return pubs[0], nil
}

// ScoreOf returns the score that a run gave one customer: NotFound when it gave
// none, or retention let it go.
func (s *Store) ScoreOf(ctx context.Context, run string, c history.Customer) (score scoring.Score, err error) {
	err = s.read(ctx, fmt.Sprintf("read the score of customer %d", c.ID), func(t *tx) error {
		var pub int64
		err := t.get(&pub, `SELECT publication FROM runs WHERE id = ?`, run)
		if err = found(err, "there is no run %s", run); err != nil {
			return err
		}
		line, there, err := findLine(t, openSegments, pub, segScores, c.Partition, int64(c.ID), scoreKey)
		if err == nil && !there {
			return fault.New(fault.NotFound, "run %s has no score of customer %d", run, c.ID)
		}
		score = line.score()
		return err
	})
	return score, err
}
