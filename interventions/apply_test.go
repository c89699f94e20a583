package interventions

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/history"
	"holdfast/internal/fault"
)

func factKinds(facts []history.Fact) []string {
	var out []string
	for _, f := range facts {
		name := string(f.Kind)
		if f.Retracted {
			name += " retracted"
		}
		out = append(out, name)
	}
	return out
}

func TestApplyEveryDisposition(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	wednesdayNoon := time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC)
	friday := time.Date(2026, 3, 13, 12, 0, 0, 0, time.UTC)
	due := time.Date(2026, 3, 12, 15, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		up    WrapUp
		state TaskState
		from  time.Time // NotBefore, where it is tried again
		facts []string
	}{
		{WrapUp{Disposition: NoAnswer}, TaskReady, wednesdayNoon, []string{"contact"}},
		{WrapUp{Disposition: Busy}, TaskReady, wednesdayNoon, []string{"contact"}},
		{WrapUp{Disposition: VoicemailLeft}, TaskReady, wednesdayNoon, []string{"contact"}},
		{WrapUp{Disposition: CallDropped}, TaskReady, wednesdayNoon, []string{"contact"}},
		{WrapUp{Disposition: ThirdParty}, TaskReady, wednesdayNoon, []string{"contact"}},
		{WrapUp{Disposition: NumberInvalid}, TaskDone, time.Time{}, []string{"contact", "contact_point"}},
		{WrapUp{Disposition: WrongParty}, TaskDone, time.Time{}, []string{"contact", "contact_point"}},
		{WrapUp{Disposition: CallbackAgreed, DueAt: due}, TaskCallback, due.Add(-5 * time.Minute), []string{"contact"}},
		{WrapUp{Disposition: BadTime}, TaskReady, wednesdayNoon, []string{"contact"}},
		{WrapUp{Disposition: OtherChannel, NextChannel: ChannelEmail}, TaskReady, time.Date(2026, 3, 11, 0, 0, 0, 0, time.UTC), []string{"contact"}},
		{WrapUp{Disposition: SavedNoOffer}, TaskDone, time.Time{}, []string{"contact"}},
		{WrapUp{Disposition: SavedWithOffer, OfferName: "a month free", OfferMinor: 1500}, TaskDone, time.Time{}, []string{"contact"}},
		{WrapUp{Disposition: PartialSave}, TaskDone, time.Time{}, []string{"contact"}},
		{WrapUp{Disposition: NoRiskFound}, TaskDone, time.Time{}, []string{"contact"}},
		{WrapUp{Disposition: Undecided}, TaskReady, friday, []string{"contact"}},
		{WrapUp{Disposition: Undecided, DueAt: due}, TaskCallback, due.Add(-5 * time.Minute), []string{"contact"}},
		{WrapUp{Disposition: DeclinedLeave, LeaveReason: "price"}, TaskDone, time.Time{}, []string{"contact"}},
		{WrapUp{Disposition: AlreadyLeft, LeaveReason: "unknown"}, TaskDone, time.Time{}, []string{"contact"}},
		{WrapUp{Disposition: Unavoidable, LeaveReason: "moved"}, TaskDone, time.Time{}, []string{"contact"}},
		{WrapUp{Disposition: IssueEscalated}, TaskDone, time.Time{}, []string{"contact", "issue"}},
		{WrapUp{Disposition: Thanked}, TaskDone, time.Time{}, []string{"contact"}},
		{WrapUp{Disposition: DoNotCall}, TaskDone, time.Time{}, []string{"contact", "consent"}},
		{WrapUp{Disposition: OptOutAll}, TaskDone, time.Time{}, []string{"contact", "consent"}},
		{WrapUp{Disposition: Complaint}, TaskDone, time.Time{}, []string{"contact", "issue"}},
		{WrapUp{Disposition: Vulnerable}, TaskDone, time.Time{}, []string{"contact"}},
		{WrapUp{Disposition: Deceased}, TaskDone, time.Time{}, []string{"contact"}},
		{WrapUp{Disposition: Dispute}, TaskDone, time.Time{}, []string{"contact"}},
		{WrapUp{Disposition: NoRiskFound, PromiseWhat: "send the invoice", DueAt: due}, TaskCallback, due.Add(-5 * time.Minute), []string{"contact"}},
	} {
		t.Run(string(tc.up.Disposition)+tc.up.PromiseWhat, func(t *testing.T) {
			t.Parallel()
			task := heldTask(tuesday)
			if tc.up.Disposition == Thanked {
				task.Family = FamilyThanks
			}
			c, err := p.Apply(Wrap{Task: task, Agent: bob, Fence: 3, Known: ann(tuesday), Now: tuesday, Up: tc.up})
			if err != nil {
				t.Fatal(err)
			}
			if c.Task.State != tc.state || (!tc.from.IsZero() && !c.Task.NotBefore.Equal(tc.from)) {
				t.Errorf("%s from %v, want %s from %v", c.Task.State, c.Task.NotBefore, tc.state, tc.from)
			}
			if diff := cmp.Diff(tc.facts, factKinds(c.Facts)); diff != "" {
				t.Error(diff)
			}
			if (c.FollowUp != nil) != (tc.up.Disposition == NumberInvalid || tc.up.Disposition == WrongParty || tc.up.Disposition == IssueEscalated) {
				t.Errorf("data task: %+v", c.FollowUp)
			}
			if (c.Promise != nil) != !tc.up.DueAt.IsZero() || c.Attempt.N != 1 || len(c.Changes) != 1 {
				t.Errorf("promise %+v, attempt %d, changes %v", c.Promise, c.Attempt.N, c.Changes)
			}
		})
	}
	if len(Dispositions) != 26 {
		t.Errorf("there are %d dispositions, 26 are specified", len(Dispositions))
	}
}

