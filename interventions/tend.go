package interventions

import (
	"context"
	"fmt"
	"time"

	"holdfast/internal/fault"
)

// Tended counts what one look at the queue changed.
type Tended struct {
	LeasesLost, Expired, Opened, StillBlocked, Escalated int
}

// Tend looks after the queue once: lost leases return, work whose time ran out
// expires, blocked work whose gate opened returns, and promises about to break
// escalate. agents are those on duty, by name. It is safe to run at any time,
// also twice at once.
//
// scheduled: every minute.
func (p *Policy) Tend(ctx context.Context, store TendStore, agents map[string]Agent, now time.Time) (Tended, error) {
	var n Tended
	tasks, err := store.Stale(ctx, now, now.Add(escalateAt), 1000)
	if err != nil {
		return n, fmt.Errorf("read the tasks to look after: %w", err)
	}
	for _, t := range tasks {
		c, count, err := p.tend(ctx, store, t, agents, now, &n)
		if err != nil {
			return n, err
		}
		if count == nil {
			continue
		}
		err = store.SaveStep(ctx, t, c)
		if fault.Of(err) == fault.Conflict {
			continue // somebody else has just changed it
		}
		if err != nil {
			return n, fmt.Errorf("save task %d: %w", t.ID, err)
		}
		*count++
	}
	return n, nil
}

// tend finds what is to be done for one task, and what to count it as; nil
// when nothing is.
func (p *Policy) tend(ctx context.Context, store TendStore, t Task, agents map[string]Agent, now time.Time, n *Tended) (Consequences, *int, error) {
	if c, ok := Expire(t, now); ok {
		return c, &n.Expired, nil
	}
	if c, ok := LoseLease(t, now); ok {
		return c, &n.LeasesLost, nil
	}
	var owner *Agent
	if a, ok := agents[t.Owner]; ok {
		owner = &a
	}
	if c, ok := Escalate(t, owner, now); ok {
		return c, &n.Escalated, nil
	}
	if t.State != TaskBlocked {
		return Consequences{}, nil, nil
	}
	k, f, err := store.Situation(ctx, t.Customer, t.Household, now)
	if err != nil {
		return Consequences{}, nil, fmt.Errorf("read what is known of customer %d: %w", t.Customer, err)
	}
	if c, ok := p.Recheck(t, &k, &f, now); ok {
		return c, &n.Opened, nil
	}
	t.NotBefore = now.Add(recheckEvery)
	return Consequences{Task: t}, &n.StillBlocked, nil
}
