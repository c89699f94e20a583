package interventions

import (
	"strings"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// rung is the card of a customer who contacts bob, with what is open for them.
func rung(t *testing.T, p *Policy, others ...Task) (*memory, Task) {
	t.Helper()
	m := newMemory(others...)
	k, err := m.Known(t.Context(), heldTask(tuesday).Customer, tuesday)
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Inbound(&k, Card{}, bob, ChannelPhone, tuesday)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SaveStep(t.Context(), Task{}, c); err != nil {
		t.Fatal(err)
	}
	return m, c.Task
}

// Who rings has answered: what says that they did not is refused, and the card
// is neither snoozed nor skipped.
func TestWhoRingsWasReached(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	m, task := rung(t, p)
	d := NewDesk(p, m)
	for _, o := range append([]Disposition{Thanked}, ofOurs...) {
		_, err := d.Save(t.Context(), task.ID, bob, task.Fence, WrapUp{Disposition: o, NextChannel: ChannelEmail}, tuesday)
		if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "choose another outcome") {
			t.Errorf("%s of a customer who rings: %v", o, err)
		}
	}
	if _, err := d.Snooze(t.Context(), task.ID, bob, task.Fence, "seasonal", "", tuesday.Add(time.Hour), tuesday); fault.Of(err) != fault.Invalid {
		t.Errorf("a customer who rings is snoozed: %v", err)
	}
	for _, reason := range SkipReasons {
		if _, err := d.Skip(t.Context(), task.ID, bob, task.Fence, reason, "", tuesday); fault.Of(err) != fault.Invalid {
			t.Errorf("a customer who rings is skipped for %s: %v", reason, err)
		}
	}
	got, err := d.Skip(t.Context(), task.ID, bob, task.Fence, OpenedByMistake, "", tuesday)
	if err != nil || got.State != TaskExpired || len(m.facts) > 0 {
		t.Errorf("opened by mistake: %s, %d facts, %v", got.State, len(m.facts), err)
	}
	if _, err := p.Skip(heldTask(tuesday), bob, 3, OpenedByMistake, "", tuesday); fault.Of(err) != fault.Invalid {
		t.Errorf("a task of ours opened by mistake: %v", err)
	}
}

// What was agreed with who rang is a contact of ours: it may find nobody, and is
// tried as any other.
func TestACallBackOfWhoRangIsOurs(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	m, task := rung(t, p)
	d, due := NewDesk(p, m), tuesday.AddDate(0, 0, 2)
	if _, err := d.Save(t.Context(), task.ID, bob, task.Fence, WrapUp{Disposition: CallbackAgreed, DueAt: due}, tuesday); err != nil {
		t.Fatal(err)
	}
	if in := m.facts[0]; in.Body.(history.Contact).Direction != "in" {
		t.Errorf("their call is %+v", in)
	}
	got, err := d.Take(t.Context(), task.ID, bob, due)
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Save(t.Context(), got.ID, bob, got.Fence, WrapUp{Disposition: NoAnswer}, due)
	if err != nil || c.Task.State != TaskReady || !c.Task.NotBefore.After(due) || c.Facts[0].Body.(history.Contact).Direction != "out" {
		t.Errorf("nobody answered the call-back: %s, again from %v, %v", c.Task.State, c.Task.NotBefore, err)
	}
}

// What is done with who rings ends what was open for them, a ghost alike and
// one's own card; what another works on, and a dropped call, end nothing.
func TestWhoRingsEndsWhatWasOpen(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	ready, ghost, own, others := heldTask(tuesday), heldTask(tuesday), heldTask(tuesday), heldTask(tuesday)
	ready.ID, ready.State, ready.Owner = 1, TaskReady, ""
	ghost.ID, ghost.State, ghost.Owner, ghost.Ghost = 2, TaskGhost, "", true
	own.ID = 3
	others.ID, others.Owner = 4, "carol"
	m, task := rung(t, p, ready, ghost, own, others)
	d := NewDesk(p, m)
	open := func() (ids []TaskID) {
		for id := range TaskID(5) {
			if x, ok := m.tasks[id]; ok && x.State.Open() {
				ids = append(ids, id)
			}
		}
		return ids
	}
	again := m.tasks[task.ID]
	if _, err := d.Save(t.Context(), task.ID, bob, task.Fence, WrapUp{Disposition: CallDropped}, tuesday); err != nil || len(open()) != 4 {
		t.Errorf("after a dropped call %v are open, %v", open(), err)
	}
	m.tasks[task.ID] = again
	if _, err := d.Save(t.Context(), task.ID, bob, task.Fence, WrapUp{Disposition: NoRiskFound}, tuesday); err != nil || len(open()) != 1 || open()[0] != 4 {
		t.Errorf("after a talk %v are open, %v", open(), err)
	}
}

