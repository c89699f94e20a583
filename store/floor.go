package store

import (
	"context"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// SetPresence keeps what a person at the desk is doing. The same again does not
// change since when.
//
// web: by the buttons of the desk, and with every task.
func (s *Store) SetPresence(ctx context.Context, p access.Presence) error {
	if err := p.Validate(); err != nil {
		return err
	}
	return s.jot(ctx, fleeting, "keep what somebody is doing", func(t *tx) error {
		q := keepPresence(p)
		_, err := t.exec(q.query, q.args...)
		return err
	})
}

func keepPresence(p access.Presence) question {
	return question{
		query: `INSERT INTO presences (name, state, since) VALUES (?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET state = excluded.state, since = excluded.since WHERE presences.state <> excluded.state`,
		args: []any{text(p.Name), string(p.State), micros(p.Since)},
	}
}

// Ready keeps that somebody is ready for work, and returns TasksHeldBy.
//
// web: with every Next.
func (s *Store) Ready(ctx context.Context, name string, now time.Time) (held []interventions.Task, err error) {
	err = s.write(ctx, fleeting, "keep who is ready", func(t *tx) error {
		held = held[:0]
		return t.later(keepPresence(access.Presence{Name: name, State: access.Ready, Since: now}), askHeldBy(&held, name, now))
	})
	return held, err
}

// Presences returns what everybody at the desk is doing who has changed it
// since a time, by name.
func (s *Store) Presences(ctx context.Context, since time.Time) ([]access.Presence, error) {
	return s.presences(ctx, `since >= ? ORDER BY name`, micros(since))
}

// Presence returns what one person has been doing since a time: the zero value
// where nothing is known.
func (s *Store) Presence(ctx context.Context, name string, since time.Time) (p access.Presence, err error) {
	list, err := s.presences(ctx, `name = ? AND since >= ?`, text(name), micros(since))
	if err == nil && len(list) > 0 {
		p = list[0]
	}
	return p, err
}

func (s *Store) presences(ctx context.Context, where string, args ...any) (list []access.Presence, err error) {
	err = s.glance(ctx, "read who is at the desk", func(t *tx) error {
		list = list[:0]
		return t.each(`SELECT name, state, since FROM presences WHERE `+where, args, func(r scanner) error {
			var p access.Presence
			var at int64
			if err := r.Scan(&p.Name, &p.State, &at); err != nil {
				return err
			}
			p.Since = instant(at)
			list = append(list, p)
			return nil
		})
	})
	return list, err
}

// SaveRecommendation keeps a proposal, or its answer over what is there.
//
// web: from the box, and a manager's answer.
func (s *Store) SaveRecommendation(ctx context.Context, r interventions.Recommendation) error {
	return s.write(ctx, small, "keep a recommendation", func(t *tx) error {
		_, err := t.exec(`INSERT INTO recommendations (id, at, made_by, words, answered_at, answered_by, verdict, answer)
			VALUES (`+placeholders(8)+`) ON CONFLICT (id) DO UPDATE SET answered_at = excluded.answered_at,
			answered_by = excluded.answered_by, verdict = excluded.verdict, answer = excluded.answer`,
			r.ID, micros(r.At), text(r.By), text(r.Words), microsOrZero(r.AnsweredAt), text(r.AnsweredBy), text(r.Verdict), text(r.Answer))
		return err
	})
}

// Recommendations returns the newest proposals with their answers.
func (s *Store) Recommendations(ctx context.Context, limit int) (list []interventions.Recommendation, err error) {
	err = s.read(ctx, "read recommendations", func(t *tx) error {
		list, err = readRecommendations(t, `ORDER BY at DESC, id DESC LIMIT ?`, limit)
		return err
	})
	return list, err
}

// Recommendation returns one proposal; NotFound when there is none.
func (s *Store) Recommendation(ctx context.Context, id int64) (r interventions.Recommendation, err error) {
	err = s.read(ctx, "read a recommendation", func(t *tx) error {
		list, err := readRecommendations(t, `WHERE id = ?`, id)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return fault.New(fault.NotFound, "there is no such recommendation")
		}
		r = list[0]
		return nil
	})
	return r, err
}

func readRecommendations(t *tx, where string, arg any) (list []interventions.Recommendation, err error) {
	err = t.each(`SELECT id, at, made_by, words, answered_at, answered_by, verdict, answer FROM recommendations `+where, []any{arg},
		func(r scanner) error {
			var rec interventions.Recommendation
			var at, answered int64
			if err := r.Scan(&rec.ID, &at, &rec.By, &rec.Words, &answered, &rec.AnsweredBy, &rec.Verdict, &rec.Answer); err != nil {
				return err
			}
			rec.At, rec.AnsweredAt = instant(at), instantOrZero(answered)
			list = append(list, rec)
			return nil
		})
	return list, err
}
