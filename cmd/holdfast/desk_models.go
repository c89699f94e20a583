package main

import (
	"context"
	"strings"
	"time"

	"holdfast/internal/fault"
	"holdfast/model"
	"holdfast/nightly"
)

// Model returns one record of the registry.
func (m models) Model(ctx context.Context, id string) (nightly.ModelRecord, error) {
	rec, _, err := m.a.store.Model(ctx, id)
	return rec, err
}

// Consents returns who agreed to a model's release, and whether it takes two.
func (m models) Consents(ctx context.Context, id string) ([]string, bool, error) {
	if !m.a.cfg.Training.TwoPersonRelease {
		return nil, false, nil
	}
	by, err := m.a.store.Consents(ctx, id)
	return by, true, err
}

// ReleaseModel makes a model the champion from the page. Where two people must
// release it, the first of them leaves a consent.
//
// web: the model room.
func (m models) ReleaseModel(ctx context.Context, id, by, reason string, now time.Time) (live bool, err error) {
	rec, mod, err := m.a.store.Model(ctx, id)
	if err != nil {
		return false, err
	}
	if rec.Champion {
		return false, fault.New(fault.Conflict, "it is the champion already")
	}
	if err := m.a.fits(id, mod); err != nil {
		return false, err
	}
	people := []string{by}
	if m.a.cfg.Training.TwoPersonRelease {
		if people, err = m.a.store.Consent(ctx, id, by, now); err != nil || len(people) < 2 {
			return false, err
		}
	}
	return true, m.a.store.Promote(ctx, id, now, reason+" ("+strings.Join(people, ", ")+")")
}

// fits refuses a model that cannot score the features of this configuration.
func (a *app) fits(id string, m *model.Model) error {
	if err := m.Accepts(a.engine.Schema()); err != nil {
		return fault.New(fault.Conflict, "model %s cannot score tonight: it reads other features than this configuration makes", id)
	}
	return nil
}
