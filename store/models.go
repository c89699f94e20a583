package store

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"holdfast/internal/fault"
	"holdfast/model"
	"holdfast/nightly"
)

var _ nightly.ModelStore = (*Store)(nil)

type modelRow struct {
	ID         string
	Kind       string
	Name       string
	SchemaHash string `db:"schema_hash"`
	TrainedAt  int64  `db:"trained_at"`
	Created    int64
	Reason     string
	Payload    []byte
	Promoted   int64
	Why        string // of the promotion
	Champion   int
}

// modelQuery reads models with their newest promotion and whether they are
// the champion. The payload is read even for a list: the card is in it.
const modelQuery = `SELECT m.id, m.kind, m.name, m.schema_hash, m.trained_at, m.created, m.reason, m.payload,
		COALESCE(p.at, 0) AS promoted, COALESCE(p.reason, '') AS why,
		CASE WHEN p.seq = (SELECT MAX(seq) FROM promotions) THEN 1 ELSE 0 END AS champion
	FROM models m LEFT JOIN promotions p ON p.model = m.id
		AND p.seq = (SELECT MAX(q.seq) FROM promotions q WHERE q.model = m.id)`

func (r modelRow) record() (nightly.ModelRecord, *model.Model, error) {
	m, err := model.Read(bytes.NewReader(r.Payload))
	if err != nil {
		return nightly.ModelRecord{}, nil, fmt.Errorf("model %s: %w", r.ID, err)
	}
	rec := nightly.ModelRecord{
		ID: r.ID, Kind: model.Kind(r.Kind), Name: r.Name, Schema: r.SchemaHash, Champion: r.Champion == 1,
		TrainedAt: instantOrZero(r.TrainedAt), Created: instantOrZero(r.Created), Promoted: instantOrZero(r.Promoted),
		Reason: r.Reason, Card: m.Card(),
	}
	if r.Why != "" {
		rec.Reason = r.Why
	}
	return rec, m, nil
}

// Champion returns the live model; NotFound when there is none.
func (s *Store) Champion(ctx context.Context) (nightly.ModelRecord, *model.Model, error) {
	return s.model(ctx, "read the champion", ` WHERE p.seq = (SELECT MAX(seq) FROM promotions)`, nil,
		"there is no champion yet: train or import a model and promote it")
}

// Model returns any model by id.
func (s *Store) Model(ctx context.Context, id string) (nightly.ModelRecord, *model.Model, error) {
	return s.model(ctx, "read model "+id, ` WHERE m.id = ?`, []any{id}, "there is no model "+id+": see holdfast model list")
}

func (s *Store) model(ctx context.Context, what, where string, args []any, missing string) (nightly.ModelRecord, *model.Model, error) {
	var r modelRow
	err := s.read(ctx, what, func(t *tx) error {
		err := t.get(&r, modelQuery+where, args...)
		err = found(err, "%s", missing)
		return err
	})
	if err != nil {
		return nightly.ModelRecord{}, nil, err
	}
	return r.record()
}

// Models lists models with their cards, the newest first.
func (s *Store) Models(ctx context.Context, limit int) (list []nightly.ModelRecord, err error) {
	var rows []modelRow
	err = s.read(ctx, "list models", func(t *tx) error {
		// Only those that are shown are read and sorted with their trees.
		return t.list(&rows, modelQuery+` WHERE m.id IN (SELECT n.id FROM models n ORDER BY n.created DESC, n.id LIMIT ?) ORDER BY m.created DESC, m.id`, limit)
	})
	if err != nil {
		return nil, err
	}
	list = make([]nightly.ModelRecord, len(rows))
	for i, r := range rows {
		if list[i], _, err = r.record(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// SaveModel stores a model, once per id: a second one under the same id is
// left out, so that a night that is run again keeps what it has used.
func (s *Store) SaveModel(ctx context.Context, rec nightly.ModelRecord, m *model.Model) error {
	var payload bytes.Buffer
	if err := m.Write(&payload); err != nil {
		return fmt.Errorf("save model %s: %w", rec.ID, err)
	}
	return s.write(ctx, bulk, "save model "+rec.ID, func(t *tx) error {
		_, err := t.exec(`INSERT INTO models (id, kind, name, schema_hash, trained_at, created, reason, payload)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
			rec.ID, string(m.Kind()), rec.Name, m.SchemaHash(), microsOrZero(rec.TrainedAt), microsOrZero(rec.Created),
			text(rec.Reason), payload.Bytes())
		return err
	})
}

// Promote makes a stored model the champion; it was champion already: nothing
// changes. Rolling back is promoting the one before. Consents to it are used up.
func (s *Store) Promote(ctx context.Context, id string, at time.Time, reason string) error {
	return s.write(ctx, small, "promote model "+id, func(t *tx) error {
		seq, err := t.count("promotion") // one at a time
		if err != nil {
			return err
		}
		var there int
		if err := t.get(&there, `SELECT COUNT(*) FROM models WHERE id = ?`, id); err != nil {
			return err
		}
		if there == 0 {
			return fault.New(fault.NotFound, "there is no model %s: see holdfast model list", id)
		}
		var champions []string
		if err := t.list(&champions, `SELECT model FROM promotions ORDER BY seq DESC LIMIT 1`); err != nil {
			return err
		}
		if len(champions) > 0 && champions[0] == id {
			return nil
		}
		if _, err := t.exec(`DELETE FROM consents WHERE model = ?`, id); err != nil {
			return err
		}
		_, err = t.exec(`INSERT INTO promotions (seq, model, at, reason) VALUES (?, ?, ?, ?)`, seq, id, micros(at), text(reason))
		return err
	})
}

// ChampionBefore returns the id of the model that was champion before the
// present one became it first; NotFound when there was none.
//
// manual: model rollback.
func (s *Store) ChampionBefore(ctx context.Context) (id string, err error) {
	var ids []string
	err = s.read(ctx, "look for the champion before", func(t *tx) error {
		return t.list(&ids, `SELECT model FROM promotions WHERE seq < (SELECT MIN(seq) FROM promotions
				WHERE model = (SELECT model FROM promotions ORDER BY seq DESC LIMIT 1))
			ORDER BY seq DESC LIMIT 1`)
	})
	if err != nil {
		return "", err
	}
	if len(ids) == 0 {
		return "", fault.New(fault.NotFound, "there is no champion before this one: see holdfast model list")
	}
	return ids[0], nil
}