// A problem of who rang is worth what a night's work for service would be: what
// is at stake of the customer, counted by their tier; nothing where it is not known.
func TestEscalatedWorkHasTheCustomersValue(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.Tiers = []Tier{{Name: "standard"}, {Name: "gold", FromMinor: 40_000, Urgency: 2}}
	p := mustPolicy(t, cfg)
	known, score := ann(tuesday), atRisk(tuesday)
	escalate := func(card Card) *Task {
		rang, err := p.Inbound(known, card, bob, ChannelPhone, tuesday)
		if err != nil {
			t.Fatal(err)
		}
		c, err := p.Apply(Wrap{Task: rang.Task, Agent: bob, Fence: 1, Known: known, Now: tuesday, Up: WrapUp{Disposition: IssueEscalated}})
		if err != nil {
			t.Fatal(err)
		}
		return c.FollowUp
	}
	// 0.4 × 0.2 × £500 × 0.8 = £32 in 2 × 1.5 + 0.7 × 12 minutes, twice as urgent.
	got := escalate(Card{Risk: score.Risk, ValueMinor: score.ValueMinor})
	if got.WorthMinor != 3200 || math.Abs(got.ValuePerMinute-2*3200/11.4) > 1e-9 || math.Abs(got.Minutes-11.4) > 1e-9 {
		t.Errorf("worth %d, %v a minute for %v minutes", got.WorthMinor, got.ValuePerMinute, got.Minutes)
	}
	if got := escalate(Card{}); got.WorthMinor != 0 || got.ValuePerMinute != 0 {
		t.Errorf("of an unknown customer: worth %d, %v a minute", got.WorthMinor, got.ValuePerMinute)
	}
}

func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	for name, tc := range map[string]struct {
		up   WrapUp
		kind fault.Kind
		want string
	}{
		"unknown":             {WrapUp{Disposition: "saved"}, fault.Invalid, `there is no disposition "saved"`},
		"no leave reason":     {WrapUp{Disposition: DeclinedLeave}, fault.Invalid, "choose why they are leaving"},
		"unknown reason":      {WrapUp{Disposition: DeclinedLeave, LeaveReason: "rain"}, fault.Invalid, `there is no leave reason "rain": choose one of price, competitor`},
		"undecided, in past":  {WrapUp{Disposition: Undecided, DueAt: tuesday}, fault.Invalid, "a call-back needs a time that is still to come"},
		"call-back in past":   {WrapUp{Disposition: CallbackAgreed, DueAt: tuesday}, fault.Invalid, "a call-back needs a time that is still to come"},
		"promise in the past": {WrapUp{Disposition: NoAnswer, PromiseWhat: "a leaflet", DueAt: tuesday}, fault.Invalid, "a promise needs a time that is still to come"},
		"call-back, far off":  {WrapUp{Disposition: CallbackAgreed, DueAt: tuesday.AddDate(1, 0, 1)}, fault.Invalid, "a call-back needs a time within a year"},
		"promise, far off":    {WrapUp{Disposition: Undecided, PromiseWhat: "a leaflet", DueAt: tuesday.AddDate(7973, 0, 0)}, fault.Invalid, "a promise needs a time within a year"},
		"which channel":       {WrapUp{Disposition: OtherChannel, NextChannel: ChannelPhone}, fault.Invalid, "which other channel"},
		"grant nothing":       {WrapUp{Disposition: NoRiskFound, OfferMinor: 5}, fault.Invalid, "grants nothing"},
		"which offer":         {WrapUp{Disposition: SavedWithOffer}, fault.Invalid, "which offer"},
		"dearer than allowed": {WrapUp{Disposition: SavedWithOffer, OfferMinor: 1600}, fault.Forbidden, "of this task"},
	} {
		_, err := p.Apply(Wrap{Task: heldTask(tuesday), Agent: bob, Fence: 3, Known: ann(tuesday), Now: tuesday, Up: tc.up})
		if fault.Of(err) != tc.kind || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := Wrap{Task: heldTask(tuesday), Agent: bob, Fence: 2, Known: ann(tuesday), Now: tuesday, Up: WrapUp{Disposition: NoAnswer}}
	if _, err := p.Apply(w); fault.Of(err) != fault.Conflict {
		t.Errorf("saved under an old fence: %v", err)
	}
}

