package interventions

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/history"
	"holdfast/internal/fault"
)

// R1. An open issue blocks what sells, offers or thanks at each of the three
// moments; service and promises go ahead, with offers removed.
func TestR1OpenIssueBlocks(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	k := openIssue(ann(tuesday))
	for i := range p.Treatments() {
		tr := &p.Treatments()[i]
		for _, m := range []Moment{AtDecide, AtOpen, AtSend} {
			_, failed := p.Gates(Ask{Treatment: tr, Moment: m}, k, &Facts{})
			blocked := len(failed) == 1 && failed[0].Gate == GateIssue
			if want := tr.Family != FamilyService; blocked != want {
				t.Errorf("%s at %s: blocked %v, want %v (%v)", tr.Name, m, blocked, want, failed)
			}
		}
	}
	kept := heldTask(tuesday)
	kept.State, kept.DueKind, kept.DueAt = TaskCallback, DueCallback, tuesday
	open, closed, err := p.Opened(kept, k, &Facts{}, tuesday)
	if err != nil || closed != nil {
		t.Fatalf("a promise was not kept: %v %v", closed, err)
	}
	if open.OfferMinor != 0 || open.Card.Offer != nil {
		t.Error("a promise is kept with its offer while an issue is open")
	}
	w := Wrap{Task: heldTask(tuesday), Agent: bob, Fence: 3, Known: k, Now: tuesday, Up: WrapUp{Disposition: SavedWithOffer, OfferMinor: 900}}
	if _, err := p.Apply(w); fault.Of(err) != fault.Forbidden {
		t.Errorf("an offer was granted while an issue is open: %v", err)
	}
	m := Message{ID: 1, State: MessageReady, Treatment: "offer_message", Channel: ChannelLetter, ExpiresAt: tuesday.AddDate(0, 0, 1)}
	if s, err := p.BeforeSend(m, k, &Facts{}, tuesday); err != nil || s.Go || s.Message.State != MessageBlocked {
		t.Errorf("an offer was sent while an issue is open: %+v %v", s, err)
	}
}

// nightFile is a night's file: every kind of customer there is.
func nightFile(p *Policy, n int) (Draft, error) {
	d := Draft{Publication: 1, AsOf: time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)}
	for i := range n {
		k, s := ann(d.AsOf), atRisk(d.AsOf)
		id := history.CustomerID(i + 1)
		k.Customer.ID, s.Customer = id, id
		k.Household = history.HouseholdID(i/2 + 1)
		s.Episode, s.ValueMinor = int64(id)+1000, int64(10_000+i*37%90_000)
		switch i % 7 {
		case 0:
			s.Excluded = "inactive"
		case 1:
			k.Left = "voluntary"
		case 2:
			openIssue(k)
		case 3:
			s.Episode, s.EpisodeStart, k.Since = 0, time.Time{}, d.AsOf.AddDate(-1, 0, 0)
		case 4:
			s.ValueMinor = 10
		}
		pr, cands, err := p.Propose(k, s, &Facts{}, 0)
		if err != nil {
			return d, err
		}
		d.Proposals, d.Candidates = append(d.Proposals, pr), append(d.Candidates, cands...)
	}
	return d, nil
}

