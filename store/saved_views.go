package store

import (
	"context"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
)

// maxViews is how many views one person keeps.
const maxViews = 50

// SaveView keeps a view of somebody; one of the same name is replaced.
//
// web: from the risk list.
func (s *Store) SaveView(ctx context.Context, v access.SavedView, now time.Time) error {
	return s.write(ctx, small, "save a view", func(t *tx) error {
		var others int
		if err := t.get(&others, `SELECT COUNT(*) FROM saved_views WHERE owner = ? AND name <> ?`, v.Owner, text(v.Name)); err != nil {
			return err
		}
		if others >= maxViews {
			return fault.New(fault.Conflict, "you have %d views: forget one first", others)
		}
		id, err := t.count("saved_view")
		if err != nil {
			return err
		}
		_, err = t.exec(`INSERT INTO saved_views (id, owner, name, query, shared, at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (owner, name) DO UPDATE SET query = excluded.query, shared = excluded.shared, at = excluded.at`,
			id, v.Owner, text(v.Name), text(v.Query), boolean(v.Shared), micros(now))
		return err
	})
}

// Views returns somebody's views and those that others share, by name.
func (s *Store) Views(ctx context.Context, user string) (list []access.SavedView, err error) {
	err = s.read(ctx, "read the views", func(t *tx) error {
		list = list[:0]
		return t.each(`SELECT id, owner, name, query, shared FROM saved_views WHERE owner = ? OR shared = 1
			ORDER BY CASE WHEN owner = ? THEN 0 ELSE 1 END, name, id LIMIT 100`, []any{user, user}, func(r scanner) error {
			var v access.SavedView
			var shared int
			err := r.Scan(&v.ID, &v.Owner, &v.Name, &v.Query, &shared)
			v.Shared = shared == 1
			list = append(list, v)
			return err
		})
	})
	return list, err
}

// DropView forgets one of somebody's own views: NotFound for any other.
func (s *Store) DropView(ctx context.Context, user string, id int64) error {
	return s.write(ctx, small, "forget a view", func(t *tx) error {
		n, err := t.exec(`DELETE FROM saved_views WHERE id = ? AND owner = ?`, id, user)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "there is no such view of yours")
		}
		return err
	})
}
