package interventions

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast/internal/fault"
)

func readyTask(id TaskID, value float64) Task {
	t := heldTask(tuesday)
	t.ID, t.State, t.ValuePerMinute, t.Owner, t.Fence = id, TaskReady, value, "", 0
	t.StartedAt, t.LeaseUntil = time.Time{}, time.Time{}
	return t
}

// The queue is read without cards: what a card offers is taken out all the same
// while an issue is open, and stays where none is.
func TestNextTakesTheOfferOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		known  func(time.Time) *Known
		offers bool
	}{{ann, true}, {func(now time.Time) *Known { return openIssue(ann(now)) }, false}} {
		promised := readyTask(1, 10)
		promised.State, promised.DueKind, promised.DueAt, promised.Owner = TaskCallback, DuePromise, tuesday, "bob"
		m := newMemory(promised)
		m.known = c.known
		got, err := NewDesk(mustPolicy(t, testConfig()), m).Next(t.Context(), bob, tuesday)
		if err != nil || got.ID != 1 {
			t.Fatalf("got %d: %v", got.ID, err)
		}
		if kept := m.tasks[1]; (kept.Card.Offer != nil) != c.offers || (kept.OfferMinor > 0) != c.offers {
			t.Errorf("want an offer %t: the card has %v, the task %d", c.offers, kept.Card.Offer, kept.OfferMinor)
		}
	}
}

func TestNextInOrder(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	soon := readyTask(3, 1)
	soon.ExpiresAt = tuesday.Add(20 * time.Hour)
	polish := readyTask(4, 900)
	polish.Language = "pl"
	m := newMemory(readyTask(1, 10), readyTask(2, 20), soon, polish)
	d, ctx := NewDesk(p, m), context.Background()
	for _, want := range []TaskID{3, 2, 1} {
		got, err := d.Next(ctx, bob, tuesday)
		if err != nil || got.ID != want || got.Owner != "bob" || got.Fence != 1 {
			t.Fatalf("got %d (%v), want %d", got.ID, err, want)
		}
	}
	if _, err := d.Next(ctx, bob, tuesday); fault.Of(err) != fault.NotFound {
		t.Errorf("an empty queue gives %v", err)
	}
}

// asked counts how often the queue is read.
type asked struct {
	*memory
	times int
}

func (a *asked) Workable(ctx context.Context, now time.Time, skip Skip, limit int) ([]Task, error) {
	a.times++
	return a.memory.Workable(ctx, now, skip, limit)
}

// An agent who may do none of the first thousand tasks gets the next one after
// few looks at the queue.
func TestNextPastManyTasks(t *testing.T) {
	t.Parallel()
	tasks := []Task{readyTask(5000, 1)}
	for i := range 1000 {
		polish := readyTask(TaskID(1+i), 900)
		polish.Language = "pl"
		tasks = append(tasks, polish)
	}
	m := &asked{memory: newMemory(tasks...)}
	got, err := NewDesk(mustPolicy(t, testConfig()), m).Next(context.Background(), bob, tuesday)
	if err != nil || got.ID != 5000 || m.times > 9 {
		t.Errorf("task %d after %d looks at the queue: %v", got.ID, m.times, err)
	}
}

// The thank-yous of a director, which stay at the head of the queue, are read by
// nobody who does not make them.
func TestNextPastAnothersThanks(t *testing.T) {
	t.Parallel()
	tasks := []Task{readyTask(5000, 1)}
	for i := range 100 {
		thanks := readyTask(TaskID(1+i), 900)
		thanks.Treatment, thanks.Signatory = "tenure_thanks_call", "the managing director"
		tasks = append(tasks, thanks)
	}
	m := &asked{memory: newMemory(tasks...)}
	p := mustPolicy(t, testConfig())
	if got, err := NewDesk(p, m).Next(context.Background(), bob, tuesday); err != nil || got.ID != 5000 || m.times != 1 {
		t.Errorf("task %d after %d looks at the queue: %v", got.ID, m.times, err)
	}
	director := Agent{Name: "ann", Signs: []string{"the managing director"}}
	if left := p.notFor(director); slices.Contains(left, "tenure_thanks_call") {
		t.Errorf("the director's own calls are left out: %v", left)
	}
}

