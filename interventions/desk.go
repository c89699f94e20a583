package interventions

import (
	"context"
	"fmt"
	"sync"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// Desk hands out work and takes in what came of it. It reads what it needs,
// calls the pure functions of this package, and saves what they say.
type Desk struct {
	policy *Policy
	store  DeskStore
	hands  hands
}

// NewDesk makes a desk over a store.
func NewDesk(p *Policy, s DeskStore) *Desk { return &Desk{policy: p, store: s} }

// hands are the tasks that somebody's Next is looking at. Without them all who
// ask at once would look at the same first task, and all but one in vain.
type hands struct {
	mu    sync.Mutex
	tasks map[TaskID]bool
}

// take says whether nobody else was looking at the task.
func (h *hands) take(id TaskID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.tasks[id] {
		return false
	}
	if h.tasks == nil {
		h.tasks = map[TaskID]bool{}
	}
	h.tasks[id] = true
	return true
}

func (h *hands) leave(id TaskID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.tasks, id)
}

// Tasks are looked at page by page: the first are nearly always taken, and
// each page is twice the one before up to widest, so that an agent who may do
// none of the first thousand finds the next without reading them a hundred times.
const (
	page   = 8
	widest = 256
)

// Next leases the first task in the order of work that the agent may do and
// whose gates are open now, and returns it without its card. A ghost whose turn
// comes is stamped as passed and the next is taken; nobody can tell. What another's
// Next is looking at is left to it, unless there is nothing else: which of two gets
// a task is the store's to say, here they only keep out of each other's way.
// NotFound says that there is no work.
//
// web: by the key n and by Save and next.
func (d *Desk) Next(ctx context.Context, a Agent, now time.Time) (Task, error) {
	looks := []look{{}, {second: true}, {jostle: true}, {jostle: true, second: true}}
	left := false // to another's Next
	for _, l := range looks {
		if l.jostle && !left {
			break
		}
		t, more, err := d.next(ctx, a, now, l)
		if err != nil || t.ID != 0 {
			return t, err
		}
		left = left || more
	}
	return Task{}, fault.New(fault.NotFound, "there is no task for you now")
}

// look is one way through the queue: on the second come the tasks that should
// go to another agent first, and who jostles tries for what others look at.
type look struct{ second, jostle bool }

// next goes through the queue once. left says that it left a task to another.
func (d *Desk) next(ctx context.Context, a Agent, now time.Time, l look) (got Task, left bool, err error) {
	skip := Skip{map[TaskID]bool{}, d.policy.notFor(a)}
	changed := map[TaskID]bool{}
	for wide := page; ; {
		tasks, err := d.store.Workable(ctx, now, skip, wide)
		if err != nil {
			return Task{}, left, fmt.Errorf("read the queue: %w", err)
		}
		t, more, err := d.firstOf(ctx, tasks, a, now, l, skip)
		left = left || more
		switch {
		case fault.Of(err) == fault.Conflict:
			if !changed[t.ID] { // it may wait as before, for a night or a plan touched it
				changed[t.ID] = true
				delete(skip.Passed, t.ID)
			}
		case err != nil || t.ID != 0:
			return t, left, err
		case len(tasks) < wide:
			return Task{}, left, nil
		default:
			wide = min(2*wide, widest)
		}
	}
}

// firstOf leases the first of the tasks that the agent may do, and notes which it
// looked at. A Conflict, with its task, says that this one changed since they were
// read, as the others may have: they are read again.
func (d *Desk) firstOf(ctx context.Context, tasks []Task, a Agent, now time.Time, l look, skip Skip) (got Task, left bool, err error) {
	for _, t := range tasks {
		skip.Passed[t.ID] = true
		if !mayBeOffered(t, a) || (t.AvoidOwner == a.Name) != l.second {
			continue
		}
		if !l.jostle && !d.hands.take(t.ID) {
			left = true
			continue
		}
		got, err := d.offer(ctx, t, a, now)
		if !l.jostle {
			d.hands.leave(t.ID)
		}
		if fault.Of(err) == fault.Conflict {
			return t, left, err
		}
		if err != nil || got.ID != 0 {
			return got, left, err
		}
	}
	return Task{}, left, nil
}

// notFor are the treatments whose work this agent may not do whoever it is for:
// another's thank-yous and what needs a skill. They are the most valuable work
// of some days, and stay at the head of the queue until somebody else does them.
func (p *Policy) notFor(a Agent) []string {
	var out []string
	for i := range p.cfg.Treatments {
		if t := &p.cfg.Treatments[i]; a.May(Task{Skills: t.Skills, Signatory: t.Signatory}) != nil {
			out = append(out, t.Name)
		}
	}
	return out
}

