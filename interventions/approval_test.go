package interventions

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/fault"
)

// asking is what agents asked for, of a memory.
type asking struct{ asked map[int64]Approval }

func (m *asking) Approvals(_ context.Context, task TaskID) (list []Approval, _ error) {
	for _, a := range m.asked {
		if a.Task == task {
			list = append(list, a)
		}
	}
	return list, nil
}

func (m *asking) Approval(_ context.Context, id int64) (Approval, error) {
	a, ok := m.asked[id]
	if !ok {
		return a, fault.New(fault.NotFound, "there is no such request")
	}
	return a, nil
}

func (m *asking) SaveApproval(_ context.Context, a Approval) error {
	if m.asked == nil {
		m.asked = map[int64]Approval{}
	}
	if _, there := m.asked[a.ID]; !there {
		m.asked[a.ID] = a
	}
	return nil
}

func (m *asking) AnswerApproval(_ context.Context, a Approval) error {
	if !m.asked[a.ID].Open() {
		return fault.New(fault.Conflict, "answered already")
	}
	m.asked[a.ID] = a
	return nil
}

// dearConfig has, beside the offer of the call, one that bob may not grant.
func dearConfig() Config {
	c := testConfig()
	for i := range c.Treatments {
		if c.Treatments[i].Name == "offer_message" {
			c.Treatments[i].Offer = &Offer{Name: "half a year free", CostMinor: 9000, AcceptRate: .2}
		}
	}
	return c
}

var lead = Agent{Name: "lee", CeilingMinor: 10_000}

