package store

import (
	"cmp"
	"slices"
	"time"
)

// dueQuery reads a lane of promises or call-backs in the order of work
// (interventions.Before). Parameters: now, how many.
func dueQuery(lane string) string {
	return `SELECT t.id FROM tasks t WHERE t.lane = '` + lane + `' AND t.due_at > 0 AND t.free_at <= ? AND ` + released +
		` ORDER BY t.due_at, t.value_per_minute DESC, t.id LIMIT ?`
}

// behindQuery reads what the day has no room for, of all lists, in the order of
// work. Parameters: now, now, what is left out, how many.
const behindQuery = `SELECT t.id, t.value_per_minute FROM tasks t WHERE t.lane = 'behind' AND t.free_at <= ? AND t.expires_at > ? AND ` + released

// The queries of the work of one list. Drafts of a night are in the same
// table: only released lists are read, one after the other.
const (
	// listsWithWork finds the released lists that have work, one after the other
	// in the index, and 0 for what has no list, such as a call that came in.
	listsWithWork = `WITH RECURSIVE lists (list) AS (
			SELECT MIN(publication) FROM tasks WHERE lane = 'work'
			UNION ALL SELECT (SELECT MIN(publication) FROM tasks WHERE lane = 'work' AND publication > list) FROM lists WHERE list IS NOT NULL)
		SELECT list FROM lists WHERE list = 0 OR EXISTS (SELECT 1 FROM publications p WHERE p.id = list AND p.state IN ('released', 'withdrawn'))`
	// countExpiring counts what ends soon, as far as fewExpire. Parameters:
	// the list, now, soon, how far.
	countExpiring = `SELECT COUNT(*) FROM (SELECT 1 FROM tasks WHERE lane = 'work' AND publication = ? AND expires_at > ? AND expires_at <= ? LIMIT ?) AS few`
	// sortExpiring reads what ends soon by when, to be sorted: for few.
	// Parameters: those of countExpiring, now, what is left out, how many.
	sortExpiring = `SELECT id, value_per_minute FROM (SELECT id, value_per_minute, free_at, treatment FROM tasks
		WHERE lane = 'work' AND publication = ? AND expires_at > ? AND expires_at <= ? LIMIT ?) AS few WHERE free_at <= ?`
	// walkWork reads work by its value and passes over what ends at another
	// time. Parameters: the list, now, ends after, ends until, what is left out,
	// how many.
	walkWork = `SELECT id, value_per_minute FROM tasks WHERE lane = 'work' AND publication = ? AND free_at <= ? AND expires_at > ? AND expires_at <= ?`
	// walkFresh is walkWork of what nobody has had yet.
	walkFresh = walkWork + ` AND fence = 0`
	// countTouched counts what somebody has had and is free again, as far as
	// fewTouched. Parameters: the list, now, how far.
	countTouched = `SELECT COUNT(*) FROM (SELECT 1 FROM tasks WHERE lane = 'work' AND fence > 0 AND publication = ? AND free_at <= ? LIMIT ?) AS few`
	// sortTouched reads what somebody has had and is free again, to be sorted:
	// for few. Parameters: the list, now, how far, ends after, what is left out,
	// how many.
	sortTouched = `SELECT id, value_per_minute FROM (SELECT id, value_per_minute, expires_at, treatment FROM tasks
		WHERE lane = 'work' AND fence > 0 AND publication = ? AND free_at <= ? LIMIT ?) AS few WHERE expires_at > ?`
)

// running is the work of treatments that are neither paused nor skipped; of one
// that is, ghosts wait too: they are the same treatment.
type running struct {
	*tx
	now, soon int64
	without   []any // treatments
}

// work reads with walkWork or sortExpiring.
func (r running) work(query string, n int, args ...any) (work []valued, err error) {
	if len(r.without) > 0 {
		query += ` AND treatment NOT IN (` + placeholders(len(r.without)) + `)`
	}
	err = r.list(&work, query+` ORDER BY value_per_minute DESC, id LIMIT ?`, append(append(args, r.without...), n)...)
	return work, err
}

// fewExpire is up to how many tasks it costs less to sort than to look for
// among all.
const fewExpire = 500

// expiringSoon is how soon work must end to go before other work.
const expiringSoon = 24 * time.Hour

// inOrder returns the first n tasks of the order of work, without work of the
// treatments to skip.
func inOrder(t *tx, now time.Time, skip []string, n int) (ids []int64, err error) {
	for _, lane := range []string{lanePromise, laneCallback} {
		var some []int64
		if err := t.list(&some, dueQuery(lane), micros(now), n-len(ids)); err != nil {
			return nil, err
		}
		if ids = append(ids, some...); len(ids) >= n {
			return ids, nil
		}
	}
	var lists []int64
	if err := t.list(&lists, listsWithWork); err != nil {
		return nil, err
	}
	paused, err := pausedNow(t)
	if err != nil {
		return nil, err
	}
	r := running{tx: t, now: micros(now), soon: micros(now.Add(expiringSoon))}
	for _, name := range append(paused, skip...) {
		r.without = append(r.without, name)
	}
	for _, read := range []func(list int64, left int) ([]valued, error){r.expiring, r.later} {
		var work []valued
		for _, list := range lists {
			some, err := read(list, n-len(ids))
			if err != nil {
				return nil, err
			}
			work = append(work, some...)
		}
		sortByValue(work)
		for _, w := range work[:min(len(work), n-len(ids))] {
			ids = append(ids, w.ID)
		}
		if len(ids) >= n {
			return ids, nil
		}
	}
	behind, err := r.work(behindQuery, n-len(ids), r.now, r.now)
	for _, w := range behind {
		ids = append(ids, w.ID)
	}
	return ids, err
}

// valued is a task with its place among the others of its class.
type valued struct {
	ID    int64
	Value float64 `db:"value_per_minute"`
}

// expiring returns the first tasks of a list that end in (now, soon].
func (r running) expiring(list int64, n int) ([]valued, error) {
	var some int
	if err := r.get(&some, countExpiring, list, r.now, r.soon, fewExpire+1); err != nil || some == 0 {
		return nil, err
	}
	if some <= fewExpire {
		return r.work(sortExpiring, n, list, r.now, r.soon, fewExpire, r.now)
	}
	return r.work(walkWork, n, list, r.now, r.now, r.soon)
}

// fewTouched is up to how many tasks that are free again are sorted.
const fewTouched = 500

// later returns the first tasks of a list that end after soon: what was tried
// and waits for another part of the day, which is the most valuable, is not
// walked over each time.
func (r running) later(list int64, n int) ([]valued, error) {
	var some int
	if err := r.get(&some, countTouched, list, r.now, fewTouched+1); err != nil {
		return nil, err
	}
	if some > fewTouched {
		return r.work(walkWork, n, list, r.now, r.soon, expiry(time.Time{}))
	}
	work, err := r.work(walkFresh, n, list, r.now, r.soon, expiry(time.Time{}))
	if err != nil || some == 0 {
		return work, err
	}
	again, err := r.work(sortTouched, n, list, r.now, fewTouched, r.soon)
	work = append(work, again...)
	sortByValue(work)
	return work[:min(len(work), n)], err
}

// sortByValue puts work in its order.
func sortByValue(work []valued) {
	slices.SortFunc(work, func(a, b valued) int {
		return cmp.Or(cmp.Compare(b.Value, a.Value), cmp.Compare(a.ID, b.ID))
	})
}