// mayBeOffered says whether a task is for this agent: R5, a promise that its
// owner can still keep is its owner's, and who rang is wrapped up by whom they
// spoke with.
func mayBeOffered(t Task, a Agent) bool {
	if t.Rings() && t.Owner != "" && t.Owner != a.Name {
		return false
	}
	if t.DueKind != "" && t.Owner != "" && t.Owner != a.Name && !t.Escalated && t.State == TaskCallback {
		return false
	}
	return !a.Absent && a.May(t) == nil
}

// offer tries to give one task to the agent: none says that its gates are closed
// or that it was a ghost's; a Conflict, that somebody changed it meanwhile. The
// task may lack its card.
func (d *Desk) offer(ctx context.Context, t Task, a Agent, now time.Time) (got Task, err error) {
	k, f, err := d.store.Situation(ctx, t.Customer, t.Household, now)
	if err != nil {
		return Task{}, fmt.Errorf("read what is known of customer %d: %w", t.Customer, err)
	}
	if len(k.Issues) > 0 && !t.Ghost { // what it offers is taken out
		if t.Card, err = d.store.TaskCard(ctx, t.ID); err != nil {
			return Task{}, fmt.Errorf("read the card of task %d: %w", t.ID, err)
		}
	}
	open, closed, err := d.policy.Opened(t, &k, &f, now)
	if err != nil {
		return Task{}, err
	}
	var c Consequences
	switch {
	case closed != nil:
		c = *closed
	case t.Ghost:
		c, err = Pass(t, now)
	default:
		c, err = Lease(open, a, now)
		got = c.Task
	}
	if err != nil {
		return Task{}, err
	}
	if err := d.store.SaveStep(ctx, t, c); err != nil {
		return Task{}, fmt.Errorf("save task %d: %w", t.ID, err)
	}
	return got, nil
}

// Take leases one task that the agent chose, such as a call-back on their list.
//
// web: from the list of call-backs and promises.
func (d *Desk) Take(ctx context.Context, id TaskID, a Agent, now time.Time) (Task, error) {
	t, err := d.store.Task(ctx, id)
	if err != nil {
		return Task{}, err
	}
	return d.takeUp(ctx, t, a, now)
}

// takeUp leases a task that the agent names.
func (d *Desk) takeUp(ctx context.Context, t Task, a Agent, now time.Time) (Task, error) {
	if _, err := Lease(t, a, now); err != nil {
		return Task{}, err
	}
	got, err := d.offer(ctx, t, a, now)
	if err == nil && got.ID == 0 {
		err = fault.New(fault.Conflict, "this customer may not be contacted now: take the next task")
	}
	return got, err
}

// Begin marks that the contact has begun.
//
// web: when the agent dials.
func (d *Desk) Begin(ctx context.Context, id TaskID, a Agent, fence int64, now time.Time) (Task, error) {
	return d.step(ctx, id, func(t Task) (Consequences, error) { return Begin(t, a.Name, fence, now) })
}

// Heartbeat renews the lease while the card is open.
//
// web: every few minutes from an open card.
func (d *Desk) Heartbeat(ctx context.Context, id TaskID, a Agent, fence int64, now time.Time) (Task, error) {
	return d.step(ctx, id, func(t Task) (Consequences, error) { return Heartbeat(t, a.Name, fence, now) })
}

// Snooze delays the task with a reason and, if there is one, a note.
//
// web: by the key z.
func (d *Desk) Snooze(ctx context.Context, id TaskID, a Agent, fence int64, reason, note string, until, now time.Time) (Task, error) {
	return d.step(ctx, id, func(t Task) (Consequences, error) { return d.policy.Snooze(t, a, fence, reason, note, until, now) })
}

// Postpone puts off a task that nobody holds: taken and snoozed in one step, so
// that no gate is asked, because nobody is contacted.
//
// web: from the list of thank-yous.
func (d *Desk) Postpone(ctx context.Context, id TaskID, a Agent, reason string, until, now time.Time) (Task, error) {
	return d.step(ctx, id, func(t Task) (Consequences, error) {
		taken, err := Lease(t, a, now)
		if err != nil {
			return Consequences{}, err
		}
		c, err := d.policy.Snooze(taken.Task, a, taken.Task.Fence, reason, "", until, now)
		c.Changes = append(taken.Changes, c.Changes...)
		return c, err
	})
}

// Skip declines the task with a reason and, if there is one, a note.
//
// web: by the key s.
func (d *Desk) Skip(ctx context.Context, id TaskID, a Agent, fence int64, reason, note string, now time.Time) (Task, error) {
	return d.step(ctx, id, func(t Task) (Consequences, error) { return d.policy.Skip(t, a, fence, reason, note, now) })
}

