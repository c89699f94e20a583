package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

var (
	_ interventions.DeskStore = (*Store)(nil)
	_ interventions.TendStore = (*Store)(nil)
)

// Workable returns released tasks that can be offered at now, ghosts among
// them, in the order of work, leaving out what to skip, without their cards.
//
// Sealed: it returns ghosts, for the desk to stamp; no page may list it.
func (s *Store) Workable(ctx context.Context, now time.Time, skip interventions.Skip, limit int) (tasks []interventions.Task, err error) {
	err = s.read(ctx, "read the queue", func(t *tx) error {
		ids, err := inOrder(t, now, skip.Treatments, len(skip.Passed)+limit)
		if err != nil {
			return err
		}
		ids = slices.DeleteFunc(ids, func(id int64) bool { return skip.Passed[interventions.TaskID(id)] })
		ids = ids[:min(limit, len(ids))]
		tasks, err = tasksByID(t, ids, bodyOnly)
		return err
	})
	return tasks, err
}

// Whether tasks are read with their cards, of which most work has no need.
const (
	bodyOnly = `SELECT t.id, t.body, '' FROM tasks t`
	withCard = `SELECT t.id, t.body, c.card FROM tasks t JOIN task_cards c ON c.task = t.id`
)

// tasksByID reads tasks in the order of their ids.
func tasksByID(t *tx, ids []int64, query string) ([]interventions.Task, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := make([]any, len(ids))
	at := make(map[interventions.TaskID]int, len(ids))
	for i, id := range ids {
		args[i], at[interventions.TaskID(id)] = id, i
	}
	tasks := make([]interventions.Task, 0, len(ids))
	err := t.ask(askTasks(&tasks, query+` WHERE t.id IN (`+placeholders(len(ids))+`)`, args...))
	slices.SortFunc(tasks, func(a, b interventions.Task) int { return cmp.Compare(at[a.ID], at[b.ID]) })
	return tasks, err
}

// askTasks asks for tasks with bodyOnly or withCard.
func askTasks(into *[]interventions.Task, query string, args ...any) question {
	return question{query, args, func(r scanner) error {
		var id int64
		var body, text string
		if err := r.Scan(&id, &body, &text); err != nil {
			return err
		}
		var card *string
		if strings.HasPrefix(query, withCard) {
			card = &text
		}
		task, err := readTask(body, card)
		*into = append(*into, task)
		return err
	}}
}

// TaskCard returns the card of a task of whatever state.
func (s *Store) TaskCard(ctx context.Context, id interventions.TaskID) (card interventions.Card, err error) {
	err = s.glance(ctx, "read a card", func(t *tx) error {
		var text string
		err := t.get(&text, `SELECT card FROM task_cards WHERE task = ?`, int64(id))
		err = found(err, "there is no task %d", id)
		if err != nil {
			return err
		}
		card = interventions.Card{}
		return json.Unmarshal([]byte(text), &card)
	})
	return card, err
}

// Task returns one task; NotFound for ghosts, drafts and unknown ids alike.
func (s *Store) Task(ctx context.Context, id interventions.TaskID) (task interventions.Task, err error) {
	var found []interventions.Task
	err = s.ask(ctx, "read a task", askTasks(&found, withCard+` WHERE t.id = ? AND t.ghost = 0 AND `+released, int64(id)))
	if err == nil && len(found) == 0 {
		err = fault.New(fault.NotFound, "there is no task %d", id)
	}
	if err != nil {
		return task, err
	}
	return found[0], nil
}

// OpenTasks returns a household's open tasks, ghosts among them.
//
// Sealed: it returns ghosts, for an inbound contact to end; no page may list it.
func (s *Store) OpenTasks(ctx context.Context, household history.HouseholdID) (tasks []interventions.Task, err error) {
	err = s.read(ctx, "read the open tasks of a household", func(t *tx) error {
		var ids []int64
		if err := t.list(&ids, `SELECT t.id FROM tasks t WHERE t.household = ? AND t.state NOT IN ('done', 'expired', 'recalled')
			AND `+released+` ORDER BY t.id`, int64(household)); err != nil {
			return err
		}
		tasks, err = tasksByID(t, ids, withCard)
		return err
	})
	return tasks, err
}