// R2. One decision for each customer in the file, with a reason; the counts add up.
func TestR2DecisionsAddUp(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	d, err := nightFile(p, 700)
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.Allocate(Night{AsOf: d.AsOf, Customers: 700, Candidates: append([]Candidate(nil), d.Candidates...)})
	if err != nil {
		t.Fatal(err)
	}
	decisions, err := p.Decide(&d, a.Choices)
	if err != nil {
		t.Fatal(err)
	}
	var tally, shards Tally
	tally.Count(decisions)
	for i := 0; i < len(decisions); i += 100 {
		var s Tally
		s.Count(decisions[i : i+100])
		shards.Add(s)
	}
	if diff := cmp.Diff(tally.ByReason, shards.ByReason); diff != "" || tally.Customers != shards.Customers {
		t.Error(diff)
	}
	if err := tally.Check(700); err != nil {
		t.Error(err)
	}
	if err := tally.Check(699); fault.Of(err) != fault.Held {
		t.Errorf("a tally that does not add up was let through: %v", err)
	}
	seen := map[history.CustomerID]bool{}
	for _, dec := range decisions {
		if seen[dec.Customer] || dec.Reason == "" || dec.Result == "" {
			t.Fatalf("customer %d: decided twice, or without a reason: %+v", dec.Customer, dec)
		}
		seen[dec.Customer] = true
	}
	for _, r := range Results {
		if r != ResultHoldout && tally.ByResult[r] == 0 {
			t.Errorf("no customer of this file is %s: %v", r, tally.ByReason)
		}
	}
	public := tally.Public()
	if err := public.Check(700); err != nil || public.ByResult[ResultGhost] != 0 {
		t.Errorf("the public tally: %v %v", err, public.ByResult)
	}
}

// R3. Due promises come before new work, one about to break escalates, an
// absent or untrained owner is replaced, and a call-back lies inside the
// customer's calling window.
func TestR3PromisesHaveAClock(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	promised := heldTask(tuesday)
	promised.ID, promised.Customer, promised.State, promised.Owner = 2, 8, TaskCallback, "carol"
	promised.DueKind, promised.DueAt, promised.Promise = DueCallback, tuesday.Add(20*time.Minute), 55
	promised.ExpiresAt = tuesday.Add(-time.Hour)
	rich := heldTask(tuesday)
	rich.State, rich.ValuePerMinute = TaskReady, 1e9
	if !Before(&promised, &rich, tuesday) {
		t.Error("new work goes before a promise")
	}
	if _, gone := Expire(promised, tuesday); gone {
		t.Error("a promise expired")
	}
	carol := Agent{Name: "carol", CeilingMinor: 5000}
	for _, tc := range []struct {
		name  string
		owner *Agent
		now   time.Time
		want  string
	}{
		{"early", &carol, tuesday.Add(-11 * time.Minute), ""},
		{"about to break", &carol, tuesday, "escalated: about to break"},
		{"absent", &Agent{Name: "carol", CeilingMinor: 5000, Absent: true}, tuesday, "escalated: carol cannot keep it"},
		{"no longer authorised", &Agent{Name: "carol"}, tuesday, "escalated: carol cannot keep it"},
		{"gone", nil, tuesday, "escalated: carol cannot keep it"},
	} {
		c, did := Escalate(promised, tc.owner, tc.now)
		got := ""
		if did {
			got = c.Changes[0].Why
		}
		if got != tc.want || (strings.Contains(tc.want, "cannot") && c.Task.Owner != "") {
			t.Errorf("%s: %q, owner %q; want %q", tc.name, got, c.Task.Owner, tc.want)
		}
	}
	// While carol can keep it, it is hers; once she is replaced, bob gets it first.
	m := newMemory(promised, rich)
	d := NewDesk(p, m)
	if got, err := d.Next(context.Background(), bob, tuesday); err != nil || got.ID != rich.ID {
		t.Errorf("bob got %d (%v), want new work while carol is there", got.ID, err)
	}
	m = newMemory(promised, rich)
	n, err := p.Tend(context.Background(), m, map[string]Agent{}, tuesday)
	if err != nil || n.Escalated != 1 {
		t.Fatalf("tended %+v, %v", n, err)
	}
	if got, err := NewDesk(p, m).Next(context.Background(), bob, tuesday); err != nil || got.ID != promised.ID {
		t.Errorf("bob got %d (%v), want the promise first", got.ID, err)
	}
	w := Wrap{Task: heldTask(tuesday), Agent: bob, Fence: 3, Known: ann(tuesday), Now: tuesday, Up: WrapUp{Disposition: CallbackAgreed, DueAt: tuesday.Add(12 * time.Hour)}}
	if _, err := p.Apply(w); err == nil || !strings.Contains(err.Error(), "the next time is Wed 11 Mar, 09:00") {
		t.Errorf("a call-back at ten at night: %v", err)
	}
}

