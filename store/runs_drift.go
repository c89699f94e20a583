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
