package interventions

import (
	"context"
	"reflect"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// memory is a DeskStore and TendStore of maps, for tests.
type memory struct {
	asking
	tasks    map[TaskID]Task
	attempts map[TaskID][]Attempt
	promises map[PromiseID]Promise
	facts    []history.Fact
	known    func(now time.Time) *Known
	sit      Facts
	changes  []Change
	stamps   []ExposureStamp
	conflict bool // the next save is refused: somebody else was faster
}

func newMemory(tasks ...Task) *memory {
	m := &memory{tasks: map[TaskID]Task{}, attempts: map[TaskID][]Attempt{}, promises: map[PromiseID]Promise{}, known: ann}
	for _, t := range tasks {
		m.tasks[t.ID] = t
	}
	return m
}

func (m *memory) Workable(_ context.Context, now time.Time, skip Skip, limit int) ([]Task, error) {
	var out []Task
	for _, t := range m.tasks {
		switch t.State {
		case TaskReady, TaskSnoozed, TaskCallback, TaskGhost:
			if t.NotBefore.After(now) || (t.DueKind == "" && !now.Before(t.ExpiresAt)) {
				continue
			}
		case TaskLeased, TaskInProgress:
			if t.LeaseUntil.After(now) {
				continue
			}
		default:
			continue
		}
		if skip.Passed[t.ID] || t.DueKind == "" && slices.Contains(skip.Treatments, t.Treatment) {
			continue
		}
		t.Card = Card{}
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b Task) int {
		if Before(&a, &b, now) {
			return -1
		}
		return 1
	})
	return out[:min(limit, len(out))], nil
}

func (m *memory) TaskCard(_ context.Context, id TaskID) (Card, error) { return m.tasks[id].Card, nil }

func (m *memory) Known(_ context.Context, id history.CustomerID, now time.Time) (Known, error) {
	k := m.known(now)
	k.Customer.ID = id
	return *k, nil
}

func (m *memory) Situation(ctx context.Context, id history.CustomerID, _ history.HouseholdID, now time.Time) (Known, Facts, error) {
	k, err := m.Known(ctx, id, now)
	return k, m.sit, err
}

func (m *memory) Task(_ context.Context, id TaskID) (Task, error) {
	t, ok := m.tasks[id]
	if !ok || t.Ghost {
		return Task{}, fault.New(fault.NotFound, "there is no task %d", id)
	}
	return t, nil
}

func (m *memory) SaveStep(_ context.Context, before Task, c Consequences) error {
	now, ok := m.tasks[c.Task.ID]
	if m.conflict || (before.ID == 0) == ok || (ok && (now.State != before.State || now.Fence != before.Fence)) {
		m.conflict = false
		return fault.New(fault.Conflict, "the task changed")
	}
	after := c.Task
	if ok && reflect.DeepEqual(after.Card, before.Card) { // it stays as it is kept
		after.Card = now.Card
	}
	m.tasks[c.Task.ID] = after
	for _, o := range slices.Concat(c.Close, c.Reopen) {
		m.tasks[o.ID] = o
	}
	if c.FollowUp != nil {
		m.tasks[c.FollowUp.ID] = *c.FollowUp
	}
	if c.Recall != 0 {
		delete(m.tasks, c.Recall)
	}
	if c.Promise != nil {
		m.promises[c.Promise.ID] = *c.Promise
	}
	for _, id := range c.Kept {
		p := m.promises[id]
		p.KeptAt = c.Attempt.At
		m.promises[id] = p
	}
	for _, id := range c.Voided {
		p := m.promises[id]
		p.VoidedAt = c.Attempt.At
		m.promises[id] = p
	}
	if c.Attempt != nil {
		list := m.attempts[c.Task.ID]
		if c.Undo > 0 {
			list = list[:c.Undo-1]
		}
		m.attempts[c.Task.ID] = append(list, *c.Attempt)
	}
	m.facts = append(m.facts, c.Facts...)
	m.changes = append(m.changes, c.Changes...)
	m.stamps = append(m.stamps, c.Exposures...)
	return nil
}

func (m *memory) LastAttempt(_ context.Context, id TaskID) (Attempt, error) {
	list := m.attempts[id]
	if len(list) == 0 {
		return Attempt{}, fault.New(fault.NotFound, "the task was not tried yet")
	}
	return list[len(list)-1], nil
}

func (m *memory) OpenTasks(_ context.Context, h history.HouseholdID) ([]Task, error) {
	var out []Task
	for _, t := range m.tasks {
		if t.Household == h && t.State.Open() {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b Task) int { return int(a.ID - b.ID) })
	return out, nil
}

func (m *memory) EndedBy(_ context.Context, t Task) ([]Task, error) {
	var out []Task
	for _, o := range m.tasks {
		if o.Household == t.Household && o.ID != t.ID && o.State == TaskDone && o.Reason == WhoRang {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b Task) int { return int(a.ID - b.ID) })
	return out, nil
}

func (m *memory) Stale(_ context.Context, now, soon time.Time, limit int) ([]Task, error) {
	var out []Task
	for _, t := range m.tasks {
		held := t.State == TaskLeased || t.State == TaskInProgress
		switch {
		case held && !t.LeaseUntil.After(now),
			!held && t.State.Open() && t.DueKind == "" && !t.ExpiresAt.After(now),
			t.State == TaskBlocked && !t.NotBefore.After(now),
			t.State == TaskCallback && !t.DueAt.After(soon):
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b Task) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return out[:min(limit, len(out))], nil
}
