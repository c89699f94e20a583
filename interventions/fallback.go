package interventions

import (
	"context"
	"fmt"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// FallbackStore is what looking through an older list's work needs.
type FallbackStore interface {
	// WaitingTasks returns tasks of a list, by id after one, that wait and
	// nobody began, ghosts among them.
	WaitingTasks(ctx context.Context, pub PublicationID, after TaskID, limit int) ([]Task, error)
	// WaitingMessages returns messages of a list, by id after one, that have
	// still to leave, ghosts among them.
	WaitingMessages(ctx context.Context, pub PublicationID, after MessageID, limit int) ([]Message, error)
	// Situation returns what is known now of a customer and household; see DeskStore.
	Situation(ctx context.Context, customer history.CustomerID, household history.HouseholdID, now time.Time) (Known, Facts, error)
	// SaveStep persists what a step leads to; see DeskStore.
	SaveStep(ctx context.Context, before Task, step Consequences) error
	// SaveMessage persists a message if it is still in from.
	SaveMessage(ctx context.Context, from MessageState, m Message, facts []history.Fact, stamp *ExposureStamp) error
}

// fallbackPage is how many tasks or messages are looked at before the next are
// read.
const fallbackPage = 200

// BlockNow runs the gates on the work of a list that nobody began, as when its
// turn comes, and blocks what they no longer let through. It returns how much
// of it people would have seen. Work that only has to wait is left alone.
//
// manual: list fallback.
func (p *Policy) BlockNow(ctx context.Context, store FallbackStore, pub PublicationID, now time.Time) (blocked int, err error) {
	n, err := p.blockTasks(ctx, store, pub, now)
	if err != nil {
		return n, err
	}
	m, err := p.blockMessages(ctx, store, pub, now)
	return n + m, err
}

func (p *Policy) blockTasks(ctx context.Context, store FallbackStore, pub PublicationID, now time.Time) (blocked int, err error) {
	for after := TaskID(0); ; {
		tasks, err := store.WaitingTasks(ctx, pub, after, fallbackPage)
		if err != nil || len(tasks) == 0 {
			return blocked, err
		}
		for _, t := range tasks {
			after = t.ID
			k, f, err := store.Situation(ctx, t.Customer, t.Household, now)
			if err != nil {
				return blocked, fmt.Errorf("read what is known of customer %d: %w", t.Customer, err)
			}
			_, closed, err := p.Opened(t, &k, &f, now)
			if err != nil {
				return blocked, err
			}
			if closed == nil || closed.Task.State != TaskBlocked {
				continue
			}
			err = store.SaveStep(ctx, t, *closed)
			if fault.Of(err) == fault.Conflict { // somebody has just begun it
				continue
			}
			if err != nil {
				return blocked, fmt.Errorf("block task %d: %w", t.ID, err)
			}
			if !t.Ghost {
				blocked++
			}
		}
	}
}

func (p *Policy) blockMessages(ctx context.Context, store FallbackStore, pub PublicationID, now time.Time) (blocked int, err error) {
	for after := MessageID(0); ; {
		messages, err := store.WaitingMessages(ctx, pub, after, fallbackPage)
		if err != nil || len(messages) == 0 {
			return blocked, err
		}
		for _, m := range messages {
			after = m.ID
			k, f, err := store.Situation(ctx, m.Customer, m.Household, now)
			if err != nil {
				return blocked, fmt.Errorf("read what is known of customer %d: %w", m.Customer, err)
			}
			s, err := p.BeforeSend(m, &k, &f, now)
			if err != nil {
				return blocked, err
			}
			if s.Go || s.Message.State != MessageBlocked {
				continue
			}
			err = store.SaveMessage(ctx, m.State, s.Message, nil, nil)
			if fault.Of(err) == fault.Conflict { // it is leaving
				continue
			}
			if err != nil {
				return blocked, fmt.Errorf("block message %d: %w", m.ID, err)
			}
			if !m.Ghost {
				blocked++
			}
		}
	}
}