// A talk corrected to a dropped call gives back what it had ended, a ghost alike
// and with its own time, unless that has run out; and a dropped call corrected
// to a talk ends it after all.
func TestACorrectionGivesBackWhatEnded(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	ready, ghost, own, late := heldTask(tuesday), heldTask(tuesday), heldTask(tuesday), heldTask(tuesday)
	ready.ID, ready.State, ready.Owner, ready.NotBefore = 1, TaskReady, "", tuesday.Add(48*time.Hour)
	ghost.ID, ghost.State, ghost.Owner, ghost.Ghost = 2, TaskGhost, "", true
	own.ID = 3
	late.ID, late.State, late.Owner, late.ExpiresAt = 4, TaskReady, "", tuesday.Add(10*time.Minute)
	m, task := rung(t, p, ready, ghost, own, late)
	d := NewDesk(p, m)
	states := func() (list [4]TaskState) {
		for i := range list {
			list[i] = m.tasks[TaskID(i+1)].State
		}
		return list
	}
	if _, err := d.Save(t.Context(), task.ID, bob, task.Fence, WrapUp{Disposition: NoRiskFound}, tuesday); err != nil {
		t.Fatal(err)
	}
	ended, back := [4]TaskState{TaskDone, TaskDone, TaskDone, TaskDone}, [4]TaskState{TaskReady, TaskGhost, TaskReady, TaskDone}
	for i, c := range []struct {
		to   Disposition
		want [4]TaskState
	}{{Undecided, ended}, {CallDropped, back}, {CallDropped, back}, {SavedNoOffer, ended}, {CallDropped, back}} {
		_, err := d.Correct(t.Context(), task.ID, bob, WrapUp{Disposition: c.to}, tuesday.Add(time.Duration(i+11)*time.Minute))
		if err != nil || states() != c.want {
			t.Fatalf("correction %d, to %s: %v, want %v (%v)", i+1, c.to, states(), c.want, err)
		}
	}
	if got := m.tasks[1]; !got.NotBefore.Equal(ready.NotBefore) || !got.ExpiresAt.Equal(ready.ExpiresAt) || !got.DoneAt.IsZero() || m.tasks[3].Owner != "" {
		t.Errorf("given back: %+v", got)
	}
	for _, c := range m.changes {
		if c.Task == 1 && c.To == TaskReady && c.Why != "corrected" {
			t.Errorf("the change says %q", c.Why)
		}
	}
}

// Who rang is wrapped up by whom they spoke with: the card comes back to them
// when its lease was lost, and to nobody else.
func TestALostCardOfWhoRangComesBack(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	m, task := rung(t, p)
	late := tuesday.Add(LeaseFor + time.Minute)
	c, ok := LoseLease(task, late)
	if !ok {
		t.Fatal("the lease is not lost")
	}
	if err := m.SaveStep(t.Context(), task, c); err != nil {
		t.Fatal(err)
	}
	d := NewDesk(p, m)
	if got, err := d.Next(t.Context(), Agent{Name: "carol", Skills: bob.Skills, Languages: bob.Languages}, late); fault.Of(err) != fault.NotFound {
		t.Errorf("carol gets %v, %v", got.ID, err)
	}
	if got, err := d.Next(t.Context(), bob, late); err != nil || got.ID != task.ID {
		t.Errorf("bob gets %v, %v", got.ID, err)
	}
}
