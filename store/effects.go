package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"holdfast/access"
	"holdfast/interventions"
	"holdfast/measurement"
)

// SaveEffects keeps what contact was worth as of a night; saving again
// replaces it.
func (s *Store) SaveEffects(ctx context.Context, asOf time.Time, effects []measurement.Effect) error {
	body, err := json.Marshal(effects)
	if err != nil {
		return fmt.Errorf("encode the effects: %w", err)
	}
	return s.write(ctx, small, "save the effects", func(t *tx) error {
		_, err := t.exec(`INSERT INTO effects (as_of, body) VALUES (?, ?) ON CONFLICT (as_of) DO UPDATE SET body = excluded.body`,
			micros(asOf), string(body))
		return err
	})
}

// NewestEffects returns the effects of the newest night that measured any, and
// its as-of; nothing and the zero time before the first.
func (s *Store) NewestEffects(ctx context.Context) (effects []measurement.Effect, asOf time.Time, err error) {
	err = s.read(ctx, "read the effects", func(t *tx) error {
		effects, asOf = nil, time.Time{}
		var rows []struct {
			AsOf int64  `db:"as_of"`
			Body string `db:"body"`
		}
		if err := t.list(&rows, `SELECT as_of, body FROM effects ORDER BY as_of DESC LIMIT 1`); err != nil || len(rows) == 0 {
			return err
		}
		asOf = instant(rows[0].AsOf)
		return json.Unmarshal([]byte(rows[0].Body), &effects)
	})
	return effects, asOf, err
}

// EffectsBefore returns the effects of the newest night before an as-of that
// measured any; nothing before the first.
func (s *Store) EffectsBefore(ctx context.Context, asOf time.Time) (effects []measurement.Effect, err error) {
	err = s.read(ctx, "read the effects", func(t *tx) error {
		effects = nil
		var bodies []string
		if err := t.list(&bodies, `SELECT body FROM effects WHERE as_of < ? ORDER BY as_of DESC LIMIT 1`, micros(asOf)); err != nil || len(bodies) == 0 {
			return err
		}
		return json.Unmarshal([]byte(bodies[0]), &effects)
	})
	return effects, err
}

// RisksByTreatment is the mean risk of those on the newest list, by treatment.
func (s *Store) RisksByTreatment(ctx context.Context) (risks map[string]float64, err error) {
	err = s.read(ctx, "read the risks of the newest list", func(t *tx) error {
		risks = map[string]float64{}
		return t.each(`SELECT treatment, AVG(risk) FROM listed WHERE publication = (SELECT publication FROM current_list) AND treatment <> ''
			GROUP BY treatment`, nil, func(r scanner) error {
			var treatment string
			var risk float64
			err := r.Scan(&treatment, &risk)
			risks[treatment] = risk
			return err
		})
	})
	return risks, err
}

// agentOf is a user as one who works tasks.
func agentOf(u access.User) interventions.Agent {
	return interventions.Agent{
		Name: u.Name, Skills: u.Skills, Languages: u.Languages, CeilingMinor: u.CeilingMinor, Signs: u.Signs, Absent: u.Absent,
		Authority: interventions.AuthorityOf(string(u.Role)),
	}
}

// AgentsOnDuty returns everybody who may work tasks and is not absent, by name.
func (s *Store) AgentsOnDuty(ctx context.Context) (map[string]interventions.Agent, error) {
	users, err := s.Users(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]interventions.Agent)
	for _, u := range users {
		if u.Disabled || u.Absent || !access.Can(u.Role, access.WorkTasks) {
			continue
		}
		out[u.Name] = agentOf(u)
	}
	return out, nil
}