// thankedFor is an earlier thank-you of a household for so many years.
func thankedFor(years int) Work {
	return Work{Key: "thanked", Family: FamilyThanks, Started: true, Task: 77, Milestone: years}
}

// R4. Thanks go to long tenure only, once per milestone and household, from a
// named person, within a small quota, and sell nothing.
func TestR4TenureThanks(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	for _, tc := range []struct {
		years   int
		thanked []int
		want    map[string]int // treatment to milestone of its candidate
	}{
		{4, nil, map[string]int{}},
		{7, nil, map[string]int{"tenure_thanks_letter": 5}},
		{7, []int{5}, map[string]int{}},
		{12, []int{5}, map[string]int{"tenure_thanks_letter": 10, "tenure_thanks_call": 10}},
	} {
		k, s := ann(tuesday), atRisk(tuesday)
		k.Since, s.Episode = tuesday.AddDate(-tc.years, 0, -1), 0
		f := Facts{}
		for _, years := range tc.thanked {
			f.Works = append(f.Works, thankedFor(years))
		}
		pr, _, err := p.Propose(k, s, &f, 0)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, c := range pr.Trace.Considered {
			if c.Worth != nil {
				got[c.Treatment] = c.Milestone
			}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%d years, thanked for %v:\n%s", tc.years, tc.thanked, diff)
		}
	}
	for i, tr := range p.Treatments() {
		if tr.Family != FamilyThanks {
			continue
		}
		for name, spoil := range map[string]func(*Treatment){
			"offer":       func(t *Treatment) { t.Offer = &Offer{Name: "x"} },
			"signatory":   func(t *Treatment) { t.Signatory = "" },
			"daily_quota": func(t *Treatment) { t.DailyQuota = 0 },
		} {
			c := testConfig()
			spoil(&c.Treatments[i])
			if err := c.Validate(); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: a thank-you with a wrong %s was accepted: %v", tr.Name, name, err)
			}
		}
	}
	call := heldTask(tuesday)
	call.Signatory, call.State = "the managing director", TaskReady
	if _, err := Lease(call, bob, tuesday); fault.Of(err) != fault.Forbidden {
		t.Errorf("bob made the managing director's call: %v", err)
	}
}

// R5. Skills, language and ceiling are checked at lease and again at save.
func TestR5TrainedAndAuthorised(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	free := heldTask(tuesday)
	free.State, free.Skills, free.Language = TaskReady, []string{"retention"}, "pl"
	able := Agent{Name: "bob", Skills: []string{"retention", "data"}, Languages: []string{"pl"}, CeilingMinor: 1500}
	if _, err := Lease(free, able, tuesday); err != nil {
		t.Fatal(err)
	}
	held := free
	held.State = TaskInProgress
	for name, a := range map[string]Agent{
		"no skill":    {Name: "bob", Languages: able.Languages, CeilingMinor: 1500},
		"no language": {Name: "bob", Skills: able.Skills, CeilingMinor: 1500},
		"too little":  {Name: "bob", Skills: able.Skills, Languages: able.Languages, CeilingMinor: 1499},
	} {
		if _, err := Lease(free, a, tuesday); fault.Of(err) != fault.Forbidden {
			t.Errorf("%s: leased (%v)", name, err)
		}
		w := Wrap{Task: held, Agent: a, Fence: 3, Known: ann(tuesday), Now: tuesday, Up: WrapUp{Disposition: NoRiskFound}}
		if _, err := p.Apply(w); fault.Of(err) != fault.Forbidden {
			t.Errorf("%s: saved (%v)", name, err)
		}
	}
	w := Wrap{Task: held, Agent: able, Fence: 3, Known: ann(tuesday), Now: tuesday, Up: WrapUp{Disposition: SavedWithOffer, OfferMinor: 1501}}
	if _, err := p.Apply(w); fault.Of(err) != fault.Forbidden {
		t.Errorf("granted above the ceiling: %v", err)
	}
}