func TestGrants(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, dearConfig())
	rang := func(t *Task) { t.Family, t.Treatment, t.OfferMinor = FamilyInbound, "", 0 }
	approvedDear := []Approval{{ID: 1, Task: 1234, Offer: "half a year free", CostMinor: 9000, AnsweredAt: tuesday, Granted: true}}
	for name, tc := range map[string]struct {
		task  func(*Task)
		known func(*Known)
		agent Agent
		asked []Approval
		want  map[string]bool
	}{
		"the task's own, and one above": {agent: bob, want: map[string]bool{"a month free": true, "half a year free": false}},
		"rang":                          {task: rang, agent: bob, want: map[string]bool{"a month free": true, "half a year free": false}},
		"rang, with a low ceiling":      {task: rang, agent: Agent{CeilingMinor: 100}, want: map[string]bool{"a month free": false, "half a year free": false}},
		"rang, with a high one":         {task: rang, agent: lead, want: map[string]bool{"a month free": true, "half a year free": true}},
		"not the task's, high ceiling":  {agent: lead, want: map[string]bool{"a month free": true, "half a year free": false}},
		"approved":                      {agent: bob, asked: approvedDear, want: map[string]bool{"a month free": true, "half a year free": true}},
		"approved for another task": {
			agent: bob, asked: []Approval{{Task: 9, Offer: "half a year free", CostMinor: 9000, AnsweredAt: tuesday, Granted: true}},
			want: map[string]bool{"a month free": true, "half a year free": false},
		},
		"approved at another cost": {
			agent: bob, asked: []Approval{{Task: 1234, Offer: "half a year free", CostMinor: 8000, AnsweredAt: tuesday, Granted: true}},
			want: map[string]bool{"a month free": true, "half a year free": false},
		},
		"a thank-you":   {task: func(t *Task) { t.Family = FamilyThanks }, agent: lead, want: map[string]bool{}},
		"service":       {task: func(t *Task) { t.Family = FamilyService }, agent: lead, want: map[string]bool{}},
		"an open issue": {known: func(k *Known) { openIssue(k) }, agent: lead, asked: approvedDear, want: map[string]bool{}},
		"vulnerable": {known: func(k *Known) {
			k.Contacts = append(k.Contacts, contact(k.Now.AddDate(-1, 0, 0), "in", Vulnerable))
		}, agent: lead, want: map[string]bool{}},
	} {
		task, k := heldTask(tuesday), ann(tuesday)
		if tc.task != nil {
			tc.task(&task)
		}
		if tc.known != nil {
			tc.known(k)
		}
		got := map[string]bool{}
		for _, g := range p.Grants(k, task, tc.agent, tc.asked) {
			got[g.Offer.Name] = g.May
		}
		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// TestALeadApprovesAnOffer: asked once, answered once by somebody with the
// authority, granted then and not before; a declined one is not granted.
func TestALeadApprovesAnOffer(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	p := mustPolicy(t, dearConfig())
	m := newMemory(heldTask(tuesday))
	d := NewDesk(p, m)
	up := WrapUp{Disposition: SavedWithOffer, OfferName: "half a year free", OfferMinor: 9000}
	refused := func(what string, err error, kind fault.Kind) {
		t.Helper()
		if fault.Of(err) != kind {
			t.Errorf("%s: %v, want %v", what, err, kind)
		}
	}
	ask := func(who Agent, fence int64, treatment, why string) (Approval, error) {
		return d.AskForOffer(ctx, 1234, who, fence, treatment, why, tuesday)
	}
	_, err := d.Save(ctx, 1234, bob, 3, up, tuesday)
	refused("saved without asking", err, fault.Forbidden)
	for what, try := range map[string]func() (Approval, error){
		"another's task": func() (Approval, error) { return ask(lead, 3, "offer_message", "they would stay") },
		"a stale card":   func() (Approval, error) { return ask(bob, 2, "offer_message", "they would stay") },
	} {
		_, err := try()
		refused(what, err, fault.Conflict)
	}
	for what, try := range map[string]func() (Approval, error){
		"no words":       func() (Approval, error) { return ask(bob, 3, "offer_message", "  ") },
		"nothing":        func() (Approval, error) { return ask(bob, 3, "", "they would stay") },
		"no such offer":  func() (Approval, error) { return ask(bob, 3, "tenure_thanks_call", "they would stay") },
		"one's own":      func() (Approval, error) { return ask(bob, 3, "retention_call", "they would stay") },
		"too many words": func() (Approval, error) { return ask(bob, 3, "offer_message", string(make([]byte, 400))) },
	} {
		_, err := try()
		refused(what, err, fault.Invalid)
	}
	first, err := ask(bob, 3, "offer_message", "they would stay for it")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ask(bob, 3, "offer_message", "once more"); err != nil || again != first || len(m.asked) != 1 {
		t.Errorf("asked twice: %+v, %v; %d are kept", again, err, len(m.asked))
	}
	answer := func(who Agent, granted bool, words string) (Approval, error) {
		return d.AnswerOffer(ctx, first.ID, who, granted, words, tuesday.Add(time.Minute))
	}
	_, err = answer(Agent{Name: "low", CeilingMinor: 2000}, true, "worth it")
	refused("approved without the authority", err, fault.Forbidden)
	_, err = answer(Agent{Name: "bob", CeilingMinor: 10_000}, true, "worth it")
	refused("approved by oneself", err, fault.Forbidden)
	_, err = answer(lead, true, "ok")
	refused("approved without words", err, fault.Invalid)
	got, err := answer(lead, true, "worth it")
	if err != nil || !got.Granted || got.AnsweredBy != "lee" {
		t.Fatalf("%+v, %v", got, err)
	}
	if again, err := answer(lead, true, "in other words"); err != nil || again != got {
		t.Errorf("approved twice: %+v, %v", again, err)
	}
	_, err = answer(lead, false, "after all not")
	refused("another answer", err, fault.Conflict)
	c, err := d.Save(ctx, 1234, bob, 3, up, tuesday)
	if err != nil || c.Task.State != TaskDone {
		t.Fatalf("saved with approval: %s, %v", c.Task.State, err)
	}
	if _, err := d.Correct(ctx, 1234, bob, up, tuesday.Add(time.Hour)); err != nil {
		t.Errorf("corrected with the same offer: %v", err)
	}
}

// TestAnOfferIsDeclined: it is not granted, asked again in this attempt it is
// told why, in the next it may be asked anew; and an issue stands above all.
func TestAnOfferIsDeclined(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	m := newMemory(heldTask(tuesday))
	d := NewDesk(mustPolicy(t, dearConfig()), m)
	ask := func() (Approval, error) {
		return d.AskForOffer(ctx, 1234, bob, 3, "offer_message", "they would stay", tuesday)
	}
	first, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.AnswerOffer(ctx, first.ID, lead, false, "they are not leaving", tuesday); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(); fault.Of(err) != fault.Conflict {
		t.Errorf("asked again: %v", err)
	}
	declined := func() bool {
		grants := d.policy.Grants(ann(tuesday), m.tasks[1234], bob, slices.Collect(maps.Values(m.asked)))
		return slices.ContainsFunc(grants, func(g Grant) bool { return g.Declined })
	}
	if !declined() {
		t.Error("it is not said to be declined in this attempt")
	}
	up := WrapUp{Disposition: SavedWithOffer, OfferName: "half a year free", OfferMinor: 9000}
	if _, err := d.Save(ctx, 1234, bob, 3, up, tuesday); fault.Of(err) != fault.Forbidden {
		t.Errorf("saved although it was declined: %v", err)
	}
	task := m.tasks[1234]
	task.Attempts++
	m.tasks[1234] = task
	if declined() {
		t.Error("it is said to be declined in the next attempt")
	}
	second, err := ask()
	if err != nil || second.ID == first.ID {
		t.Fatalf("in the next attempt: %+v, %v", second, err)
	}
	if _, err := d.AnswerOffer(ctx, second.ID, lead, true, "now they are", tuesday); err != nil {
		t.Fatal(err)
	}
	m.known = func(now time.Time) *Known { return openIssue(ann(now)) }
	if _, err := d.Save(ctx, 1234, bob, 3, up, tuesday); fault.Of(err) != fault.Forbidden {
		t.Errorf("granted beside an open issue: %v", err)
	}
	if _, err := ask(); fault.Of(err) != fault.Forbidden {
		t.Errorf("asked beside an open issue: %v", err)
	}
	m.known = ann
	task.State = TaskDone
	m.tasks[1234] = task
	open := Approval{ID: 5, Task: 1234, Offer: "half a year free", CostMinor: 9000, By: "bob"}
	m.asked[5] = open
	if _, err := d.AnswerOffer(ctx, 5, lead, true, "worth it", tuesday); fault.Of(err) != fault.Conflict {
		t.Errorf("answered after the task was done: %v", err)
	}
}
