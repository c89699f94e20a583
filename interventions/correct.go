package interventions

import (
	"slices"
	"strconv"

	"holdfast/history"
	"holdfast/internal/fault"
)

// Correct replaces the last attempt's disposition: what the first one did is
// undone (facts retracted, promise voided, follow-up recalled, work given back that it had ended, task as before)
// and the new one applied as if it had been chosen at the time. It is refused
// once somebody has worked on the task since. It is pure.
func (p *Policy) Correct(last Attempt, w Wrap) (Consequences, error) {
	now := w.Task
	if !last.Undone.IsZero() || last.N != now.Attempts || last.Task != now.ID {
		return Consequences{}, fault.New(fault.Conflict, "this attempt is not the task's last: correct the last one")
	}
	if now.State == TaskInProgress || (now.State == TaskLeased && w.Now.Before(now.LeaseUntil)) {
		return Consequences{}, fault.New(fault.Conflict, "%s is working on this task: wait until it is saved", now.Owner)
	}
	before := last.Before
	before.Fence, before.Notes = now.Fence, now.Notes
	known := *w.Known
	known.Points = undonePoints(known.Points, last)
	known.Issues = slices.DeleteFunc(slices.Clone(known.Issues), func(i OpenIssue) bool {
		return slices.ContainsFunc(last.Facts, func(f history.Fact) bool { return f.Kind == history.FactIssue && f.Ref == i.Ref })
	})
	c, err := p.apply(Wrap{Task: before, Agent: w.Agent, Up: w.Up, Known: &known, Now: w.Now, Open: w.Open, Asked: w.Asked}, last.At)
	if err != nil {
		return Consequences{}, err
	}
	c.Undo = last.N
	c.Attempt.Facts = slices.Clone(c.Facts)
	c.Task.Fence = now.Fence + 1
	others := slices.DeleteFunc(slices.Clone(c.Changes), func(x Change) bool { return x.Task == now.ID })
	c.Changes = []Change{{Task: now.ID, At: w.Now, Who: w.Agent.Name, From: now.State, To: c.Task.State, Why: "corrected: " + c.Task.Reason}}
	if !now.State.May(c.Task.State) {
		return Consequences{}, fault.New(fault.Conflict, "the task is %s and cannot become %s: open it again to see what happened", now.State, c.Task.State)
	}
	c.Changes = append(c.Changes, others...)
	if m, err := MeaningOf(w.Up.Disposition); err == nil && !m.endsOthers(&before) {
		giveBack(&c, w)
	}
	for _, f := range last.Facts {
		if slices.ContainsFunc(c.Facts, func(n history.Fact) bool { return n.Ref == f.Ref && n.Kind == f.Kind }) {
			continue // the same fact with other content: a correction
		}
		c.Facts = append(c.Facts, retraction(f, last, w))
	}
	if last.Promise != 0 {
		if c.Promise == nil {
			c.Voided = []PromiseID{last.Promise}
		} else { // made anew under an id of its own, so that the first stays on record as taken back
			c.Voided = []PromiseID{last.Promise}
			c.Promise.ID = PromiseID(p.hash63("promise", strconv.FormatInt(int64(now.ID), 10), strconv.Itoa(last.N), strconv.FormatInt(c.Task.Fence, 10)))
			c.Task.Promise, c.Attempt.Promise = c.Promise.ID, c.Promise.ID
		}
	}
	if last.Kept != 0 && !slices.Contains(c.Kept, last.Kept) {
		c.Unkept = []PromiseID{last.Kept}
	}
	if last.Follow == 0 {
		return c, nil
	}
	if was, err := MeaningOf(last.WrapUp.Disposition); c.FollowUp != nil && err == nil && (was.then == thenUnusable) == (c.FollowUp.Family == FamilyData) {
		c.FollowUp = nil // it is there already
		c.Attempt.Follow = last.Follow
		return c, nil
	}
	c.Recall = last.Follow
	return c, nil
}

// giveBack puts back in the queue what the corrected wrap-up had ended, ghosts
// alike, where its time has not run out. Its gates are asked when its turn comes.
func giveBack(c *Consequences, w Wrap) {
	for _, o := range w.Ended {
		if !o.ExpiresAt.IsZero() && !w.Now.Before(o.ExpiresAt) {
			continue
		}
		to := TaskReady
		if o.Ghost {
			to = TaskGhost
		}
		s := begin(o, w.Now, w.Agent.Name)
		s.c.Task.Owner = ""
		if s.to(to, "corrected") == nil {
			c.Reopen = append(c.Reopen, s.c.Task)
			c.Changes = append(c.Changes, s.c.Changes...)
		}
	}
}

// retraction withdraws a fact; a contact point that was ended becomes valid
// again instead.
func retraction(f history.Fact, last Attempt, w Wrap) history.Fact {
	f.Recorded = w.Now.UTC()
	if f.Kind == history.FactContactPoint {
		for _, was := range last.Points {
			if was.Ref == f.Ref {
				f.Body = was.ContactPoint
			}
		}
		return f
	}
	f.Retracted = true
	return f
}

// undonePoints are the contact points as they were before the attempt.
func undonePoints(points []history.PointAt, last Attempt) []history.PointAt {
	if len(last.Points) == 0 {
		return points
	}
	return last.Points
}