// R6. The counts of a tally are exact: each can be followed to its customers.
func TestR6CountsFollowedToCustomers(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	d, err := nightFile(p, 350)
	if err != nil {
		t.Fatal(err)
	}
	decisions, err := p.Decide(&d, nil)
	if err != nil {
		t.Fatal(err)
	}
	var tally Tally
	tally.Count(decisions)
	for r, reasons := range tally.ByReason {
		for why, n := range reasons {
			people := 0
			for _, dec := range decisions {
				if dec.Result == r && dec.Reason == why {
					people++
				}
			}
			if people != n {
				t.Errorf("%s, %s: counted %d, found %d customers", r, why, n, people)
			}
		}
	}
}

// R7. Nobody held out is contacted, at open or at send; a ghost passes unseen;
// and what others may see does not differ between the held out and the rest.
func TestR7HeldOutStayUntouched(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	for _, tc := range []struct {
		treatment string
		held      Layer
		stopped   bool
	}{
		{"retention_call", LayerGlobal, true},
		{"retention_call", "retention_call", true},
		{"retention_call", "offer_message", false},
		{"service_recovery", LayerGlobal, false},
	} {
		for _, m := range []Moment{AtOpen, AtSend} {
			_, failed := p.Gates(Ask{Treatment: p.Treatment(tc.treatment), Moment: m}, ann(tuesday), &Facts{Held: []Layer{tc.held}})
			if stopped := len(failed) > 0; stopped != tc.stopped || (stopped && failed[0].Detail != NotOnList) {
				t.Errorf("%s at %s, held out of %q: %v", tc.treatment, m, tc.held, failed)
			}
		}
	}
	ghost, next := heldTask(tuesday), heldTask(tuesday)
	ghost.ID, ghost.State, ghost.Ghost, ghost.ValuePerMinute = 9, TaskGhost, true, 1e6
	next.State, next.Key = TaskReady, "8/save/episode-1"
	m := newMemory(ghost, next)
	got, err := NewDesk(p, m).Next(context.Background(), bob, tuesday)
	if err != nil || got.ID != next.ID {
		t.Fatalf("got task %d, %v; want %d", got.ID, err, next.ID)
	}
	if g := m.tasks[9]; !g.PassedAt.Equal(tuesday) || g.State != TaskDone {
		t.Errorf("the ghost was not stamped as passed: %+v", g)
	}
	if diff := cmp.Diff([]ExposureStamp{{Customer: 7, Treatment: "retention_call", At: tuesday}}, m.stamps); diff != "" {
		t.Error(diff)
	}
	if len(m.facts) != 0 {
		t.Errorf("a ghost left facts: %v", m.facts)
	}
	var pages []string
	for _, r := range []Result{ResultGhost, ResultHoldout, ResultNotSelected} {
		d := Decision{
			Customer: 7, Result: r, Reason: ReasonHeldBack, Treatment: "retention_call", Worth: Worth{Total: 900}, Propensity: .7,
			Explored: r == ResultGhost, Minutes: 9,
			Trace: Trace{Considered: []Considered{{Treatment: "retention_call", Relevant: true, Worth: &Worth{Total: 900}}}},
		}
		page, err := json.Marshal(d.Public())
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, string(page))
		if !strings.Contains(pages[0], NotOnList) || strings.Contains(pages[0], "900") {
			t.Errorf("the page tells too much: %s", page)
		}
	}
	if pages[0] != pages[1] || pages[1] != pages[2] {
		t.Errorf("the pages differ:\n%s", strings.Join(pages, "\n"))
	}
}

