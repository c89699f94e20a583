package store

import (
	"context"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

const approvalColumns = `id, task, treatment, offer, cost_minor, asked_by, at, why, answered_at, answered_by, granted, answer`

// SaveApproval keeps what an agent asks for; a request that is there under its
// id stays as it is.
//
// web: from a card.
func (s *Store) SaveApproval(ctx context.Context, a interventions.Approval) error {
	return s.write(ctx, small, "keep a request for an offer", func(t *tx) error {
		return t.insert("approvals", approvalColumns, [][]any{{
			a.ID, int64(a.Task), text(a.Treatment), text(a.Offer), a.CostMinor, text(a.By), micros(a.At), text(a.Why),
			microsOrZero(a.AnsweredAt), text(a.AnsweredBy), boolean(a.Granted), text(a.Answer),
		}}, "ON CONFLICT (id) DO NOTHING")
	})
}

// AnswerApproval keeps the answer to a request that has none; else Conflict.
//
// web: by a lead.
func (s *Store) AnswerApproval(ctx context.Context, a interventions.Approval) error {
	return s.write(ctx, small, "keep the answer to a request for an offer", func(t *tx) error {
		n, err := t.exec(`UPDATE approvals SET answered_at = ?, answered_by = ?, granted = ?, answer = ? WHERE id = ? AND answered_at = 0`,
			micros(a.AnsweredAt), text(a.AnsweredBy), boolean(a.Granted), text(a.Answer), a.ID)
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "somebody has answered this already")
		}
		return err
	})
}

// Approvals returns what was asked for with one task.
func (s *Store) Approvals(ctx context.Context, task interventions.TaskID) ([]interventions.Approval, error) {
	return s.approvals(ctx, ofTask, int64(task))
}

const ofTask = `WHERE task = ? ORDER BY at, id`

// Approval returns one request; NotFound when there is none.
func (s *Store) Approval(ctx context.Context, id int64) (interventions.Approval, error) {
	list, err := s.approvals(ctx, `WHERE id = ?`, id)
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "there is no such request")
	}
	if err != nil {
		return interventions.Approval{}, err
	}
	return list[0], nil
}

// ApprovalsAsked returns what one agent has asked for since a time, the newest first.
func (s *Store) ApprovalsAsked(ctx context.Context, agent string, since time.Time, limit int) ([]interventions.Approval, error) {
	return s.approvals(ctx, `WHERE asked_by = ? AND at >= ? ORDER BY at DESC, id LIMIT ?`, text(agent), micros(since), limit)
}

// ApprovalsOpen returns requests since a time without an answer whose task is
// still open, the oldest first.
func (s *Store) ApprovalsOpen(ctx context.Context, since time.Time, limit int) ([]interventions.Approval, error) {
	return s.approvals(ctx, `WHERE answered_at = 0 AND at >= ? AND EXISTS (SELECT 1 FROM tasks t WHERE t.id = approvals.task
		AND t.state NOT IN ('done', 'expired', 'recalled')) ORDER BY at, id LIMIT ?`, micros(since), limit)
}

// ApprovalsAnswered returns the newest answers since a time.
func (s *Store) ApprovalsAnswered(ctx context.Context, since time.Time, limit int) ([]interventions.Approval, error) {
	return s.approvals(ctx, `WHERE answered_at > 0 AND answered_at >= ? ORDER BY answered_at DESC, id DESC LIMIT ?`, micros(since), limit)
}

func (s *Store) approvals(ctx context.Context, where string, args ...any) (list []interventions.Approval, err error) {
	err = s.ask(ctx, "read requests for offers", askApprovals(&list, where, args...))
	return list, err
}

func askApprovals(into *[]interventions.Approval, where string, args ...any) question {
	return question{`SELECT ` + approvalColumns + ` FROM approvals ` + where, args, func(r scanner) error {
		var a interventions.Approval
		var task, at, answered int64
		var granted int
		if err := r.Scan(&a.ID, &task, &a.Treatment, &a.Offer, &a.CostMinor, &a.By, &at, &a.Why,
			&answered, &a.AnsweredBy, &granted, &a.Answer); err != nil {
			return err
		}
		a.Task, a.At, a.AnsweredAt, a.Granted = interventions.TaskID(task), instant(at), instantOrZero(answered), granted == 1
		*into = append(*into, a)
		return nil
	}}
}
