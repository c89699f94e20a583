package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"holdfast/access"
)

// hashed is how a token or a key typed by a stranger is kept.
func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// CountTry counts one more failed sign-in under each key unless judge refuses;
// see access.Store. Each key's row is locked in one order before it is judged.
func (s *Store) CountTry(
	ctx context.Context, keys []string, now, forget time.Time, judge func(before []access.Tally) error,
) error {
	order := slices.Clone(keys)
	slices.Sort(order)
	return s.write(ctx, small, "count a sign-in", func(t *tx) error {
		if _, err := t.exec(`DELETE FROM sign_in_tries WHERE last_at < ?`, micros(forget)); err != nil {
			return err
		}
		before := make([]access.Tally, len(keys))
		for _, key := range order {
			if _, err := t.exec(`INSERT INTO sign_in_tries (key_hash, failures, last_at) VALUES (?, 0, 0)
				ON CONFLICT (key_hash) DO UPDATE SET failures = sign_in_tries.failures`, hashed(key)); err != nil {
				return err
			}
			var r struct {
				Failures int
				LastAt   int64 `db:"last_at"`
			}
			if err := t.get(&r, `SELECT failures, last_at FROM sign_in_tries WHERE key_hash = ?`, hashed(key)); err != nil {
				return err
			}
			before[slices.Index(keys, key)] = access.Tally{Key: key, Failures: r.Failures, Last: instantOrZero(r.LastAt)}
		}
		if err := judge(before); err != nil {
			return err
		}
		for _, key := range order {
			if _, err := t.exec(`UPDATE sign_in_tries SET failures = failures + 1, last_at = ? WHERE key_hash = ?`,
				micros(now), hashed(key)); err != nil {
				return err
			}
		}
		return nil
	})
}

// ForgetTries takes back one failure under each key of one, and all of them
// under each key of all.
func (s *Store) ForgetTries(ctx context.Context, one, all []string) error {
	return s.write(ctx, small, "forget sign-ins", func(t *tx) error {
		for _, key := range one {
			if _, err := t.exec(`UPDATE sign_in_tries SET failures = failures - 1 WHERE key_hash = ? AND failures > 0`, hashed(key)); err != nil {
				return err
			}
		}
		for _, key := range all {
			if _, err := t.exec(`DELETE FROM sign_in_tries WHERE key_hash = ?`, hashed(key)); err != nil {
				return err
			}
		}
		return nil
	})
}
