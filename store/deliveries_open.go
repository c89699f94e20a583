package store

import (
	"context"
	"time"
)

// OpenCalls says when the calls began whose outcome is not known, by the job
// that made them: the newest 500.
//
// web: for the operator's page.
func (s *Store) OpenCalls(ctx context.Context) (began map[int64]time.Time, err error) {
	err = s.read(ctx, "read the calls of unknown outcome", func(t *tx) error {
		began = map[int64]time.Time{}
		return t.each(`SELECT job, began_at FROM deliveries WHERE state IN ('calling', 'unknown') ORDER BY began_at DESC LIMIT ?`,
			[]any{chunkRows}, func(r scanner) error {
				var job, at int64
				if err := r.Scan(&job, &at); err != nil {
					return err
				}
				if began[job].IsZero() {
					began[job] = instant(at)
				}
				return nil
			})
	})
	return began, err
}
