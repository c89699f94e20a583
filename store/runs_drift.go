package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"holdfast/nightly"
)

// ScoreCounts returns the counts of the score stage of the first and of the
// newest completed night before asOf that a model scored; nil without one.
func (s *Store) ScoreCounts(ctx context.Context, model string, asOf time.Time) (first, newest nightly.Counts, err error) {
	err = s.read(ctx, "read what a model scored", func(t *tx) error {
		first, newest = nil, nil
		for _, q := range []struct {
			order string
			into  *nightly.Counts
		}{{"ASC", &first}, {"DESC", &newest}} {
			var counts []string
			err := t.list(&counts, `SELECT st.counts FROM runs r JOIN run_stages st ON st.run = r.id AND st.stage = 'score'
				WHERE r.model = ? AND r.dry_run = 0 AND r.state = 'completed' AND r.as_of < ? ORDER BY r.as_of `+q.order+` LIMIT 1`,
				model, micros(asOf))
			if err != nil || len(counts) == 0 {
				return err
			}
			if err := json.Unmarshal([]byte(counts[0]), q.into); err != nil {
				return fmt.Errorf("read the counts of a night: %w", err)
			}
		}
		return nil
	})
	return first, newest, err
}

// Refused counts the trainings of nights before asOf that left a champion in office,
// and gives the newest of them; 0 without one.
func (s *Store) Refused(ctx context.Context, model string, asOf time.Time) (times int, newest time.Time, err error) {
	err = s.read(ctx, "read what was trained in vain", func(t *tx) error {
		var asOfs []int64
		err := t.list(&asOfs, `SELECT r.as_of FROM runs r JOIN run_stages st ON st.run = r.id AND st.stage = 'train'
			WHERE r.model = ? AND r.dry_run = 0 AND r.as_of < ? AND st.counts LIKE ? ORDER BY r.as_of DESC`,
			model, micros(asOf), `%"`+nightly.CountRefused+`":%`)
		if err != nil || len(asOfs) == 0 {
			return err
		}
		times, newest = len(asOfs), instant(asOfs[0])
		return nil
	})
	return times, newest, err
}

// SaveWatch keeps what a night saw of the champion in office; saving again replaces it.
func (s *Store) SaveWatch(ctx context.Context, run string, w nightly.Watch) error {
	body, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("write what a night saw of model %s: %w", w.Model, err)
	}
	return s.write(ctx, small, "keep what a night saw of the champion", func(t *tx) error {
		_, err := t.exec(`UPDATE runs SET watched = ?, watch = ? WHERE id = ?`, w.Model, string(body), run)
		return err
	})
}

// Watch returns what the newest night saw of a model in office: NotFound where none
// has looked at it.
func (s *Store) Watch(ctx context.Context, model string) (w nightly.Watch, err error) {
	err = s.read(ctx, "read what a night saw of a model", func(t *tx) error {
		var body string
		err := t.get(&body, `SELECT watch FROM runs WHERE watched = ? AND watch <> '' AND dry_run = 0 ORDER BY as_of DESC LIMIT 1`, model)
		if err := found(err, "no night has looked at model %s yet", model); err != nil {
			return err
		}
		w = nightly.Watch{}
		if err := json.Unmarshal([]byte(body), &w); err != nil {
			return fmt.Errorf("read what a night saw of model %s: %w", model, err)
		}
		return nil
	})
	return w, err
}