// Handoff passes the task to people with another skill.
//
// web: by the key h.
func (d *Desk) Handoff(ctx context.Context, id TaskID, a Agent, fence int64, skill, note string, now time.Time) (Task, error) {
	return d.step(ctx, id, func(t Task) (Consequences, error) { return d.policy.Handoff(t, a, fence, skill, note, now) })
}

// TakeBack undoes a snooze, a skip or a hand-off of the agent's: the task is
// theirs again, for people with the skills it asked for before. fence is the one
// they had it under: Conflict once anybody has had it since.
//
// web: by the key u.
func (d *Desk) TakeBack(ctx context.Context, id TaskID, a Agent, fence int64, skills []string, now time.Time) (Task, error) {
	t, err := d.store.Task(ctx, id)
	if err != nil {
		return Task{}, err
	}
	laid := t.State == TaskReady || t.State == TaskSnoozed || t.State == TaskCallback
	if !laid || t.Fence != fence {
		return Task{}, fault.New(fault.Conflict, "it cannot be taken back: something was done with it since")
	}
	t.Skills = skills
	return d.takeUp(ctx, t, a, now)
}

// Save wraps the task up.
//
// web: by Ctrl+Enter.
func (d *Desk) Save(ctx context.Context, id TaskID, a Agent, fence int64, up WrapUp, now time.Time) (Consequences, error) {
	w, err := d.wrap(ctx, id, a, up, now)
	if err != nil {
		return Consequences{}, err
	}
	w.Fence = fence
	c, err := d.policy.Apply(w)
	if err != nil {
		return Consequences{}, err
	}
	return c, d.save(ctx, w.Task, c)
}

// Correct replaces the disposition of the task's last attempt.
//
// web: by the key u and from the task's page.
func (d *Desk) Correct(ctx context.Context, id TaskID, a Agent, up WrapUp, now time.Time) (Consequences, error) {
	last, err := d.store.LastAttempt(ctx, id)
	if err != nil {
		return Consequences{}, err
	}
	w, err := d.wrap(ctx, id, a, up, now)
	if err != nil {
		return Consequences{}, err
	}
	if inbound(&w.Task) {
		if w.Ended, err = d.store.EndedBy(ctx, w.Task); err != nil {
			return Consequences{}, fmt.Errorf("read what ended with task %d: %w", id, err)
		}
	}
	c, err := d.policy.Correct(last, w)
	if err != nil {
		return Consequences{}, err
	}
	return c, d.save(ctx, w.Task, c)
}

// Inbound opens the card of a customer who rings and makes its task, begun.
// card is CardOf's, or that of an open task.
//
// web: find by phone or key, or a link from the telephone system.
func (d *Desk) Inbound(ctx context.Context, customer history.CustomerID, card Card, a Agent, channel Channel, now time.Time) (Task, error) {
	k, err := d.store.Known(ctx, customer, now)
	if err != nil {
		return Task{}, fmt.Errorf("read what is known of customer %d: %w", customer, err)
	}
	c, err := d.policy.Inbound(&k, card, a, channel, now)
	if err != nil {
		return Task{}, err
	}
	return c.Task, d.save(ctx, Task{}, c)
}

func (d *Desk) wrap(ctx context.Context, id TaskID, a Agent, up WrapUp, now time.Time) (Wrap, error) {
	t, err := d.store.Task(ctx, id)
	if err != nil {
		return Wrap{}, err
	}
	k, err := d.store.Known(ctx, t.Customer, now)
	if err != nil {
		return Wrap{}, fmt.Errorf("read what is known of customer %d: %w", t.Customer, err)
	}
	w := Wrap{Task: t, Agent: a, Up: up, Known: &k, Now: now}
	if up.OfferName != "" {
		if w.Asked, err = d.store.Approvals(ctx, id); err != nil {
			return Wrap{}, fmt.Errorf("read what was asked for with task %d: %w", id, err)
		}
	}
	if inbound(&t) {
		if w.Open, err = d.store.OpenTasks(ctx, t.Household); err != nil {
			return Wrap{}, fmt.Errorf("read the open tasks of household %d: %w", t.Household, err)
		}
	}
	return w, nil
}

func (d *Desk) step(ctx context.Context, id TaskID, do func(Task) (Consequences, error)) (Task, error) {
	t, err := d.store.Task(ctx, id)
	if err != nil {
		return Task{}, err
	}
	c, err := do(t)
	if err != nil {
		return Task{}, err
	}
	return c.Task, d.save(ctx, t, c)
}

func (d *Desk) save(ctx context.Context, before Task, c Consequences) error {
	if err := d.store.SaveStep(ctx, before, c); err != nil {
		return fmt.Errorf("save the task: %w", err)
	}
	return nil
}
