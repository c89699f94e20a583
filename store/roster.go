package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// rosterQuery reads what is said of days of agents, what counts last: of the
// imports that are in the history the newest, and what a manager wrote.
const rosterQuery = `SELECT r.agent, r.day, r.import_id, r.shifts, r.said_by, r.reason, CASE WHEN r.import_id = 0 THEN r.at ELSE i.published END AS at
	FROM roster_days r LEFT JOIN imports i ON i.id = r.import_id
	WHERE r.day >= ? AND r.day <= ? AND (r.import_id = 0 OR i.version > 0 AND i.undone = 0)`

const rosterOrder = ` ORDER BY r.agent, r.day, CASE WHEN r.import_id = 0 THEN 1 ELSE 0 END, i.version`

// readRoster returns what counts of what is said, by agent and day.
func readRoster(t *tx, query string, args ...any) (list []interventions.RosterStatement, err error) {
	err = t.each(query+rosterOrder, args, func(r scanner) error {
		var s interventions.RosterStatement
		var at int64
		var shifts string
		if err := r.Scan(&s.Agent, &s.Day, &s.Import, &shifts, &s.By, &s.Reason, &at); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(shifts), &s.Shifts); err != nil {
			return fmt.Errorf("read the roster of %s on %s: %w", s.Agent, s.Day, err)
		}
		s.At = instantOrZero(at)
		if n := len(list); n > 0 && list[n-1].Agent == s.Agent && list[n-1].Day == s.Day {
			list[n-1] = s
			return nil
		}
		list = append(list, s)
		return nil
	})
	return list, err
}

// Roster returns what counts of what is said of agents' days from one to
// another, both included, by agent and day.
func (s *Store) Roster(ctx context.Context, from, to string) (list []interventions.RosterStatement, err error) {
	err = s.read(ctx, "read the roster", func(t *tx) error {
		list, err = readRoster(t, rosterQuery, from, to)
		return err
	})
	return list, err
}

// RosterOn returns the agents who have a roster for a day, by name.
func (s *Store) RosterOn(ctx context.Context, day string) (list []interventions.Rostered, err error) {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%q is not a day: write it as 2026-03-31", day)
	}
	reach := func(days int) string { return at.AddDate(0, 0, days).Format(time.DateOnly) }
	err = s.read(ctx, "read the roster of "+day, func(t *tx) error {
		said, err := readRoster(t, rosterQuery, reach(-interventions.RosterReach), reach(interventions.RosterReach))
		if err != nil || len(said) == 0 {
			list = nil
			return err
		}
		agents, err := rosterAgents(t)
		list = interventions.OnDay(day, agents, said)
		return err
	})
	return list, err
}

// RosterAgents returns the names of the agents whom a roster may name.
func (s *Store) RosterAgents(ctx context.Context) (names []string, err error) {
	err = s.read(ctx, "list the agents", func(t *tx) error {
		agents, err := rosterAgents(t)
		names = make([]string, len(agents))
		for i := range agents {
			names[i] = agents[i].Name
		}
		return err
	})
	return names, err
}

// rosterAgents are those of the role that a roster counts.
func rosterAgents(t *tx) ([]interventions.Agent, error) {
	return agentsWhere(t, `disabled = 0 AND role = 'agent'`)
}

