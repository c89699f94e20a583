package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast/channels"
	"holdfast/history"
	"holdfast/interventions"
	"holdfast/queue"
)

// Kinds of jobs that tell subscribers of events.
const (
	TellJob     = "tell"      // one event to one subscriber
	TellListJob = "tell-list" // make the events of a released list
)

// Telling is the payload of a TellJob.
type Telling struct {
	Subscriber string         `json:"subscriber"`
	Event      channels.Event `json:"event"`
}

// TellingList is the payload of a TellListJob.
type TellingList struct {
	Publication int64     `json:"publication"`
	At          time.Time `json:"at"`
}

// wanted says whether any subscriber is told of an event.
func (s *Store) wanted(types ...channels.EventType) bool {
	return slices.ContainsFunc(s.opts.Subscribers, func(x channels.Subscriber) bool {
		return slices.ContainsFunc(types, x.Wants)
	})
}

// tell makes the jobs that tell of an event, in the transaction that brings it
// about or foresees it: once for each name of what happened and subscriber.
func (s *Store) tell(t *tx, name string, e channels.Event, now time.Time) error {
	e.At = e.At.UTC()
	for _, to := range s.opts.Subscribers {
		if !to.Wants(e.Type) {
			continue
		}
		job, err := queue.New(TellJob, fmt.Sprintf("tell/%s/%s/%s", to.Name, e.Type, name), Telling{to.Name, e}, now)
		if err != nil {
			return err
		}
		if e.At.After(now) {
			job.RunAfter = e.At
		}
		if _, err := insertJob(t, job); err != nil {
			return err
		}
	}
	return nil
}

// tellStep tells what a step on a task brought about.
func (s *Store) tellStep(t *tx, before interventions.Task, step interventions.Consequences, at time.Time) error {
	task := step.Task
	if len(s.opts.Subscribers) == 0 || task.Ghost {
		return nil
	}
	data := channels.EventData{Task: int64(task.ID), Customer: int64(task.Customer), Treatment: task.Treatment}
	if step.Attempt != nil {
		data.Disposition = string(step.Attempt.WrapUp.Disposition)
		if slices.Contains(interventions.Claims, step.Attempt.WrapUp.Disposition) {
			name := fmt.Sprintf("%d/%d", task.ID, step.Attempt.N)
			if err := s.tell(t, name, channels.Event{Type: channels.SaveClaimed, At: at, Data: data}, at); err != nil {
				return err
			}
		}
	}
	if task.State == interventions.TaskDone && before.State != interventions.TaskDone {
		if err := s.tell(t, fmt.Sprint(task.ID), channels.Event{Type: channels.TaskDone, At: at, Data: data}, at); err != nil {
			return err
		}
	}
	if p := step.Promise; p != nil {
		due := p.DueAt.UTC()
		data := channels.EventData{Promise: int64(p.ID), Task: int64(task.ID), Customer: int64(p.Customer), DueAt: &due}
		return s.tell(t, fmt.Sprint(p.ID), channels.Event{Type: channels.PromiseDue, At: due, Data: data}, at)
	}
	return nil
}

// tellReleased tells of a list, and leaves the events of its work to a job.
func (s *Store) tellReleased(t *tx, list listRow, now time.Time) error {
	asOf := instant(list.AsOf)
	data := channels.EventData{Publication: list.ID, AsOf: &asOf}
	name := fmt.Sprintf("%d/%d", list.ID, micros(now)) // a list that is brought back is released again
	if err := s.tell(t, name, channels.Event{Type: channels.PublicationReleased, At: now, Data: data}, now); err != nil {
		return err
	}
	if !s.wanted(channels.TaskReady, channels.CustomerLeft) {
		return nil
	}
	job, err := queue.New(TellListJob, fmt.Sprintf("tell-list/%d", list.ID), TellingList{list.ID, now.UTC()}, now)
	if err != nil {
		return err
	}
	_, err = insertJob(t, job)
	return err
}

// TellReady makes the events of a list's tasks that can be worked.
//
// queue: tell-list.
func (s *Store) TellReady(ctx context.Context, pub int64, at time.Time) error {
	if !s.wanted(channels.TaskReady) {
		return nil
	}
	for after := int64(0); ; {
		var rows []struct {
			ID        int64
			Customer  int64
			Treatment string
		}
		err := s.write(ctx, bulk, "tell of ready tasks", func(t *tx) error {
			rows = nil
			if err := t.list(&rows, `SELECT id, customer, treatment FROM tasks
				WHERE publication = ? AND ghost = 0 AND state = 'ready' AND id > ? ORDER BY id LIMIT ?`, pub, after, workPerChunk); err != nil {
				return err
			}
			for _, r := range rows {
				e := channels.Event{Type: channels.TaskReady, At: at, Data: channels.EventData{
					Publication: pub, Task: r.ID, Customer: r.Customer, Treatment: r.Treatment,
				}}
				if err := s.tell(t, fmt.Sprint(r.ID), e, at); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].ID
	}
}

// Unlisted returns who of a partition was on the list before this one, in the
// population, and is not on this one.
func (s *Store) Unlisted(ctx context.Context, pub int64, partition int) (ids []history.CustomerID, err error) {
	err = s.read(ctx, "compare two lists", func(t *tx) error {
		ids = ids[:0]
		return t.list(&ids, `SELECT b.customer FROM listed b WHERE b.partition = ? AND b.band <> '' AND b.publication = (
				SELECT id FROM publications WHERE state IN ('released', 'withdrawn') AND as_of < (SELECT as_of FROM publications WHERE id = ?)
				ORDER BY as_of DESC, id DESC LIMIT 1)
			AND NOT EXISTS (SELECT 1 FROM listed n WHERE n.publication = ? AND n.partition = b.partition AND n.customer = b.customer AND n.band <> '')
			ORDER BY b.customer`, partition, pub, pub)
	})
	return ids, err
}

// TellLeft makes the event of a customer who has left.
func (s *Store) TellLeft(ctx context.Context, pub int64, id history.CustomerID, why string, at time.Time) error {
	return s.write(ctx, small, "tell that a customer has left", func(t *tx) error {
		e := channels.Event{Type: channels.CustomerLeft, At: at, Data: channels.EventData{Customer: int64(id), Why: why}}
		return s.tell(t, fmt.Sprintf("%d/%d", id, pub), e, at)
	})
}
