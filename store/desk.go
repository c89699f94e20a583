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
func (s *Store) Workable(ctx context.Context, now time.Time, skip interventions.Skip, limit int) ([]interventions.Task, error) {
	return s.tasksOf(ctx, "read the queue", bodyOnly, func(t *tx) ([]int64, error) {
		ids, err := inOrder(t, now, skip.Treatments, len(skip.Passed)+limit)
		ids = slices.DeleteFunc(ids, func(id int64) bool { return skip.Passed[interventions.TaskID(id)] })
		return ids[:min(limit, len(ids))], err
	})
}

// Whether tasks are read with their cards, of which most work has no need.
const (
	bodyOnly = `SELECT t.id, t.body, '' FROM tasks t`
	withCard = `SELECT t.id, t.body, c.card FROM tasks t JOIN task_cards c ON c.task = t.id`
)

// tasksOf reads the tasks that pick finds, in its order.
func (s *Store) tasksOf(ctx context.Context, what, query string, pick func(t *tx) ([]int64, error)) (tasks []interventions.Task, err error) {
	at := map[interventions.TaskID]int{}
	err = s.read(ctx, what, func(t *tx) error {
		ids, err := pick(t)
		if err != nil || len(ids) == 0 {
			return err
		}
		args := make([]any, len(ids))
		for i, id := range ids {
			args[i], at[interventions.TaskID(id)] = id, i
		}
		return t.later(askTasks(&tasks, query+` WHERE t.id IN (`+placeholders(len(ids))+`)`, args...))
	})
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
func (s *Store) Task(ctx context.Context, id interventions.TaskID) (interventions.Task, error) {
	f, err := s.taskFile(ctx, id)
	return f.Task, err
}

// TaskFile returns Task with what was done about it.
func (s *Store) TaskFile(ctx context.Context, id interventions.TaskID) (f interventions.TaskFile, err error) {
	var last *interventions.Attempt
	var asked []interventions.Approval
	f, err = s.taskFile(ctx, id, askLastAttempt(&last, id), askApprovals(&asked, ofTask, int64(id)))
	f.Last, f.Asked = last, asked
	return f, err
}

// taskFile reads a task, with questions that go along.
func (s *Store) taskFile(ctx context.Context, id interventions.TaskID, beside ...question) (f interventions.TaskFile, err error) {
	var found []interventions.Task
	task := askTasks(&found, withCard+` WHERE t.id = ? AND t.ghost = 0 AND `+released, int64(id))
	if err = s.ask(ctx, "read a task", append(beside, task)...); err != nil {
		return f, err
	}
	if len(found) == 0 {
		return f, fault.New(fault.NotFound, "there is no task %d", id)
	}
	f.Task = found[0]
	return f, nil
}

// OpenTasks returns a household's open tasks, ghosts among them.
//
// Sealed: it returns ghosts, for an inbound contact to end; no page may list it.
func (s *Store) OpenTasks(ctx context.Context, household history.HouseholdID) ([]interventions.Task, error) {
	return s.tasksOf(ctx, "read the open tasks of a household", withCard, func(t *tx) (ids []int64, err error) {
		err = t.list(&ids, `SELECT t.id FROM tasks t WHERE t.household = ? AND t.state NOT IN ('done', 'expired', 'recalled')
			AND `+released+` ORDER BY t.id`, int64(household))
		return ids, err
	})
}

// Stale returns open tasks that need looking after at now, oldest first.
func (s *Store) Stale(ctx context.Context, now, soon time.Time, limit int) ([]interventions.Task, error) {
	return s.tasksOf(ctx, "read the tasks to look after", withCard, func(t *tx) (ids []int64, err error) {
		for _, q := range []struct {
			tend int
			at   time.Time
		}{{1, now}, {2, soon}} {
			var some []int64
			if err := t.list(&some, `SELECT t.id FROM tasks t WHERE t.tend > 0 AND t.tend = ? AND t.tend_at <= ? AND `+released+`
				ORDER BY t.tend_at, t.id LIMIT ?`, q.tend, micros(q.at), limit-len(ids)); err != nil {
				return nil, err
			}
			if ids = append(ids, some...); len(ids) >= limit {
				break
			}
		}
		return ids, nil
	})
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
func (s *Store) LastAttempt(ctx context.Context, id interventions.TaskID) (interventions.Attempt, error) {
	var last *interventions.Attempt
	err := s.ask(ctx, "read the last attempt", askLastAttempt(&last, id))
	if err == nil && last == nil {
		err = fault.New(fault.NotFound, "task %d has no attempt to correct", id)
	}
	if err != nil {
		return interventions.Attempt{}, err
	}
	return *last, nil
}

func askLastAttempt(into **interventions.Attempt, id interventions.TaskID) question {
	return question{
		`SELECT a.body, a.facts, c.card FROM task_attempts a JOIN task_cards c ON c.task = a.task
			WHERE a.task = ? AND a.undone = 0 ORDER BY a.seq DESC LIMIT 1`, []any{int64(id)}, func(r scanner) error {
			var body, facts, card string
			if err := r.Scan(&body, &facts, &card); err != nil {
				return err
			}
			a, err := readAttempt(body, facts, card)
			*into = &a
			return err
		},
	}
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