// R8. At most one open and one ever started per household, family and episode;
// recalled or expired work that nobody started may be decided again; nothing
// is sent twice.
func TestR8OncePerEpisode(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	key := "7/save/episode-99"
	for _, tc := range []struct {
		name string
		work Work
		want bool // still a candidate
	}{
		{"open", Work{Key: key, Open: true, Task: 1}, false},
		{"started and ended", Work{Key: key, Started: true, Task: 1}, false},
		{"recalled before anybody started", Work{Key: key, Task: 1}, true},
		{"another episode", Work{Key: "7/save/episode-98", Started: true, Task: 1}, true},
		{"another family", Work{Key: "7/offer/episode-99", Started: true, Message: 1}, true},
	} {
		pr, _, err := p.Propose(ann(tuesday), atRisk(tuesday), &Facts{Works: []Work{tc.work}}, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := pr.Trace.Considered[0].Worth != nil; got != tc.want {
			t.Errorf("%s: candidate %v, want %v (%v)", tc.name, got, tc.want, pr.Trace.Considered[0].Failed)
		}
	}
	for _, s := range []MessageState{MessageSent, MessageUnknown, MessageFailed, MessageBlocked, MessagePassed} {
		if _, err := p.BeforeSend(Message{State: s, Treatment: "offer_message"}, ann(tuesday), &Facts{}, tuesday); fault.Of(err) != fault.Conflict {
			t.Errorf("a message that is %s was let go again: %v", s, err)
		}
	}
	// The same decision makes the same ids and the same idempotency key.
	sub := subject(t, p, "offer_message", ResultTreat)
	var a, b, c Assignment
	for out, pub := range map[*Assignment]PublicationID{&a: 5, &b: 5, &c: 6} {
		if err := p.Assign(pub, sub, out); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error(diff)
	}
	if a.Messages[0].ID == c.Messages[0].ID || a.Messages[0].IdempotencyKey != c.Messages[0].IdempotencyKey {
		t.Error("another publication must give another id and the same idempotency key")
	}
	begun := heldTask(tuesday)
	if _, did := Recall(begun, "ops", tuesday); did {
		t.Error("started work was recalled")
	}
}

// subject is a selected customer for one treatment.
func subject(t *testing.T, p *Policy, treatment string, r Result) Subject {
	t.Helper()
	k, s := ann(tuesday), atRisk(tuesday)
	k.Since = tuesday.AddDate(-12, 0, 0)
	pr, _, err := p.Propose(k, s, &Facts{}, 3)
	if err != nil {
		t.Fatal(err)
	}
	d := Decision{Customer: 7, Household: 7, AsOf: tuesday, Result: r, Reason: ReasonReleased, Treatment: treatment, Episode: 99, Propensity: .7, Trace: pr.Trace}
	at := d.considered()
	if at == nil || at.Worth == nil {
		t.Fatalf("%s is no candidate: %+v", treatment, at)
	}
	d.Worth, d.Minutes = *at.Worth, p.Treatment(treatment).Minutes()
	return Subject{Decision: &d, Partition: 3, Known: k, Score: s, Events: []CardEvent{{At: tuesday.AddDate(0, 0, -74), Kind: "purchase", AmountMinor: 2599}}}
}

// R9. One proactive contact per household per local day, over all channels and
// purposes; promises and service are exempt but count.
func TestR9OnceADay(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	today := Facts{Contacts: []OwnContact{{Customer: 8, At: tuesday.Add(-time.Hour), Channel: ChannelLetter, Purpose: PurposeService, Work: "message/4"}}}
	for _, tc := range []struct {
		ask  Ask
		now  time.Time
		stop bool
	}{
		{Ask{Treatment: p.Treatment("retention_call"), Moment: AtOpen}, tuesday, true},
		{Ask{Treatment: p.Treatment("offer_message"), Moment: AtSend}, tuesday, true},
		{Ask{Treatment: p.Treatment("retention_call"), Moment: AtOpen, Self: "message/4"}, tuesday, true},
		{Ask{Treatment: p.Treatment("retention_call"), Moment: AtOpen, Promised: true}, tuesday, false},
		{Ask{Treatment: p.Treatment("service_recovery"), Moment: AtOpen}, tuesday, false},
		{Ask{Treatment: p.Treatment("retention_call"), Moment: AtOpen}, tuesday.Add(24 * time.Hour), false},
	} {
		_, failed := p.Gates(tc.ask, ann(tc.now), &today)
		if stop := len(failed) == 1 && failed[0].Gate == GateHousehold; stop != tc.stop {
			t.Errorf("%s promised=%v at %v: %v", tc.ask.Treatment.Name, tc.ask.Promised, tc.now, failed)
		}
	}
	// A try that nobody answered is that day's contact: the next is on another day.
	c, err := p.Apply(Wrap{Task: heldTask(tuesday), Agent: bob, Fence: 3, Known: ann(tuesday), Now: tuesday, Up: WrapUp{Disposition: NoAnswer}})
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC); !c.Task.NotBefore.Equal(want) {
		t.Errorf("tried again at %v, want %v", c.Task.NotBefore, want)
	}
	// At midnight's plan two of a household are never both chosen.
	n := night(p, 300, 11)
	a, err := p.Allocate(n)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[history.HouseholdID]bool{}
	for _, ch := range a.Choices {
		if ch.Result == ResultNotSelected {
			continue
		}
		if seen[ch.Household] {
			t.Fatalf("household %d was chosen twice", ch.Household)
		}
		seen[ch.Household] = true
	}
}

