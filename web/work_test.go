package web_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"holdfast/access"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/scoring"
	"holdfast/value"
	"holdfast/web"
)

// work is tasks, promises and what is known of customers, in maps: the store
// of the real desk.
type work struct {
	*floor
	*approving
	mu       sync.Mutex
	tasks    map[interventions.TaskID]interventions.Task
	attempts map[interventions.TaskID][]interventions.Attempt
	promises map[interventions.PromiseID]interventions.Promise
	contacts map[history.CustomerID][]history.ContactAt

	household map[int][]web.Member
	consents  map[int][]history.ConsentAt
	issues    map[history.CustomerID][]interventions.OpenIssue
	zones     map[history.CustomerID]string
	said      map[int][]interventions.CardMark
	decision  func(id history.CustomerID) *interventions.Decision
	stamps    []interventions.ExposureStamp
	gone      error // reading fails with it
}

func newWork() *work {
	return &work{
		floor: newFloor(), approving: newApproving(),
		tasks: map[interventions.TaskID]interventions.Task{}, attempts: map[interventions.TaskID][]interventions.Attempt{},
		promises: map[interventions.PromiseID]interventions.Promise{}, contacts: map[history.CustomerID][]history.ContactAt{},
		issues: map[history.CustomerID][]interventions.OpenIssue{}, zones: map[history.CustomerID]string{},
		decision: func(id history.CustomerID) *interventions.Decision {
			d := decisionOf(id, interventions.ResultTreat)
			return &d
		},
	}
}

func decisionOf(id history.CustomerID, r interventions.Result) interventions.Decision {
	d := interventions.Decision{
		Customer: id, Household: history.HouseholdID(id), AsOf: tuesday.Truncate(24 * time.Hour), Result: r,
		Reason: interventions.ReasonReleased, Treatment: "retention_call", Worth: interventions.Worth{Total: 4200}, Minutes: 8.7, Propensity: .7,
		Trace: interventions.Trace{Considered: []interventions.Considered{
			{Treatment: "retention_call", Relevant: true, Worth: &interventions.Worth{Total: 4200}},
			{Treatment: "offer_message", Relevant: true, Failed: []interventions.Stop{{Gate: interventions.GateContactPoint, Detail: "no postal address"}}},
			{Treatment: "tenure_thanks_call", Why: "no milestone is near"},
		}},
	}
	switch r {
	case interventions.ResultGhost, interventions.ResultHoldout:
		d.Reason = interventions.ReasonHeldBack
	case interventions.ResultNotSelected:
		d.Reason, d.Treatment, d.Worth, d.Minutes = interventions.ReasonBelowLine, "", interventions.Worth{}, 0
	}
	return d
}

// cardOf is the card of the n-th customer.
func (w *work) cardOf(n int) interventions.Card {
	s, c := scoreOf(n), customer(n)
	card := interventions.Card{
		Customer: c.ID, Household: history.HouseholdID(n), Name: c.Name, Source: c.Source, Key: c.Key, Zone: "Europe/London",
		Marks: w.said[n], TenureDays: s.TenureDays, ThankLine: "7 years with us", Tier: "gold", ValueMinor: s.ValueMinor, Risk: s.Risk, Band: scoring.BandHigh,
		Reasons: s.Reasons, Purpose: interventions.PurposeRetention, Treatment: "retention_call",
		Offer:   &interventions.Offer{Name: "a month free", CostMinor: 1500, AcceptRate: .1},
		Opening: "I am calling because we would like to know how things are going for you.", Avoid: []string{"that we think they may leave"},
		Worth: interventions.Worth{Total: 4200}, AsOf: tuesday,
		Plans: []interventions.CardPlan{{Plan: "dual fuel", Since: tuesday.AddDate(-7, 0, 0), RenewsAt: tuesday.AddDate(0, 2, 0), ValueMinor: 8450}},
	}
	if n%2 == 0 { // foreseen by a model
		card.ValueBy, card.ValueLow, card.ValueHigh = value.ByPlan, s.ValueMinor*9/10, s.ValueMinor*12/10
	}
	for i, kind := range []string{"failed_payment", "purchase", "login", "purchase"} {
		card.Events = append(card.Events, interventions.CardEvent{At: tuesday.AddDate(0, 0, -27-30*i), Kind: kind, AmountMinor: int64(2550 * (i % 2))})
	}
	return card
}

