package store

import (
	"context"
	"strings"
	"time"

	"holdfast/internal/fault"
	"holdfast/nightly"
)

// Consent writes down that a person consents to a model's release and returns
// everybody who has, the first first. NotFound without such a model, Conflict
// when the same person has consented already.
//
// manual: model promote, where two people release.
func (s *Store) Consent(ctx context.Context, id, who string, at time.Time) (all []string, err error) {
	err = s.write(ctx, small, "consent to model "+id, func(t *tx) error {
		all = nil
		var there int
		if err := t.get(&there, `SELECT COUNT(*) FROM models WHERE id = ?`, id); err != nil {
			return err
		}
		if there == 0 {
			return fault.New(fault.NotFound, "there is no model %s: see holdfast model list", id)
		}
		n, err := t.exec(`INSERT INTO consents (model, who, at) VALUES (?, ?, ?) ON CONFLICT (model, who) DO NOTHING`, id, who, micros(at))
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "%s has consented to %s already: another person has to", who, id)
		}
		return t.list(&all, `SELECT who FROM consents WHERE model = ? ORDER BY at, who`, id)
	})
	return all, err
}

// Consents returns who has consented to a model's release, the first first.
//
// web: the model room.
func (s *Store) Consents(ctx context.Context, id string) (all []string, err error) {
	err = s.read(ctx, "read who consented to model "+id, func(t *tx) error {
		return t.list(&all, `SELECT who FROM consents WHERE model = ? ORDER BY at, who`, id)
	})
	return all, err
}

// Waiting returns the newest model of the nights that has never been champion,
// without its card; NotFound when there is none.
func (s *Store) Waiting(ctx context.Context) (rec nightly.ModelRecord, err error) {
	var rows []struct {
		ID         string
		Name       string
		SchemaHash string `db:"schema_hash"`
		TrainedAt  int64  `db:"trained_at"`
	}
	err = s.read(ctx, "look for a model that waits", func(t *tx) error {
		return t.list(&rows, `SELECT id, name, schema_hash, trained_at FROM models
			WHERE id LIKE 'm-%' AND NOT EXISTS (SELECT 1 FROM promotions WHERE promotions.model = models.id)
			ORDER BY trained_at DESC, id LIMIT 1`)
	})
	if err != nil {
		return rec, err
	}
	if len(rows) == 0 {
		return rec, fault.New(fault.NotFound, "no model waits to be released")
	}
	r := rows[0]
	return nightly.ModelRecord{ID: strings.Clone(r.ID), Name: r.Name, Schema: r.SchemaHash, TrainedAt: instantOrZero(r.TrainedAt)}, nil
}