// Nobody answers, whenever somebody tries: at most six attempts in ten days,
// at least four hours apart, one a day, never twice running in the same part
// of the day, always inside the window.
func TestAttempts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, err := NewPolicy(testConfig(), time.UTC, testKey)
		if err != nil {
			t.Fatal(err)
		}
		zone := p.zoneNamed(rapid.SampledFrom([]string{"Europe/London", "America/New_York", "Asia/Tokyo"}).Draw(t, "zone"))
		task := heldTask(tuesday)
		task.Zone = zone.String()
		task.State, task.ExpiresAt = TaskReady, tuesday.AddDate(0, 0, 30)
		now := p.calls.next(tuesday, zone, PartNone)
		var at []time.Time
		for task.State == TaskReady {
			c, err := Lease(task, bob, now)
			if err != nil {
				t.Fatal(err)
			}
			up := WrapUp{Disposition: rapid.SampledFrom([]Disposition{NoAnswer, Busy, VoicemailLeft, ThirdParty, BadTime}).Draw(t, "d")}
			c, err = p.Apply(Wrap{Task: c.Task, Agent: bob, Fence: c.Task.Fence, Known: ann(now), Now: now, Up: up})
			if err != nil {
				t.Fatal(err)
			}
			if !p.calls.open(now, zone) {
				t.Fatalf("tried at %v there", now.In(zone))
			}
			at, task = append(at, now), c.Task
			// The desk is free some time later.
			now = p.calls.next(task.NotBefore.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "later"))*time.Minute), zone, PartNone)
		}
		if task.State != TaskExpired || len(at) > 6 || at[len(at)-1].After(at[0].AddDate(0, 0, 11)) {
			t.Fatalf("%s (%s) after %v", task.State, task.Reason, at)
		}
		for i := 1; i < len(at); i++ {
			if at[i].Sub(at[i-1]) < 4*time.Hour || localDay(at[i], zone) == localDay(at[i-1], zone) {
				t.Fatalf("tried at %v and again at %v", at[i-1], at[i])
			}
		}
	})
}

// Whatever was chosen first, correcting it gives the facts, promise and state
// that choosing right at once would have given.
func TestCorrectUndoes(t *testing.T) {
	t.Parallel()
	for _, family := range []Family{FamilySave, FamilyThanks, FamilyInbound} {
		t.Run(string(family), func(t *testing.T) {
			t.Parallel()
			correctUndoes(t, family)
		})
	}
}