// addTask puts the n-th customer's retention call into the queue.
func (w *work) addTask(n int, change ...func(*interventions.Task)) {
	t := interventions.Task{
		ID: interventions.TaskID(1000 + n), Publication: 1, Key: fmt.Sprintf("%d/save/episode-%d", n, n), Customer: history.CustomerID(n),
		Household: history.HouseholdID(n), Treatment: "retention_call", Family: interventions.FamilySave, Channel: interventions.ChannelPhone,
		Purpose: interventions.PurposeRetention, Episode: int64(n), State: interventions.TaskReady, OfferMinor: 1500, Zone: "Europe/London",
		AsOf: tuesday, CreatedAt: tuesday.Add(-6 * time.Hour), NotBefore: tuesday.Add(-time.Hour), ExpiresAt: tuesday.AddDate(0, 0, 10),
		WorthMinor: 4200, Minutes: 8.7, ValuePerMinute: 500 - float64(n), Card: w.cardOf(n),
	}
	for _, f := range change {
		f(&t)
	}
	w.tasks[t.ID] = t
}

func (w *work) known(id history.CustomerID, now time.Time) interventions.Known {
	return interventions.Known{
		Now: now, Customer: customer(int(id)), Household: history.HouseholdID(id), Attributes: map[string]string{"time_zone": w.zones[id]},
		Points: []history.PointAt{
			{ContactPoint: history.ContactPoint{Channel: "phone", Value: fmt.Sprintf("+44 20 7946 %04d", id)}, Ref: int64(id)*10 + 1, Since: now.AddDate(-1, 0, 0)},
			{ContactPoint: history.ContactPoint{Channel: "post", Value: "1 High Street, Whitby"}, Ref: int64(id)*10 + 2, Since: now.AddDate(-1, 0, 0)},
		},
		Issues: w.issues[id], Contacts: w.contacts[id], Since: now.AddDate(-7, -1, 0),
	}
}

func (w *work) Known(_ context.Context, id history.CustomerID, now time.Time) (interventions.Known, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.known(id, now), nil
}

func (w *work) Situation(
	ctx context.Context, id history.CustomerID, _ history.HouseholdID, now time.Time,
) (interventions.Known, interventions.Facts, error) {
	k, err := w.Known(ctx, id, now)
	return k, interventions.Facts{}, err
}

func (w *work) TaskCard(_ context.Context, id interventions.TaskID) (interventions.Card, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tasks[id].Card, nil
}

func (w *work) Workable(_ context.Context, now time.Time, skip interventions.Skip, limit int) ([]interventions.Task, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []interventions.Task
	for _, t := range w.tasks {
		switch t.State {
		case interventions.TaskReady, interventions.TaskSnoozed, interventions.TaskCallback, interventions.TaskGhost:
			if t.NotBefore.After(now) || (t.DueKind == "" && !now.Before(t.ExpiresAt)) {
				continue
			}
		case interventions.TaskLeased, interventions.TaskInProgress:
			if t.LeaseUntil.After(now) {
				continue
			}
		default:
			continue
		}
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b interventions.Task) int {
		if interventions.Before(&a, &b, now) {
			return -1
		}
		return 1
	})
	out = slices.DeleteFunc(out, func(t interventions.Task) bool { return skip.Passed[t.ID] })
	return out[:min(limit, len(out))], nil
}

func (w *work) Task(_ context.Context, id interventions.TaskID) (interventions.Task, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t, ok := w.tasks[id]
	if !ok || t.Ghost {
		return interventions.Task{}, fault.New(fault.NotFound, "there is no such task")
	}
	return t, nil
}

func (w *work) TaskFile(ctx context.Context, id interventions.TaskID) (f interventions.TaskFile, err error) {
	if f.Task, err = w.Task(ctx, id); err != nil {
		return f, err
	}
	if last, err := w.LastAttempt(ctx, id); err == nil {
		f.Last = &last
	}
	f.Asked, err = w.Approvals(ctx, id)
	return f, err
}

// task is a task, ghosts too.
func (w *work) task(id interventions.TaskID) interventions.Task {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tasks[id]
}

func (w *work) SaveStep(_ context.Context, before interventions.Task, c interventions.Consequences) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	now, ok := w.tasks[c.Task.ID]
	if (before.ID == 0) == ok || (ok && (now.State != before.State || now.Fence != before.Fence)) {
		return fault.New(fault.Conflict, "the task has changed meanwhile: open it again")
	}
	w.tasks[c.Task.ID] = c.Task
	for _, o := range slices.Concat(c.Close, c.Reopen) {
		w.tasks[o.ID] = o
	}
	if c.FollowUp != nil {
		w.tasks[c.FollowUp.ID] = *c.FollowUp
	}
	if c.Promise != nil {
		w.promises[c.Promise.ID] = *c.Promise
	}
	for _, id := range c.Kept {
		p := w.promises[id]
		p.KeptAt = c.Attempt.At
		w.promises[id] = p
	}
	if c.Attempt != nil {
		list := w.attempts[c.Task.ID]
		if c.Undo > 0 {
			list = list[:c.Undo-1]
		}
		w.attempts[c.Task.ID] = append(list, *c.Attempt)
	}
	w.stamps = append(w.stamps, c.Exposures...)
	for _, f := range c.Facts {
		w.take(f)
	}
	return nil
}