// SetRosterDay keeps what a manager says of an agent's day, in the place of
// what they or a feed said before: NotFound when there is no such agent,
// Conflict when somebody changed the day since seen, which is when what the
// manager looked at was written by hand; zero where nothing was.
//
// web: from the page of the roster.
func (s *Store) SetRosterDay(ctx context.Context, day interventions.RosterStatement, seen time.Time) error {
	shifts, err := rosterText(day.Shifts)
	if err != nil {
		return err
	}
	return s.write(ctx, small, "change the roster", func(t *tx) error {
		agents, err := rosterAgents(t)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(agents, func(a interventions.Agent) bool { return a.Name == day.Agent }) {
			return fault.New(fault.NotFound, "there is no agent called %q: choose one of the list", day.Agent)
		}
		if seen.IsZero() {
			n, err := t.exec(`INSERT INTO roster_days (agent, day, import_id, shifts, said_by, reason, at) VALUES (?, ?, 0, ?, ?, ?, ?)
				ON CONFLICT (agent, day, import_id) DO NOTHING`, text(day.Agent), day.Day, shifts, text(day.By), text(day.Reason), micros(day.At))
			if err = changedSince(n, err, day.Agent, day.Day); err != nil {
				return err
			}
			return s.askResolveFor(t, day.Agent, day.Day)
		}
		n, err := t.exec(`UPDATE roster_days SET shifts = ?, said_by = ?, reason = ?, at = ? WHERE agent = ? AND day = ? AND import_id = 0 AND at = ?`,
			shifts, text(day.By), text(day.Reason), micros(day.At), text(day.Agent), day.Day, micros(seen))
		if err = changedSince(n, err, day.Agent, day.Day); err != nil {
			return err
		}
		return s.askResolveFor(t, day.Agent, day.Day)
	})
}

func changedSince(n int64, err error, agent, day string) error {
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "somebody changed %s's roster of %s meanwhile: look at it again", agent, day)
	}
	return err
}

// ForgetRosterDay takes back what a manager said of an agent's day, so that
// the feed's word counts again: Conflict when there is nothing to take back.
//
// web: from the page of the roster.
func (s *Store) ForgetRosterDay(ctx context.Context, agent, day string) error {
	return s.write(ctx, small, "change the roster", func(t *tx) error {
		n, err := t.exec(`DELETE FROM roster_days WHERE agent = ? AND day = ? AND import_id = 0`, text(agent), day)
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "nothing of %s's roster of %s was written by hand", agent, day)
		}
		if err != nil {
			return err
		}
		return s.askResolveFor(t, agent, day)
	})
}

// SaveRoster keeps what an unpublished import says of days of agents, and
// counts how it differs from what feeds said of them before; with import 0 it
// only counts.
func (s *Store) SaveRoster(ctx context.Context, imp history.ImportID, days []history.RosterDay) (c history.RosterCounts, err error) {
	if len(days) == 0 {
		return c, nil
	}
	before, err := s.fedRoster(ctx, days)
	if err != nil {
		return c, err
	}
	rows := make([][]any, len(days))
	for i := range days {
		d, err := days[i].Tidy()
		if err != nil {
			return c, err
		}
		shifts, err := rosterText(d.Shifts)
		if err != nil {
			return c, err
		}
		switch old, ok := before[[2]string{d.Agent, d.Day}]; {
		case !ok:
			c.Added++
		case old == shifts:
			c.Unchanged++
		default:
			c.Corrected++
		}
		rows[i] = []any{text(d.Agent), d.Day, int64(imp), shifts, "", "", int64(0)}
	}
	if imp == 0 {
		return c, nil
	}
	return c, chunks(len(rows), chunkRows, func(from, to int) error {
		return s.write(ctx, bulk, "save a roster", func(t *tx) error {
			if err := draft(t, imp); err != nil {
				return err
			}
			return t.insert("roster_days", "agent, day, import_id, shifts, said_by, reason, at", rows[from:to], "")
		})
	})
}

// fedRoster is what feeds said of the days, as it is kept, by agent and day.
func (s *Store) fedRoster(ctx context.Context, days []history.RosterDay) (out map[[2]string]string, err error) {
	first, last := days[0].Day, days[0].Day
	for _, d := range days {
		first, last = min(first, d.Day), max(last, d.Day)
	}
	err = s.read(ctx, "read the roster", func(t *tx) error {
		said, err := readRoster(t, rosterQuery+` AND r.import_id > 0`, first, last)
		out = make(map[[2]string]string, len(said))
		for _, d := range said {
			if out[[2]string{d.Agent, d.Day}], err = rosterText(d.Shifts); err != nil {
				return err
			}
		}
		return err
	})
	return out, err
}

// rosterText writes entries in one way.
func rosterText(shifts []history.Shift) (string, error) {
	if shifts == nil {
		shifts = []history.Shift{}
	}
	b, err := json.Marshal(shifts)
	if err != nil {
		return "", fmt.Errorf("write the entries of a roster: %w", err)
	}
	return string(b), nil
}