// R10. What is known comes from a view: an issue recorded after as-of, or
// closed after it, is what it was at as-of.
func TestR10KnowsOnlyTheView(t *testing.T) {
	t.Parallel()
	at := func(d int) time.Time { return tuesday.AddDate(0, 0, d) }
	stamp := func(ref int64, occurred, recorded time.Time) history.Stamp {
		return history.Stamp{Customer: 7, Ref: ref, Occurred: occurred, Recorded: recorded}
	}
	shard, err := history.AssembleShard(history.Parts{
		Customers: []history.Customer{{ID: 7, Name: "Ann"}},
		Facts: []history.Fact{
			{Stamp: stamp(1, at(-9), at(-9)), Kind: history.FactIssue, Body: history.Issue{Category: "billing"}},
			{Stamp: stamp(1, at(-1), at(1)), Kind: history.FactIssueClosed, Body: history.IssueClosed{}},
			{Stamp: stamp(2, at(-5), at(2)), Kind: history.FactIssue, Body: history.Issue{Category: "late"}},
			{Stamp: stamp(3, at(-5), at(-5)), Kind: history.FactSubscription, Body: history.Subscription{Plan: "basic", Start: at(-400)}},
			{Stamp: stamp(3, at(3), at(3)), Kind: history.FactSubscriptionEnd, Body: history.SubscriptionEnd{Kind: "voluntary"}},
			{Stamp: stamp(4, at(-5), at(-5)), Kind: history.FactProfile, Body: history.Profile{Attributes: map[string]string{"time_zone": "Asia/Tokyo"}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	then, now := Know(shard.View(0, tuesday, nil)), Know(shard.View(0, at(9), nil))
	if len(then.Issues) != 1 || then.Issues[0].Category != "billing" || then.Left != "" || then.Attributes["time_zone"] != "Asia/Tokyo" {
		t.Errorf("then: %+v", then)
	}
	if len(now.Issues) != 1 || now.Issues[0].Category != "late" || now.Left != "voluntary" {
		t.Errorf("now: %+v", now)
	}
	if !then.Since.Equal(at(-400)) {
		t.Errorf("the relationship began %v", then.Since)
	}
}
