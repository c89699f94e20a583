package store

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"holdfast/internal/fault"
	"holdfast/migrations"
	"holdfast/queue"
)

// Health is what a database says of itself. It changes nothing.
type Health struct {
	Schema  int64     // number of its newest migration
	Damage  string    // the first thing that an integrity check finds; empty when sound or on Postgres, which checks its own
	Clock   time.Time // what Postgres's clock shows; zero on SQLite, which has none
	Latest  time.Time // the newest instant at which anything was written down; zero for an empty database
	Bytes   uint64    // that the database takes; 0 on Postgres
	Free    uint64    // bytes free on the disk of the SQLite file; 0 on Postgres
	Disk    uint64    // size of that disk
	Dead    int       // jobs that gave up
	Unknown int       // jobs whose outside effect nobody can tell
	Overdue int       // jobs that were due more than ten minutes ago and were not begun
}

// overdue is how long a due job may wait before somebody should look.
const overdue = 10 * time.Minute

// Health looks at the database as of now.
func (s *Store) Health(ctx context.Context, now time.Time) (h Health, err error) {
	if h.Schema, err = migrations.Version(ctx, s.reader.DB, string(s.dialect)); err != nil {
		return h, s.explain("read the schema of "+s.cfg.String(), err)
	}
	err = s.read(ctx, "look at the health of "+s.cfg.String(), func(t *tx) error {
		if s.dialect == sqlite {
			if err := t.get(&h.Damage, `PRAGMA quick_check(1)`); err != nil {
				return err
			}
			if h.Damage == "ok" {
				h.Damage = ""
			}
		} else {
			us, err := s.clock(t, now)
			if err != nil {
				return err
			}
			h.Clock = instant(us)
		}
		var latest int64
		if err := t.get(&latest, `SELECT COALESCE(MAX(at), 0) FROM (SELECT MAX(created_at) AS at FROM jobs
			UNION ALL SELECT MAX(published) FROM imports UNION ALL SELECT MAX(at) FROM audit UNION ALL SELECT MAX(started) FROM runs) AS said`); err != nil {
			return err
		}
		h.Latest = instantOrZero(latest)
		for _, q := range []struct {
			into  *int
			where string
			args  []any
		}{
			{&h.Dead, `state = ?`, []any{string(queue.Dead)}},
			{&h.Unknown, `state = ?`, []any{string(queue.Unknown)}},
			{&h.Overdue, `state = 'ready' AND run_after < ?`, []any{micros(now.Add(-overdue))}},
		} {
			if err := t.get(q.into, `SELECT COUNT(*) FROM jobs WHERE `+q.where, q.args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && s.dialect == sqlite {
		err = h.disk(s.cfg)
	}
	return h, err
}

// DiskOf returns Health with nothing but the disk of a SQLite file, which can be
// looked at when the file cannot be opened; all zero for Postgres.
func DiskOf(cfg Config) (h Health, err error) {
	if cfg.Path() != "" {
		err = h.disk(cfg)
	}
	return h, err
}

// disk measures the disk of a SQLite file, its log included.
func (h *Health) disk(cfg Config) error {
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(cfg.Path() + suffix); err == nil {
			h.Bytes += uint64(info.Size())
		}
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(filepath.Dir(cfg.Path()), &fs); err != nil {
		return fault.New(fault.Unavailable, "look at the disk that holds %s: %w", cfg, err)
	}
	h.Free, h.Disk = fs.Bavail*uint64(fs.Bsize), fs.Blocks*uint64(fs.Bsize)
	return nil
}
