package store

import (
	"context"
	"time"

	"holdfast/interventions"
)

// SavePolicy records what a night is decided by: a new version when it differs
// from the newest. A night before the newest version's changes nothing, and
// saying the same again does neither.
func (s *Store) SavePolicy(ctx context.Context, asOf time.Time, hash, body string) error {
	return s.write(ctx, small, "record the policy", func(t *tx) error {
		rows, err := policies(t, ` LIMIT 1`)
		if err != nil {
			return err
		}
		version := int64(1)
		if len(rows) > 0 {
			if rows[0].Hash == hash || rows[0].From > micros(asOf) {
				return nil
			}
			version += rows[0].Version
		}
		_, err = t.exec(`INSERT INTO policies (version, effective_from, hash, body) VALUES (?, ?, ?, ?)`,
			version, micros(asOf), hash, text(body))
		return err
	})
}

type policyRow struct {
	Version int64
	From    int64 `db:"effective_from"`
	Hash    string
	Body    string
}

func policies(t *tx, limit string) (rows []policyRow, err error) {
	err = t.list(&rows, `SELECT version, effective_from, hash, body FROM policies ORDER BY version DESC`+limit)
	return rows, err
}

// Policies returns the versions of the policy, the newest first.
func (s *Store) Policies(ctx context.Context) (list []interventions.PolicyVersion, err error) {
	err = s.read(ctx, "read the policies", func(t *tx) error {
		rows, err := policies(t, "")
		list = make([]interventions.PolicyVersion, len(rows))
		for i, r := range rows {
			list[i] = interventions.PolicyVersion{Version: r.Version, From: instant(r.From), Hash: r.Hash, Body: r.Body}
		}
		return err
	})
	return list, err
}