// Stale returns open tasks that need looking after at now, oldest first.
func (s *Store) Stale(ctx context.Context, now, soon time.Time, limit int) (tasks []interventions.Task, err error) {
	err = s.read(ctx, "read the tasks to look after", func(t *tx) error {
		var ids []int64
		for _, q := range []struct {
			tend int
			at   time.Time
		}{{1, now}, {2, soon}} {
			var some []int64
			if err := t.list(&some, `SELECT t.id FROM tasks t WHERE t.tend > 0 AND t.tend = ? AND t.tend_at <= ? AND `+released+`
				ORDER BY t.tend_at, t.id LIMIT ?`, q.tend, micros(q.at), limit-len(ids)); err != nil {
				return err
			}
			if ids = append(ids, some...); len(ids) >= limit {
				break
			}
		}
		tasks, err = tasksByID(t, ids, withCard)
		return err
	})
	return tasks, err
}

// attemptBody is an attempt as it is kept: its facts stand beside it, and the
// card with the task.
func attemptBody(a interventions.Attempt) (body, facts string, err error) {
	list := make([]factLine, len(a.Facts))
	for i, f := range a.Facts {
		inner, err := encodeBody(f)
		if err != nil {
			return "", "", err
		}
		list[i] = factLine{f.Stamp, f.Kind, inner}
	}
	inner, err := json.Marshal(list)
	if err != nil {
		return "", "", fmt.Errorf("write the facts of an attempt: %w", err)
	}
	a.Facts, a.Before.Card = nil, interventions.Card{}
	outer, err := json.Marshal(a)
	if err != nil {
		return "", "", fmt.Errorf("write an attempt: %w", err)
	}
	return string(outer), string(inner), nil
}

type factLine struct {
	Stamp history.Stamp    `json:"s"`
	Kind  history.FactKind `json:"k"`
	Body  json.RawMessage  `json:"b"`
}

// LastAttempt returns the newest attempt of a task that was not undone.
func (s *Store) LastAttempt(ctx context.Context, id interventions.TaskID) (a interventions.Attempt, err error) {
	err = s.glance(ctx, "read the last attempt", func(t *tx) error {
		var r struct{ Body, Facts, Card string }
		err := t.get(&r, `SELECT a.body, a.facts, c.card FROM task_attempts a JOIN task_cards c ON c.task = a.task
			WHERE a.task = ? AND a.undone = 0 ORDER BY a.seq DESC LIMIT 1`, int64(id))
		err = found(err, "task %d has no attempt to correct", id)
		if err != nil {
			return err
		}
		a, err = readAttempt(r.Body, r.Facts, r.Card)
		return err
	})
	return a, err
}

func readAttempt(body, facts, card string) (a interventions.Attempt, err error) {
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		return a, fmt.Errorf("read an attempt: %w", err)
	}
	if err := json.Unmarshal([]byte(card), &a.Before.Card); err != nil {
		return a, fmt.Errorf("read the card of an attempt: %w", err)
	}
	var list []factLine
	if err := json.Unmarshal([]byte(facts), &list); err != nil {
		return a, fmt.Errorf("read the facts of an attempt: %w", err)
	}
	for _, l := range list {
		f := history.Fact{Stamp: l.Stamp, Kind: l.Kind}
		if err := decodeBody(&f, l.Body); err != nil {
			return a, fmt.Errorf("read a fact of an attempt: %w", err)
		}
		a.Facts = append(a.Facts, f)
	}
	return a, nil
}

// Situation returns what is known now of the customer and household: the facts
// as they stand, without opening segments, and our own work.
func (s *Store) Situation(
	ctx context.Context, customer history.CustomerID, now time.Time,
) (known interventions.Known, facts interventions.Facts, err error) {
	shard, err := s.CustomerFacts(ctx, customer)
	if err != nil {
		return known, facts, err
	}
	// A fact is visible when it lies before the cut: what was recorded at this
	// very moment is known now.
	known = interventions.Know(shard.View(0, now.Add(time.Microsecond), new(history.Scratch)))
	known.Now = now
	by := map[history.CustomerID]*interventions.Exclusion{}
	var paused []string
	qs, answered := factsOf(known.Household, customer, now)
	qs = append(qs, excluded(by, now, ofCustomer, int64(known.Customer.ID)), askPaused(&paused))
	if err := s.ask(ctx, "read our own work for a household", qs...); err != nil {
		return known, facts, err
	}
	known.Excluded, facts = by[known.Customer.ID], answered()
	facts.Paused = paused
	return known, facts, nil
}