func TestLostLeaseGoesToAnother(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	m := newMemory(readyTask(1, 10), readyTask(2, 5))
	d, ctx := NewDesk(p, m), context.Background()
	got, err := d.Next(ctx, bob, tuesday)
	if err != nil {
		t.Fatal(err)
	}
	late := tuesday.Add(16 * time.Minute)
	n, err := p.Tend(ctx, m, nil, late)
	if err != nil || n.LeasesLost != 1 {
		t.Fatalf("%+v, %v", n, err)
	}
	if _, err := d.Heartbeat(ctx, got.ID, bob, got.Fence, late); fault.Of(err) != fault.Conflict {
		t.Errorf("the heartbeat of a lost lease: %v", err)
	}
	if next, _ := d.Next(ctx, bob, late); next.ID != 2 {
		t.Errorf("bob got %d again before anybody else", next.ID)
	}
	if next, _ := d.Next(ctx, Agent{Name: "carol", CeilingMinor: 9999}, late); next.ID != 1 || next.Fence != 2 {
		t.Errorf("carol got %d", next.ID)
	}
	m2 := newMemory(m.tasks[1])
	alone := m2.tasks[1]
	alone.State, alone.AvoidOwner = TaskReady, "bob"
	m2.tasks[1] = alone
	if next, err := NewDesk(p, m2).Next(ctx, bob, late); err != nil || next.ID != 1 {
		t.Errorf("with nothing else, bob gets it after all: %d, %v", next.ID, err)
	}
}

func TestGateAtOpenPutsOffOrBlocks(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	ctx := context.Background()
	m := newMemory(readyTask(1, 10))
	m.sit = Facts{Contacts: []OwnContact{{At: tuesday.Add(-time.Hour), Channel: ChannelLetter, Purpose: PurposeService}}}
	d := NewDesk(p, m)
	if _, err := d.Next(ctx, bob, tuesday); fault.Of(err) != fault.NotFound {
		t.Fatalf("contacted twice a day: %v", err)
	}
	if got := m.tasks[1]; got.State != TaskReady || !got.NotBefore.Equal(time.Date(2026, 3, 11, 9, 0, 0, 0, time.UTC)) {
		t.Errorf("put off to %v as %s", got.NotBefore, got.State)
	}
	m = newMemory(readyTask(1, 10))
	m.known = func(now time.Time) *Known { return openIssue(ann(now)) }
	d = NewDesk(p, m)
	if _, err := d.Next(ctx, bob, tuesday); fault.Of(err) != fault.NotFound || m.tasks[1].State != TaskBlocked {
		t.Fatalf("%v, %s", err, m.tasks[1].State)
	}
	later := tuesday.Add(2 * time.Hour)
	if n, err := p.Tend(ctx, m, nil, later); err != nil || n.StillBlocked != 1 || n.Opened != 0 {
		t.Fatalf("%+v %v", n, err)
	}
	m.known = ann
	if n, err := p.Tend(ctx, m, nil, later.Add(time.Hour)); err != nil || n.Opened != 1 || m.tasks[1].State != TaskReady {
		t.Fatalf("%+v %v", n, err)
	}
	if n, err := p.Tend(ctx, m, nil, tuesday.AddDate(0, 0, 11)); err != nil || n.Expired != 1 || m.tasks[1].State != TaskExpired {
		t.Fatalf("%+v %v", n, err)
	}
}

func TestInboundClosesOpenWork(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	ctx := context.Background()
	ghost, busy, promised := readyTask(2, 1), readyTask(3, 1), readyTask(4, 1)
	ghost.State, ghost.Ghost = TaskGhost, true
	busy.State, busy.LeaseUntil, busy.Owner = TaskInProgress, tuesday.Add(time.Minute), "carol"
	promised.State, promised.DueKind, promised.DueAt = TaskCallback, DuePromise, tuesday.AddDate(0, 0, 3)
	m := newMemory(readyTask(1, 1), ghost, busy, promised)
	d := NewDesk(p, m)
	k := ann(tuesday)
	card := p.CardOf(k, atRisk(tuesday), nil)
	got, err := d.Inbound(ctx, 7, card, bob, ChannelPhone, tuesday)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Save(ctx, got.ID, bob, got.Fence, WrapUp{Disposition: SavedNoOffer}, tuesday.Add(30*time.Second)); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[TaskID]TaskState{1: TaskDone, 2: TaskDone, 3: TaskInProgress, 4: TaskCallback, got.ID: TaskDone} {
		if s := m.tasks[id].State; s != want {
			t.Errorf("task %d is %s, want %s", id, s, want)
		}
	}
	if c := m.facts[0].Body; len(m.facts) != 1 {
		t.Errorf("facts %v", c)
	}
}