func correctUndoes(t *testing.T, family Family) {
	t.Helper()
	p := mustPolicy(t, testConfig())
	task := heldTask(tuesday)
	task.Family = family
	all := []WrapUp{}
	for _, m := range Dispositions {
		if !m.Fits(&task) {
			continue
		}
		up := WrapUp{Disposition: m.Disposition, LeaveReason: "price"}
		switch m.Disposition {
		case CallbackAgreed:
			up.DueAt = tuesday.AddDate(0, 0, 2)
		case OtherChannel:
			up.NextChannel = ChannelEmail
		case SavedWithOffer:
			up.OfferMinor, up.OfferName = 900, "a month free"
		}
		all = append(all, up)
	}
	live := func(facts []history.Fact) map[int64]history.Fact {
		out := map[int64]history.Fact{}
		for _, f := range facts {
			delete(out, f.Ref)
			if !f.Retracted && f.Kind != history.FactContactPoint {
				f.Recorded = time.Time{}
				out[f.Ref] = f
			}
		}
		return out
	}
	for _, wrong := range all {
		for _, right := range all {
			once := newMemory(task)
			twice := newMemory(task)
			ctx := context.Background()
			if _, err := NewDesk(p, once).Save(ctx, 1234, bob, 3, right, tuesday); err != nil {
				t.Fatal(err)
			}
			if _, err := NewDesk(p, twice).Save(ctx, 1234, bob, 3, wrong, tuesday); err != nil {
				t.Fatal(err)
			}
			if _, err := NewDesk(p, twice).Correct(ctx, 1234, bob, right, tuesday.Add(10*time.Minute)); err != nil {
				t.Fatalf("%s to %s: %v", wrong.Disposition, right.Disposition, err)
			}
			a, b := once.tasks[1234], twice.tasks[1234]
			for _, got := range []*Task{&a, &b} {
				got.Fence, got.DoneAt, got.Promise = 0, time.Time{}, 0
			}
			if diff := cmp.Diff(a, b); diff != "" {
				t.Errorf("%s to %s: the task differs:\n%s", wrong.Disposition, right.Disposition, diff)
			}
			if diff := cmp.Diff(live(once.facts), live(twice.facts)); diff != "" {
				t.Errorf("%s to %s: the facts differ:\n%s", wrong.Disposition, right.Disposition, diff)
			}
			if len(once.tasks) != len(twice.tasks) || openPromises(once) != openPromises(twice) || len(twice.attempts[1234]) != 1 {
				t.Errorf("%s to %s: follow-ups %d and %d, promises %d and %d", wrong.Disposition, right.Disposition,
					len(once.tasks), len(twice.tasks), openPromises(once), openPromises(twice))
			}
		}
	}
}

func openPromises(m *memory) int {
	n := 0
	for _, p := range m.promises {
		if p.Open() {
			n++
		}
	}
	return n
}

func TestCorrectOnlyTheLast(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	m := newMemory(heldTask(tuesday))
	d, ctx := NewDesk(p, m), context.Background()
	if _, err := d.Save(ctx, 1234, bob, 3, WrapUp{Disposition: NumberInvalid}, tuesday); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Correct(ctx, 1234, bob, WrapUp{Disposition: NoAnswer}, tuesday); err != nil {
		t.Fatal(err)
	}
	restored := slices.ContainsFunc(m.facts, func(f history.Fact) bool {
		point, ok := f.Body.(history.ContactPoint)
		return ok && f.Ref == 71 && point.Until.IsZero()
	})
	if !restored {
		t.Error("the number was not made valid again")
	}
	first := m.attempts[1234][0]
	next := tuesday.AddDate(0, 0, 1).Add(3 * time.Hour)
	got, err := d.Next(ctx, bob, next)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Correct(ctx, 1234, bob, WrapUp{Disposition: Busy}, next); fault.Of(err) != fault.Conflict {
		t.Errorf("corrected while somebody works on it: %v", err)
	}
	if _, err := d.Save(ctx, 1234, bob, got.Fence, WrapUp{Disposition: NoAnswer}, next); err != nil {
		t.Fatal(err)
	}
	w := Wrap{Task: m.tasks[1234], Agent: bob, Known: ann(next), Now: next, Up: WrapUp{Disposition: Busy}}
	if _, err := p.Correct(first, w); fault.Of(err) != fault.Conflict {
		t.Errorf("corrected an attempt that is not the last: %v", err)
	}
}

// TestAThankYouSellsNothing (R4): no outcome of a sale can come of it, and only
// it can thank.
func TestAThankYouSellsNothing(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	for family, refused := range map[Family][]Disposition{
		FamilyThanks: {SavedNoOffer, SavedWithOffer, PartialSave, NoRiskFound, Undecided},
		FamilySave:   {Thanked},
	} {
		task := heldTask(tuesday)
		task.Family = family
		for _, d := range refused {
			_, err := p.Apply(Wrap{Task: task, Agent: bob, Fence: 3, Known: ann(tuesday), Now: tuesday, Up: WrapUp{Disposition: d}})
			if fault.Of(err) != fault.Invalid || !strings.Contains(err.Error(), "choose another outcome") {
				t.Errorf("%s of a task of %s: %v", d, family, err)
			}
		}
	}
}