// take keeps the facts that the desk shows again.
func (w *work) take(f history.Fact) {
	switch b := f.Body.(type) {
	case history.Contact:
		list := slices.DeleteFunc(w.contacts[f.Customer], func(c history.ContactAt) bool { return c.Ref == f.Ref })
		w.contacts[f.Customer] = append(list, history.ContactAt{Contact: b, Ref: f.Ref, At: f.Occurred})
	case history.Issue:
		w.issues[f.Customer] = append(w.issues[f.Customer], interventions.OpenIssue{Ref: f.Ref, Category: b.Category, Severity: b.Severity, Opened: f.Occurred})
	}
}

func (w *work) LastAttempt(_ context.Context, id interventions.TaskID) (interventions.Attempt, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.attempts[id]
	if len(list) == 0 {
		return interventions.Attempt{}, fault.New(fault.NotFound, "the task was not tried yet")
	}
	return list[len(list)-1], nil
}

func (w *work) OpenTasks(_ context.Context, h history.HouseholdID) ([]interventions.Task, error) {
	return w.list(func(t *interventions.Task) bool { return t.Household == h && t.State.Open() }), nil
}

func (w *work) EndedBy(_ context.Context, t interventions.Task) ([]interventions.Task, error) {
	return w.list(func(o *interventions.Task) bool {
		return o.Household == t.Household && o.ID != t.ID && o.State == interventions.TaskDone && o.Reason == interventions.WhoRang
	}), nil
}

func (w *work) TasksHeldBy(_ context.Context, agent string, now time.Time) ([]interventions.Task, error) {
	return w.list(func(t *interventions.Task) bool {
		held := t.State == interventions.TaskLeased || t.State == interventions.TaskInProgress
		return held && t.Owner == agent && t.LeaseUntil.After(now)
	}), w.gone
}

func (w *work) Ready(ctx context.Context, name string, now time.Time) ([]interventions.Task, error) {
	if err := w.SetPresence(ctx, access.Presence{Name: name, State: access.Ready, Since: now}); err != nil {
		return nil, err
	}
	return w.TasksHeldBy(ctx, name, now)
}

func (w *work) Commitments(_ context.Context, agent string, until time.Time, limit int) ([]interventions.Task, error) {
	list := w.list(func(t *interventions.Task) bool {
		mine := t.Owner == agent || t.Owner == "" || t.Escalated
		return t.State == interventions.TaskCallback && mine && t.DueAt.Before(until)
	})
	slices.SortFunc(list, func(a, b interventions.Task) int { return a.DueAt.Compare(b.DueAt) })
	return list[:min(limit, len(list))], nil
}

func (w *work) Promise(_ context.Context, id interventions.PromiseID) (interventions.Promise, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.promises[id]
	if !ok {
		return p, fault.New(fault.NotFound, "there is no such promise")
	}
	return p, nil
}

func (w *work) ThankYous(_ context.Context, now, until time.Time, limit int) ([]interventions.Task, error) {
	list := w.list(func(t *interventions.Task) bool {
		waits := t.State == interventions.TaskReady || t.State == interventions.TaskSnoozed || t.State == interventions.TaskCallback
		return t.Family == interventions.FamilyThanks && !t.Ghost && waits && t.NotBefore.Before(until) && t.ExpiresAt.After(now)
	})
	return list[:min(limit, len(list))], nil
}

func (w *work) Thanked(_ context.Context, since time.Time, limit int) ([]interventions.Task, error) {
	list := w.list(func(t *interventions.Task) bool {
		return t.Family == interventions.FamilyThanks && t.State == interventions.TaskDone && !t.DoneAt.Before(since)
	})
	return list[:min(limit, len(list))], nil
}

// addThanks puts a thank-you to the n-th customer into the queue.
func (w *work) addThanks(n int, change ...func(*interventions.Task)) {
	w.addTask(n, func(t *interventions.Task) {
		t.Treatment, t.Family, t.Purpose, t.Signatory = "tenure_thanks_call", interventions.FamilyThanks, interventions.PurposeThanks, "the managing director"
		t.Key, t.Episode, t.Milestone, t.OfferMinor, t.Minutes = fmt.Sprintf("%d/thanks/years-10", n), 0, 10, 0, 6
		t.Card.Offer, t.Card.Since, t.Card.ThankLine, t.Card.TenureDays = nil, tuesday.AddDate(-10, 0, -4), "10 years with us", 3656
		t.Card.Treatment, t.Card.Purpose, t.Card.Signatory = t.Treatment, t.Purpose, t.Signatory
		t.Card.Opening, t.Card.Avoid = "I only want to thank you for 10 years with us.", []string{"anything that sells"}
		for _, f := range change {
			f(t)
		}
	})
}

