package interventions

import (
	"context"
	"fmt"
	"time"

	"holdfast/internal/fault"
)

// ApprovalStore keeps what agents ask for, and the answers.
type ApprovalStore interface {
	// Approvals returns what was asked for with one task, in any order.
	Approvals(ctx context.Context, task TaskID) ([]Approval, error)
	// Approval returns one request; NotFound when there is none.
	Approval(ctx context.Context, id int64) (Approval, error)
	// SaveApproval keeps a request; one that is there under its id stays as it is.
	SaveApproval(ctx context.Context, a Approval) error
	// AnswerApproval keeps the answer to a request that has none; else Conflict.
	AnswerApproval(ctx context.Context, a Approval) error
}

// AskForOffer asks for an offer above the agent's authority and returns what is
// kept: the request of before, where the same was asked in this attempt.
//
// web: by the key a.
func (d *Desk) AskForOffer(ctx context.Context, id TaskID, a Agent, fence int64, treatment, why string, now time.Time) (Approval, error) {
	t, err := d.store.Task(ctx, id)
	if err != nil {
		return Approval{}, err
	}
	k, err := d.store.Known(ctx, t.Customer, now)
	if err != nil {
		return Approval{}, fmt.Errorf("read what is known of customer %d: %w", t.Customer, err)
	}
	asked, err := d.store.Approvals(ctx, id)
	if err != nil {
		return Approval{}, fmt.Errorf("read what was asked for with task %d: %w", id, err)
	}
	ask, err := d.policy.AskForOffer(&k, t, a, fence, asked, treatment, why, now)
	if err != nil {
		return Approval{}, err
	}
	if err := d.store.SaveApproval(ctx, ask); err != nil {
		return Approval{}, fmt.Errorf("keep the request: %w", err)
	}
	return ask, nil
}

// AnswerOffer approves or declines what an agent asked for.
//
// web: by a lead.
func (d *Desk) AnswerOffer(ctx context.Context, id int64, by Agent, granted bool, answer string, now time.Time) (Approval, error) {
	ask, err := d.store.Approval(ctx, id)
	if err != nil {
		return ask, err
	}
	t, err := d.store.Task(ctx, ask.Task)
	if err != nil {
		return ask, fmt.Errorf("read task %d: %w", ask.Task, err)
	}
	was := ask.Open()
	if ask, err = d.policy.Answer(ask, t, by, granted, answer, now); err != nil || !was {
		return ask, err
	}
	err = d.store.AnswerApproval(ctx, ask)
	if fault.Of(err) == fault.Conflict { // somebody was faster: perhaps with the same
		first, again := d.store.Approval(ctx, id)
		if again != nil {
			return ask, fmt.Errorf("read request %d again: %w", id, again)
		}
		return d.policy.Answer(first, t, by, granted, answer, now)
	}
	if err != nil {
		return ask, fmt.Errorf("keep the answer: %w", err)
	}
	return ask, nil
}