func TestSnoozeSkipHandoff(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	held := heldTask(tuesday)
	c, err := p.Snooze(held, bob, 3, "customer_away", "", tuesday.AddDate(0, 0, 5), tuesday)
	if err != nil || c.Task.State != TaskSnoozed || !c.Task.NotBefore.Equal(tuesday.AddDate(0, 0, 5)) {
		t.Errorf("%+v %v", c.Task.State, err)
	}
	for _, until := range []time.Time{tuesday, tuesday.AddDate(0, 0, 10), tuesday.AddDate(0, 0, 40)} {
		if _, err := p.Snooze(held, bob, 3, "customer_away", "", until, tuesday); fault.Of(err) != fault.Invalid {
			t.Errorf("snoozed until %v: %v", until, err)
		}
	}
	if _, err := p.Snooze(held, bob, 3, "tired", "", tuesday.AddDate(0, 0, 1), tuesday); fault.Of(err) != fault.Invalid {
		t.Errorf("snoozed for an unknown reason: %v", err)
	}
	if c, err = p.Skip(held, bob, 3, "known_person", "", tuesday); err != nil || c.Task.State != TaskReady || c.Task.AvoidOwner != "bob" {
		t.Errorf("%+v %v", c.Task, err)
	}
	if c, err = p.Handoff(held, bob, 3, "billing", "", tuesday); err != nil || c.Task.Key != held.Key || bob.May(c.Task) == nil || c.Task.Reason != "handed to billing" {
		t.Errorf("%+v %v", c.Task, err)
	}
	kept := held
	kept.DueKind = DueCallback
	if _, err := p.Snooze(kept, bob, 3, "customer_away", "", tuesday.AddDate(0, 0, 1), tuesday); fault.Of(err) != fault.Conflict {
		t.Errorf("a promise was snoozed: %v", err)
	}
}

// Whatever is done in whatever order, every change is one the table allows and
// starts where the last one ended, and nothing but a correction leaves done.
func TestTaskWalk(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, err := NewPolicy(testConfig(), time.UTC, testKey)
		if err != nil {
			t.Fatal(err)
		}
		m := newMemory(readyTask(1, 10))
		d, ctx, now := NewDesk(p, m), context.Background(), tuesday
		for range 30 {
			now = now.Add(time.Duration(rapid.IntRange(1, 2000).Draw(t, "minutes")) * time.Minute)
			task := m.tasks[1]
			switch rapid.IntRange(0, 8).Draw(t, "step") {
			case 0, 1, 2:
				_, _ = d.Next(ctx, bob, now)
			case 3:
				_, _ = d.Begin(ctx, 1, bob, task.Fence, now)
			case 4, 5:
				up := WrapUp{Disposition: rapid.SampledFrom(Dispositions).Draw(t, "d").Disposition, LeaveReason: "price", DueAt: p.calls.next(now.Add(time.Hour), time.UTC, PartNone)}
				_, _ = d.Save(ctx, 1, bob, task.Fence, up, now)
			case 6:
				_, _ = d.Skip(ctx, 1, bob, task.Fence, "other", "", now)
			case 7:
				_, _ = d.Snooze(ctx, 1, bob, task.Fence, "seasonal", "", now.Add(time.Hour), now)
			case 8:
				if _, err := p.Tend(ctx, m, nil, now); err != nil {
					t.Fatal(err)
				}
			}
		}
		last := TaskReady
		for _, c := range m.changes {
			if c.Task != 1 {
				continue
			}
			if c.From != last || !c.From.May(c.To) {
				t.Fatalf("%s became %s after %s", c.From, c.To, last)
			}
			if c.From == TaskDone {
				t.Fatalf("done became %s", c.To)
			}
			last = c.To
		}
		if m.tasks[1].Attempts > 6+len(m.promises)*6 {
			t.Fatalf("%d attempts", m.tasks[1].Attempts)
		}
	})
}
