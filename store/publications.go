package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/nightly"
)

// How far the release of a list has come. Each step may be repeated.
const (
	stepDraft    = 0
	stepClaiming = 1 // nothing is written under it any more; its work takes its keys
	stepReleased = 2 // people see it
	stepRecalled = 3 // what nobody began of the lists before is taken back
	stepDone     = 9 // its delivery jobs are made
)

type listRow struct {
	ID         int64
	Run        string
	AsOf       int64 `db:"as_of"`
	State      string
	CreatedAt  int64 `db:"created_at"`
	ReleasedAt int64 `db:"released_at"`
	Reason     string
	Policy     string
	Tally      string
	Prices     string
	Step       int
}

const listColumns = `id, run, as_of, state, created_at, released_at, reason, policy, tally, prices, step`

func (r listRow) list() (interventions.Publication, error) {
	p := interventions.Publication{
		ID: interventions.PublicationID(r.ID), AsOf: instant(r.AsOf), State: interventions.PublicationState(r.State),
		CreatedAt: instantOrZero(r.CreatedAt), ReleasedAt: instantOrZero(r.ReleasedAt), Reason: r.Reason, Policy: r.Policy,
	}
	for _, j := range []struct {
		text string
		into any
	}{{r.Tally, &p.Tally}, {r.Prices, &p.Prices}} {
		if j.text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(j.text), j.into); err != nil {
			return p, fmt.Errorf("read list %d: %w", r.ID, err)
		}
	}
	return p, nil
}

// Draft makes the draft list of a run, or returns the one it has. Its id was
// drawn when the run began.
func (s *Store) Draft(ctx context.Context, run string, pub interventions.Publication) (got interventions.Publication, err error) {
	err = s.write(ctx, small, "make the draft list of run "+run, func(t *tx) error {
		var ids []int64
		if err := t.list(&ids, `SELECT publication FROM runs WHERE id = ?`, run); err != nil {
			return err
		}
		if len(ids) == 0 {
			return fault.New(fault.NotFound, "there is no run %s", run)
		}
		if _, err := t.exec(`INSERT INTO publications (`+listColumns+`, allocation) VALUES (?, ?, ?, 'draft', ?, 0, '', ?, '', '', ?, '')
			ON CONFLICT (id) DO NOTHING`, ids[0], run, micros(pub.AsOf), microsOrZero(pub.CreatedAt), pub.Policy, stepDraft); err != nil {
			return err
		}
		got, err = findList(t, `id = ?`, ids[0])
		return err
	})
	return got, err
}

func findListRow(t *tx, where string, args ...any) (listRow, error) {
	var r listRow
	err := t.get(&r, `SELECT `+listColumns+` FROM publications WHERE `+where, args...)
	err = found(err, "there is no such list: see holdfast list show")
	return r, err
}

func findList(t *tx, where string, args ...any) (interventions.Publication, error) {
	r, err := findListRow(t, where, args...)
	if err != nil {
		return interventions.Publication{}, err
	}
	return r.list()
}

// SaveTally keeps the night's totals with the list. They are sealed: readers
// get Tally.Public.
func (s *Store) SaveTally(ctx context.Context, pub interventions.PublicationID, tally interventions.Tally) error {
	body, err := json.Marshal(tally)
	if err != nil {
		return fmt.Errorf("write the totals of list %d: %w", pub, err)
	}
	return s.write(ctx, small, "save the totals of a list", func(t *tx) error {
		n, err := t.exec(`UPDATE publications SET tally = ? WHERE id = ?`, string(body), int64(pub))
		if err == nil && n == 0 {
			return fault.New(fault.NotFound, "there is no list %d", pub)
		}
		return err
	})
}

// Publication returns one list with its public totals.
func (s *Store) Publication(ctx context.Context, id interventions.PublicationID) (pub interventions.Publication, err error) {
	err = s.read(ctx, "read a list", func(t *tx) error {
		pub, err = findList(t, `id = ?`, int64(id))
		pub.Tally = pub.Tally.Public()
		return err
	})
	return pub, err
}

// Publications returns the newest lists with their public totals, drafts among
// them.
//
// web: the operator's page. manual: list show.
func (s *Store) Publications(ctx context.Context, limit int) (pubs []interventions.Publication, err error) {
	err = s.read(ctx, "list the lists", func(t *tx) error {
		var rows []listRow
		if err := t.list(&rows, `SELECT `+listColumns+` FROM publications ORDER BY as_of DESC, created_at DESC LIMIT ?`, limit); err != nil {
			return err
		}
		pubs = make([]interventions.Publication, len(rows))
		for i, r := range rows {
			if pubs[i], err = r.list(); err != nil {
				return err
			}
			pubs[i].Tally = pubs[i].Tally.Public()
		}
		return nil
	})
	return pubs, err
}

// Waterfall returns the public totals of the released list of an as-of, of the
// one that is shown when asOf is zero.
func (s *Store) Waterfall(ctx context.Context, asOf time.Time) (pub interventions.Publication, err error) {
	err = s.read(ctx, "read the totals of a list", func(t *tx) error {
		pub, err = releasedList(t, asOf)
		pub.Tally = pub.Tally.Public()
		return err
	})
	return pub, err
}

// releasedList is the list of an as-of that people may see, the one shown when
// asOf is zero.
func releasedList(t *tx, asOf time.Time) (interventions.Publication, error) {
	if !asOf.IsZero() {
		return findList(t, `as_of = ? AND state IN ('released', 'withdrawn') ORDER BY released_at DESC LIMIT 1`, micros(asOf))
	}
	id, err := shownList(t)
	if err != nil {
		return interventions.Publication{}, err
	}
	if id == 0 {
		return interventions.Publication{}, fault.New(fault.NotFound, "no list has been released yet")
	}
	return findList(t, `id = ?`, id)
}

// shownList is the id of the list that the pages show; 0 before the first.
func shownList(t *tx) (int64, error) {
	var ids []int64
	err := t.list(&ids, `SELECT publication FROM current_list WHERE one = 1`)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return ids[0], nil
}

// Volume returns the population and the contacts released by the newest
// night before asOf that completed or released its list; zeros without one.
func (s *Store) Volume(ctx context.Context, asOf time.Time) (population, released int64, err error) {
	err = s.read(ctx, "read the volume of the night before", func(t *tx) error {
		population, released = 0, 0
		pub, err := previousList(t, asOf)
		if err != nil || pub == 0 {
			return err
		}
		if err := t.get(&population, `SELECT COALESCE(SUM(population), 0) FROM night_segments WHERE publication = ? AND kind = ?`,
			pub, segScores); err != nil {
			return err
		}
		list, err := findList(t, `id = ?`, pub)
		if fault.Of(err) == fault.NotFound {
			return nil
		}
		for _, n := range list.Tally.Released {
			released += int64(n)
		}
		return err
	})
	return population, released, err
}

var _ nightly.PublishStore = (*Store)(nil)
