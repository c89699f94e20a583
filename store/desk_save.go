package store

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// SaveStep persists what a step leads to, in one transaction: the task if its
// state and fence are still as in before, else Conflict and nothing changes.
// A before with ID 0 inserts the task. A task of Close that changed meanwhile
// is left alone.
func (s *Store) SaveStep(ctx context.Context, before interventions.Task, step interventions.Consequences) error {
	return s.write(ctx, small, fmt.Sprintf("save task %d", step.Task.ID), func(t *tx) error {
		at := stepTime(step)
		changes, err := saveStepTasks(t, before, step)
		if err != nil {
			return err
		}
		if err := saveChanges(t, changes); err != nil {
			return err
		}
		if err := recordAsStamped(t, step.Facts, at); err != nil {
			return err
		}
		if err := savePromises(t, step, at); err != nil {
			return err
		}
		if err := saveAttempt(t, step, at); err != nil {
			return err
		}
		if err := saveHandled(t, step); err != nil {
			return err
		}
		if err := passedContact(t, before, step.Task); err != nil {
			return err
		}
		if err := stampExposures(t, step.Exposures); err != nil {
			return err
		}
		if err := saveMarks(t, step); err != nil {
			return err
		}
		return s.tellStep(t, before, step, at)
	})
}

// stepTime is when a step was made, for what it leaves without a time.
func stepTime(step interventions.Consequences) time.Time {
	switch {
	case len(step.Changes) > 0:
		return step.Changes[0].At
	case step.Attempt != nil:
		return step.Attempt.At
	}
	return step.Task.CreatedAt
}

// saveStepTasks writes the task, its follow-up and what ends with it, and
// returns the changes of state that took place.
func saveStepTasks(t *tx, before interventions.Task, step interventions.Consequences) ([]interventions.Change, error) {
	task := step.Task
	if before.ID == 0 {
		if err := takeKey(t, task.Key, task.ID, !task.StartedAt.IsZero()); err != nil {
			return nil, err
		}
		if err := insertTasks(t, []interventions.Task{task}); err != nil {
			return nil, err
		}
	} else if err := saveHeldTask(t, before, task); err != nil {
		return nil, err
	}
	if f := step.FollowUp; f != nil {
		if err := saveFollowUp(t, f); err != nil {
			return nil, err
		}
	}
	changes := step.Changes
	if step.Recall != 0 {
		gone, err := recall(t, keyHolder{Task: int64(step.Recall)}, "corrected", stepTime(step))
		if err != nil {
			return nil, err
		}
		if !gone { // a follow-up has no list
			if err := recallFollowUp(t, step.Recall, stepTime(step)); err != nil {
				return nil, err
			}
		}
	}
	changes, err := closeOthers(t, changes, step.Close)
	if err != nil {
		return nil, err
	}
	return reopenOthers(t, changes, step.Reopen)
}

// saveFollowUp adds a follow-up, unless other work looks after it already.
func saveFollowUp(t *tx, f *interventions.Task) error {
	err := takeKey(t, f.Key, f.ID, false)
	if err != nil && fault.Of(err) == fault.Conflict {
		return nil
	}
	if err != nil {
		return err
	}
	return insertTasks(t, []interventions.Task{*f})
}

// saveHeldTask writes a task that is there, if nobody changed it meanwhile.
func saveHeldTask(t *tx, before, task interventions.Task) error {
	update, err := taskUpdate(&task, before.State, before.Fence)
	if err != nil {
		return err
	}
	if err := t.expect(update, fault.New(fault.Conflict, "task %d was changed by somebody else meanwhile: take the next one", task.ID)); err != nil {
		return err
	}
	if !reflect.DeepEqual(before.Card, task.Card) { // an offer was taken out
		card, err := json.Marshal(task.Card)
		if err != nil {
			return fmt.Errorf("write the card of task %d: %w", task.ID, err)
		}
		if err := t.run(`UPDATE task_cards SET card = ? WHERE task = ?`, string(card), int64(task.ID)); err != nil {
			return err
		}
	}
	return keepTaskKey(t, &task)
}

