package store

import (
	"context"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// SetAbsent marks somebody absent, or back: NotFound when nobody has that name
// or may sign in, Conflict when they are so already.
//
// web: from the board.
func (s *Store) SetAbsent(ctx context.Context, name string, absent bool) error {
	return s.write(ctx, small, "mark who is absent", func(t *tx) error {
		n, err := t.exec(`UPDATE users SET absent = ? WHERE name = ? AND disabled = 0 AND absent <> ?`, boolean(absent), text(name), boolean(absent))
		if err != nil {
			return err
		}
		if n == 1 {
			return s.askResolve(t, interventions.RevisedForAbsence, comeOrGone(name, absent))
		}
		var there int
		if err := t.get(&there, `SELECT COUNT(*) FROM users WHERE name = ? AND disabled = 0`, text(name)); err != nil {
			return err
		}
		switch {
		case there == 0:
			return fault.New(fault.NotFound, "there is nobody called %q: choose one of the list", name)
		case absent:
			return fault.New(fault.Conflict, "%s is marked absent already", name)
		}
		return fault.New(fault.Conflict, "%s is not marked absent", name)
	})
}

// comeOrGone says whether somebody is there, for a revision's why.
func comeOrGone(name string, absent bool) string {
	if absent {
		return name + " is absent"
	}
	return name + " is back"
}

// Absent returns the names of everybody who is marked absent, whatever their role.
func (s *Store) Absent(ctx context.Context) (names []string, err error) {
	err = s.read(ctx, "read who is marked absent", func(t *tx) error {
		return t.list(&names, `SELECT name FROM users WHERE absent = 1 AND disabled = 0 ORDER BY name`)
	})
	return names, err
}

// AbsentAgents returns the agents who are marked absent, by name: those whose
// hours the roster lacks.
func (s *Store) AbsentAgents(ctx context.Context) (list []interventions.Agent, err error) {
	err = s.read(ctx, "read who is absent", func(t *tx) error {
		list, err = absentAgents(t)
		return err
	})
	return list, err
}

// absentAgents are those of the role that a roster counts.
func absentAgents(t *tx) ([]interventions.Agent, error) {
	return agentsWhere(t, `absent = 1 AND disabled = 0 AND role = 'agent'`)
}

// agentsWhere are the agents that a condition chooses, by name.
func agentsWhere(t *tx, condition string) (list []interventions.Agent, err error) {
	var rows []userRow
	if err := t.list(&rows, `SELECT `+userColumns+` FROM users WHERE `+condition+` ORDER BY name`); err != nil {
		return nil, err
	}
	for _, r := range rows {
		u, err := r.user()
		if err != nil {
			return nil, err
		}
		list = append(list, agentOf(u))
	}
	return list, nil
}