// addPromise gives the n-th customer's task something to keep.
func (w *work) addPromise(n int, p interventions.Promise, zone string) {
	p.ID, p.Customer, p.MadeAt = interventions.PromiseID(n), history.CustomerID(n), tuesday.AddDate(0, 0, -1)
	w.promises[p.ID] = p
	w.addTask(n, func(t *interventions.Task) {
		t.State, t.DueKind, t.DueAt, t.Owner, t.Promise = interventions.TaskCallback, p.Kind, p.DueAt, p.Owner, p.ID
		t.NotBefore, t.Zone, t.Reason, t.StartedAt, t.Attempts, t.FirstAttempt = p.DueAt.Add(-5*time.Minute), zone, p.What, p.MadeAt, 1, p.MadeAt
	})
}

func (w *work) list(keep func(*interventions.Task) bool) []interventions.Task {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []interventions.Task
	for _, id := range slices.Sorted(maps.Keys(w.tasks)) {
		if t := w.tasks[id]; keep(&t) {
			out = append(out, t)
		}
	}
	return out
}

const customersKnown = 24

func (w *work) Find(_ context.Context, q string, limit int) ([]web.Found, error) {
	var out []web.Found
	for n := 1; n <= customersKnown && len(out) < limit; n++ {
		c := customer(n)
		phone := fmt.Sprintf("2079460%03d", n)
		switch digits := strings.ReplaceAll(strings.TrimPrefix(q, "0"), " ", ""); {
		case strings.EqualFold(c.Key, q):
			out = append(out, web.Found{Customer: c, Match: "key"})
		case len(digits) > 4 && strings.HasSuffix(phone, digits):
			out = append(out, web.Found{Customer: c, Match: "phone"})
		case strings.Contains(strings.ToLower(c.Name), strings.ToLower(q)):
			out = append(out, web.Found{Customer: c, Match: "name"})
		}
	}
	return out, nil
}

func (w *work) Preview(ctx context.Context, id history.CustomerID, treatment, language string, now time.Time) (web.Preview, error) {
	k, err := w.Known(ctx, id, now)
	if err != nil {
		return web.Preview{}, err
	}
	card := w.cardOf(int(id))
	k.Customer.Name = card.Name
	k.Attributes = map[string]string{"language": language}
	policy, err := newPolicy(time.UTC)
	if err != nil {
		return web.Preview{}, err
	}
	texts, in, err := policy.Preview(treatment, &k, &scoring.Score{Customer: id, TenureDays: card.TenureDays})
	return web.Preview{Language: in, Texts: texts}, err
}

func (w *work) Card(_ context.Context, id history.CustomerID, now time.Time) (interventions.Card, error) {
	if id < 1 || id > customersKnown {
		return interventions.Card{}, fault.New(fault.NotFound, "there is no such customer")
	}
	c := w.cardOf(int(id))
	c.Offer, c.Opening, c.Treatment, c.AsOf = nil, "", "", now
	return c, nil
}

// Housemates are those of the household that a file lists.
func (w *work) Housemates(_ context.Context, id history.CustomerID, _ history.HouseholdID, _ time.Time, limit int) ([]web.Member, error) {
	all := w.household[int(id)]
	return all[:min(len(all), limit)], nil
}

func (w *work) File(ctx context.Context, id history.CustomerID, now time.Time) (web.File, error) {
	card, err := w.Card(ctx, id, now)
	if err != nil {
		return web.File{}, err
	}
	k, _ := w.Known(ctx, id, now)
	card.Issues = k.Issues
	for _, p := range k.Points {
		card.Points = append(card.Points, interventions.CardPoint{Channel: p.Channel, Value: p.Value})
	}
	for _, c := range slices.Backward(k.Contacts) {
		card.Contacts = append(card.Contacts, interventions.CardContact{At: c.At, Channel: c.Channel, Direction: c.Direction, Purpose: c.Purpose, By: c.By, Disposition: c.Disposition, Note: c.Note})
	}
	f := web.File{Card: card, Segment: segmentOf(int(id)), Episode: tuesday.AddDate(0, 0, -3), Decision: w.decision(id)}
	f.Household, f.Consents = w.household[int(id)], w.consents[int(id)]
	f.Tasks = w.list(func(t *interventions.Task) bool { return t.Customer == id && !t.Ghost })
	for _, p := range w.promises {
		if p.Customer == id {
			f.Promises = append(f.Promises, p)
		}
	}
	return f, nil
}