// recallFollowUp takes back a follow-up that a correction undoes, if nobody
// began it.
func recallFollowUp(t *tx, id interventions.TaskID, at time.Time) error {
	task, err := findTask(t, id)
	if fault.Of(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	c, ok := interventions.Recall(task, "system", at)
	if !ok {
		return nil
	}
	c.Task.Reason = "corrected"
	changed, err := updateTask(t, &c.Task, task.State, task.Fence)
	if err != nil || !changed {
		return err
	}
	if err := saveChanges(t, c.Changes); err != nil {
		return err
	}
	return keepTaskKey(t, &c.Task)
}

// closeOthers ends other tasks of the household, each if it is still in the
// state that its change says, and leaves out the changes of those that are not.
func closeOthers(t *tx, changes []interventions.Change, others []interventions.Task) ([]interventions.Change, error) {
	moved := map[interventions.TaskID]bool{}
	for i := range others {
		o := &others[i]
		from, known := interventions.TaskState(""), false
		for _, c := range changes {
			if c.Task == o.ID && !known {
				from, known = c.From, true
			}
		}
		if !known {
			return nil, fault.New(fault.Internal, "task %d is closed without a change of state", o.ID)
		}
		changed, err := updateTask(t, o, from, o.Fence)
		if err != nil {
			return nil, err
		}
		if !changed {
			moved[o.ID] = true
			continue
		}
		if err := keepTaskKey(t, o); err != nil {
			return nil, err
		}
	}
	kept := make([]interventions.Change, 0, len(changes))
	for _, c := range changes {
		if !moved[c.Task] {
			kept = append(kept, c)
		}
	}
	return kept, nil
}

func savePromises(t *tx, step interventions.Consequences, at time.Time) error {
	for _, c := range []struct {
		ids []interventions.PromiseID
		set func(*interventions.Promise)
	}{
		{step.Kept, func(p *interventions.Promise) { p.KeptAt = at }},
		{step.Unkept, func(p *interventions.Promise) { p.KeptAt = time.Time{} }},
		{step.Voided, func(p *interventions.Promise) { p.VoidedAt = at }},
	} {
		for _, id := range c.ids {
			if err := changePromise(t, id, c.set); err != nil {
				return err
			}
		}
	}
	if step.Task.Promise != 0 && step.Task.Escalated {
		if err := changePromise(t, step.Task.Promise, func(p *interventions.Promise) { p.Escalated, p.Owner = true, step.Task.Owner }); err != nil {
			return err
		}
	}
	if p := step.Promise; p != nil {
		body, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("write promise %d: %w", p.ID, err)
		}
		return t.run(`INSERT INTO promises (id, task, household, partition, due_at, pending, body) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			int64(p.ID), int64(p.Task), int64(p.Household), step.Task.Partition, micros(p.DueAt), boolean(p.Open()), string(body))
	}
	return nil
}

func changePromise(t *tx, id interventions.PromiseID, set func(*interventions.Promise)) error {
	var bodies []string
	if err := t.list(&bodies, `SELECT body FROM promises WHERE id = ?`, int64(id)); err != nil || len(bodies) == 0 {
		return err
	}
	p, err := readPromise(bodies[0])
	if err != nil {
		return err
	}
	set(&p)
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("write promise %d: %w", id, err)
	}
	_, err = t.exec(`UPDATE promises SET pending = ?, body = ? WHERE id = ?`, boolean(p.Open()), string(body), int64(id))
	return err
}

func readPromise(body string) (p interventions.Promise, err error) {
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		return p, fmt.Errorf("read a promise: %w", err)
	}
	return p, nil
}

// saveAttempt appends an attempt with the contact it was, after undoing the
// one that a correction replaces.
func saveAttempt(t *tx, step interventions.Consequences, at time.Time) error {
	task := &step.Task
	if step.Undo != 0 {
		if err := t.run(`UPDATE task_attempts SET undone = ? WHERE task = ? AND n = ? AND undone = 0`, micros(at), int64(task.ID), step.Undo); err != nil {
			return err
		}
		if err := t.run(`DELETE FROM own_contacts WHERE work = ? AND n = ?`, interventions.WorkOf(task.ID, 0), step.Undo); err != nil {
			return err
		}
	}
	a := step.Attempt
	if a == nil {
		return nil
	}
	body, facts, err := attemptBody(*a)
	if err != nil {
		return err
	}
	if err := t.run(`INSERT INTO task_attempts (task, seq, n, at, who, undone, body, facts)
		VALUES (?, (SELECT COALESCE(MAX(seq), 0) + 1 FROM task_attempts WHERE task = ?), ?, ?, ?, 0, ?, ?)`,
		int64(a.Task), int64(a.Task), a.N, micros(a.At), text(a.By), body, facts); err != nil {
		return err
	}
	for _, f := range a.Facts {
		c, ok := f.Body.(history.Contact)
		if !ok || !c.Proactive || f.Retracted {
			continue
		}
		return saveContact(t, ownContact{
			work: interventions.WorkOf(task.ID, 0), n: a.N, household: task.Household, customer: task.Customer, partition: task.Partition,
			at: f.Occurred, channel: c.Channel, purpose: c.Purpose, reached: c.Reached,
		})
	}
	return nil
}

// passedContact lets a ghost that passed stand among the contacts like the
// contact it mirrors.
func passedContact(t *tx, before, task interventions.Task) error {
	if task.PassedAt.IsZero() || !before.PassedAt.IsZero() {
		return nil
	}
	return saveContact(t, ownContact{
		work: interventions.WorkOf(task.ID, 0), n: 1, household: task.Household, customer: task.Customer, partition: task.Partition,
		at: task.PassedAt, channel: string(task.Channel), purpose: string(task.Purpose), reached: true,
	})
}
