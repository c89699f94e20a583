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
	now, soon int64
	without   []any // treatments
}

// work asks with walkWork or sortExpiring.
func (r running) work(into *[]valued, query string, n int, args ...any) question {
	if len(r.without) > 0 {
		query += ` AND treatment NOT IN (` + placeholders(len(r.without)) + `)`
	}
	return question{query + ` ORDER BY value_per_minute DESC, id LIMIT ?`, append(append(args, r.without...), n), func(row scanner) error {
		var v valued
		err := row.Scan(&v.ID, &v.Value)
		*into = append(*into, v)
		return err
	}}
}

// fewExpire is up to how many tasks it costs less to sort than to look for
// among all.
const fewExpire = 500

// expiringSoon is how soon work must end to go before other work.
const expiringSoon = 24 * time.Hour

// inOrder returns the first n tasks of the order of work, without work of the
// treatments to skip.
func inOrder(t *tx, now time.Time, skip []string, n int) (ids []int64, err error) {
	r := running{now: micros(now), soon: micros(now.Add(expiringSoon))}
	var promised, called, lists []int64
	var paused []string
	if err := t.ask(listed(&promised, dueQuery(lanePromise), r.now, n), listed(&called, dueQuery(laneCallback), r.now, n),
		listed(&lists, listsWithWork), askPaused(&paused)); err != nil {
		return nil, err
	}
	if ids = append(promised, called...); len(ids) >= n {
		return ids[:n], nil
	}
	for _, name := range append(paused, skip...) {
		r.without = append(r.without, name)
	}
	some, err := r.count(t, lists)
	if err != nil {
		return nil, err
	}
	for _, look := range []func(into *[]valued, lists []counted, n int) []question{r.expiring, r.later, r.behind} {
		var work []valued
		if err := t.ask(look(&work, some, n-len(ids))...); err != nil {
			return nil, err
		}
		sortByValue(work)
		for _, w := range work[:min(len(work), n-len(ids))] {
			ids = append(ids, w.ID)
		}
		if len(ids) >= n {
			break
		}
	}
	return ids, nil
}

// counted is a list with how much of its work ends soon and how much somebody
// has had, as far as few.
type counted struct {
	list              int64
	expiring, touched int
}

// count counts the work of lists.
func (r running) count(t *tx, lists []int64) ([]counted, error) {
	some := make([]counted, len(lists))
	var qs []question
	for i, list := range lists {
		c := &some[i]
		c.list = list
		qs = append(qs, single(&c.expiring, countExpiring, list, r.now, r.soon, fewExpire+1), single(&c.touched, countTouched, list, r.now, fewTouched+1))
	}
	return some, t.ask(qs...)
}

// valued is a task with its place among the others of its class.
type valued struct {
	ID    int64
	Value float64 // of a minute
}

// expiring asks for the first tasks of each list that end in (now, soon].
func (r running) expiring(into *[]valued, lists []counted, n int) (qs []question) {
	for _, c := range lists {
		switch {
		case c.expiring > fewExpire:
			qs = append(qs, r.work(into, walkWork, n, c.list, r.now, r.now, r.soon))
		case c.expiring > 0:
			qs = append(qs, r.work(into, sortExpiring, n, c.list, r.now, r.soon, fewExpire, r.now))
		}
	}
	return qs
}

// fewTouched is up to how many tasks that are free again are sorted.
const fewTouched = 500

// later asks for the first tasks of each list that end after soon: what was tried
// and waits for another part of the day, which is the most valuable, is not
// walked over each time.
func (r running) later(into *[]valued, lists []counted, n int) (qs []question) {
	for _, c := range lists {
		if c.touched > fewTouched {
			qs = append(qs, r.work(into, walkWork, n, c.list, r.now, r.soon, expiry(time.Time{})))
			continue
		}
		qs = append(qs, r.work(into, walkFresh, n, c.list, r.now, r.soon, expiry(time.Time{})))
		if c.touched > 0 {
			qs = append(qs, r.work(into, sortTouched, n, c.list, r.now, fewTouched, r.soon))
		}
	}
	return qs
}

// behind asks for what the day has no room for.
func (r running) behind(into *[]valued, _ []counted, n int) []question {
	return []question{r.work(into, behindQuery, n, r.now, r.now)}
}

// sortByValue puts work in its order.
func sortByValue(work []valued) {
	slices.SortFunc(work, func(a, b valued) int {
		return cmp.Or(cmp.Compare(b.Value, a.Value), cmp.Compare(a.ID, b.ID))
	})
}
