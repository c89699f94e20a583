package channels

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// desk is a Store of maps, and a carrier that counts.
type desk struct {
	mu         sync.Mutex
	message    interventions.Message
	deliveries map[string]Delivery
	facts      []history.Fact
	stamps     []interventions.ExposureStamp
	known      func(*interventions.Known)
	own        interventions.Facts

	crash  string // the step after which the process dies, once
	taken  map[string]int
	calls  int
	begun  int // deliveries of the last minute
	once   bool
	answer error
}

var errDied = errors.New("the process died")

func newDesk() *desk {
	return &desk{message: letter(), deliveries: map[string]Delivery{}, known: func(*interventions.Known) {}, taken: map[string]int{}, once: true}
}

// die is the end of the process at a step, once.
func (d *desk) die(step string) error {
	if d.crash != step {
		return nil
	}
	d.crash = ""
	return errDied
}

func (d *desk) Message(context.Context, interventions.MessageID) (interventions.Message, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.message, nil
}

func (d *desk) Situation(
	ctx context.Context, c history.CustomerID, _ history.HouseholdID, at time.Time,
) (interventions.Known, interventions.Facts, error) {
	k, err := d.Known(ctx, c, at)
	return k, d.own, err
}

func (d *desk) Known(_ context.Context, c history.CustomerID, at time.Time) (interventions.Known, error) {
	k := interventions.Known{
		Now: at, Customer: history.Customer{ID: c, Name: "Ann Smith"}, Household: 7, Attributes: map[string]string{},
		Points: []history.PointAt{
			{ContactPoint: history.ContactPoint{Channel: "post", Value: "2 New Road"}, Ref: 1, Since: at.AddDate(-1, 0, 0)},
			{ContactPoint: history.ContactPoint{Channel: "phone", Value: "+44 20 7946 0000"}, Ref: 2, Since: at.AddDate(-1, 0, 0)},
		},
		Since: at.AddDate(-7, 0, 0),
	}
	d.known(&k)
	return k, nil
}

func (d *desk) Delivery(_ context.Context, key string) (Delivery, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.deliveries[key], nil
}

func (d *desk) BeginDelivery(_ context.Context, rec Delivery, _ time.Time) (Delivery, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.deliveries[rec.Key]
	if before.State != Arrived {
		rec.Attempt, rec.Since = before.Attempt+1, before.Since
		d.deliveries[rec.Key] = rec
	}
	return before, d.die("begun")
}

func (d *desk) Begun(context.Context, interventions.Channel, time.Time) (int, error) {
	return d.begun, nil
}

func (d *desk) EndDelivery(_ context.Context, rec Delivery, _ time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.die("answered"); err != nil {
		return err // before it was written
	}
	rec.Attempt = d.deliveries[rec.Key].Attempt
	if d.deliveries[rec.Key].State != Arrived {
		d.deliveries[rec.Key] = rec
	}
	return d.die("ended")
}

func (d *desk) SaveMessage(_ context.Context, from interventions.MessageState, m interventions.Message, facts []history.Fact, stamp *interventions.ExposureStamp) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.message.State != from {
		return fault.New(fault.Conflict, "the message is %s", d.message.State)
	}
	d.message = m
	d.facts = append(d.facts, facts...)
	if stamp != nil {
		d.stamps = append(d.stamps, *stamp)
	}
	return nil
}

// Send is the desk as its own carrier. A receiver that knows keys takes each
// once.
func (d *desk) Send(_ context.Context, m interventions.Message) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if d.answer != nil {
		return "", d.answer
	}
	if d.taken[m.IdempotencyKey] == 0 || !d.once {
		d.taken[m.IdempotencyKey]++
	}
	return "taken", nil
}

func (d *desk) Repeatable() bool { return d.once }

func (d *desk) deliverer(t testing.TB) *Deliverer {
	t.Helper()
	cfg := interventions.DefaultConfig()
	p, err := interventions.NewPolicy(cfg, time.UTC, []byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	return &Deliverer{Policy: p, Store: d, Carriers: map[interventions.Channel]Carrier{interventions.ChannelLetter: d}, GiveUpAfter: 24 * time.Hour, Now: func() time.Time { return now.Add(time.Hour) }}
}

func (d *desk) expect(t *testing.T, what string, state interventions.MessageState, taken int) {
	t.Helper()
	facts := 0
	if state == interventions.MessageSent {
		facts = 1
	}
	if d.message.State != state || d.taken["00c0ffee"] != taken || len(d.facts) != facts {
		t.Errorf("%s: the message is %s (%s), was taken %d times, and %d contacts are recorded; want %s, %d, %d",
			what, d.message.State, d.message.Reason, d.taken["00c0ffee"], len(d.facts), state, taken, facts)
	}
}

func TestSentOnce(t *testing.T) {
	t.Parallel()
	d := newDesk()
	deliverer := d.deliverer(t)
	for range 3 {
		if again, err := deliverer.Deliver(context.Background(), 5); err != nil || !again.IsZero() {
			t.Fatalf("%v, %v", again, err)
		}
	}
	d.expect(t, "three times in a row", interventions.MessageSent, 1)
	if d.calls != 1 || d.message.To != "2 New Road" || len(d.stamps) != 1 || !d.stamps[0].Contacted {
		t.Errorf("%d calls, sent to %q, stamps %+v", d.calls, d.message.To, d.stamps)
	}
}

func TestSentOnceByManyAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk()
	deliverer := d.deliverer(t)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, err := deliverer.Deliver(context.Background(), 5); err != nil && fault.Of(err) != fault.Conflict {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	d.expect(t, "ten at once", interventions.MessageSent, 1)
	if len(d.stamps) != 1 {
		t.Errorf("stamps %+v", d.stamps)
	}
}

// Wherever the process dies, the message leaves once, or a person is asked.
func TestAfterACrash(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		crash string
		once  bool
		state interventions.MessageState
		taken int
	}{
		{"begun", true, interventions.MessageSent, 1},
		{"answered", true, interventions.MessageSent, 1},
		{"ended", true, interventions.MessageSent, 1},
		{"begun", false, interventions.MessageUnknown, 0},
		{"answered", false, interventions.MessageUnknown, 1},
		{"ended", false, interventions.MessageSent, 1},
	} {
		d := newDesk()
		d.crash, d.once = c.crash, c.once
		deliverer := d.deliverer(t)
		if _, err := deliverer.Deliver(context.Background(), 5); !errors.Is(err, errDied) {
			t.Errorf("%s: %v", c.crash, err)
		}
		for range 2 {
			if _, err := deliverer.Deliver(context.Background(), 5); err != nil && c.state != interventions.MessageUnknown ||
				errors.Is(err, ErrAskReceiver) != (c.state == interventions.MessageUnknown) {
				t.Errorf("%s, again: %v", c.crash, err)
			}
		}
		d.expect(t, c.crash, c.state, c.taken)
	}
}

func TestFailedCalls(t *testing.T) {
	t.Parallel()
	busy := fault.New(fault.Unavailable, "busy")
	unclear := fault.As(fault.Unavailable, ErrUnclear)
	for name, c := range map[string]struct {
		answer error
		once   bool
		kind   fault.Kind // of the error; Internal for none
		state  interventions.MessageState
		rec    DeliveryState
		after  interventions.MessageState // once the receiver is well
	}{
		"busy":             {busy, true, fault.Unavailable, interventions.MessageReady, Refused, interventions.MessageSent},
		"busy, no keys":    {busy, false, fault.Unavailable, interventions.MessageReady, Refused, interventions.MessageSent},
		"unclear":          {unclear, true, fault.Unavailable, interventions.MessageReady, Unclear, interventions.MessageSent},
		"unclear, no keys": {unclear, false, fault.Held, interventions.MessageUnknown, Unclear, interventions.MessageUnknown},
		"refused":          {fault.New(fault.Invalid, "no such address"), true, fault.Internal, interventions.MessageFailed, Refused, interventions.MessageFailed},
	} {
		d := newDesk()
		d.answer, d.once = c.answer, c.once
		deliverer := d.deliverer(t)
		_, err := deliverer.Deliver(context.Background(), 5)
		if (err == nil) != (c.kind == fault.Internal) || fault.Of(err) != c.kind {
			t.Errorf("%s: %v", name, err)
		}
		if rec := d.deliveries["00c0ffee"]; d.message.State != c.state || rec.State != c.rec || rec.Error == "" || rec.Attempt != 1 {
			t.Errorf("%s: message %s, delivery %+v", name, d.message.State, rec)
		}
		d.answer = nil
		if _, err := deliverer.Deliver(context.Background(), 5); errors.Is(err, ErrAskReceiver) != (c.after == interventions.MessageUnknown) {
			t.Errorf("%s, again: %v", name, err)
		}
		if d.message.State != c.after || d.taken["00c0ffee"] > 1 {
			t.Errorf("%s, again: message %s, taken %d times", name, d.message.State, d.taken["00c0ffee"])
		}
	}
}

// The gates are asked again when the message is about to leave.
func TestGatesAtSending(t *testing.T) {
	t.Parallel()
	issue := func(k *interventions.Known) {
		k.Issues = []interventions.OpenIssue{{Ref: 4, Category: "billing", Severity: 2, Opened: now.AddDate(0, 0, -1)}}
	}
	for name, c := range map[string]struct {
		prepare func(*desk)
		state   interventions.MessageState
		reason  string
	}{
		"an issue was opened": {func(d *desk) { d.known = issue }, interventions.MessageBlocked, string(interventions.GateIssue)},
		"no address any more": {func(d *desk) { d.known = func(k *interventions.Known) { k.Points = nil } }, interventions.MessageBlocked, ""},
		"it is too late":      {func(d *desk) { d.message.ExpiresAt = now }, interventions.MessageExpired, "its time ran out"},
		"a ghost passes":      {func(d *desk) { d.message.State, d.message.Ghost = interventions.MessageGhost, true }, interventions.MessagePassed, "passed"},
		"a ghost is blocked": {func(d *desk) {
			d.message.State, d.message.Ghost, d.known = interventions.MessageGhost, true, issue
		}, interventions.MessageBlocked, string(interventions.GateIssue)},
		"recalled": {func(d *desk) { d.message.State = interventions.MessageRecalled }, interventions.MessageRecalled, ""},
	} {
		d := newDesk()
		c.prepare(d)
		again, err := d.deliverer(t).Deliver(context.Background(), 5)
		if err != nil || !again.IsZero() {
			t.Errorf("%s: %v, %v", name, again, err)
		}
		d.expect(t, name, c.state, 0)
		if d.calls != 0 || len(d.deliveries) != 0 || (c.reason != "" && d.message.Reason != c.reason) {
			t.Errorf("%s: %d calls, reason %q", name, d.calls, d.message.Reason)
		}
		if passed := c.state == interventions.MessagePassed; passed != (len(d.stamps) == 1) || (passed && d.stamps[0].Contacted) {
			t.Errorf("%s: stamps %+v", name, d.stamps)
		}
	}
}

// A message that must wait says until when, and leaves then.
func TestPutOff(t *testing.T) {
	t.Parallel()
	d := newDesk()
	d.own.Contacts = []interventions.OwnContact{{Customer: 8, At: now.Add(30 * time.Minute), Channel: interventions.ChannelPhone, Purpose: interventions.PurposeService, Work: "task-1", Reached: true}}
	deliverer := d.deliverer(t)
	again, err := deliverer.Deliver(context.Background(), 5)
	if err != nil || !again.After(now.Add(time.Hour)) || !again.Equal(d.message.NotBefore) || !strings.HasPrefix(d.message.Reason, "put off: ") {
		t.Fatalf("again at %v, %v: %+v", again, err, d.message)
	}
	d.expect(t, "the household was contacted today", interventions.MessageReady, 0)
	if soon, err := deliverer.Deliver(context.Background(), 5); err != nil || !soon.Equal(again) {
		t.Errorf("too early: %v, %v", soon, err)
	}
	d.own.Contacts = nil
	deliverer.Now = func() time.Time { return again }
	if later, err := deliverer.Deliver(context.Background(), 5); err != nil || !later.IsZero() {
		t.Errorf("when its time has come: %v, %v", later, err)
	}
	d.expect(t, "when its time has come", interventions.MessageSent, 1)
}

func TestNoCarrier(t *testing.T) {
	t.Parallel()
	d := newDesk()
	deliverer := d.deliverer(t)
	deliverer.Carriers = nil
	_, err := deliverer.Deliver(context.Background(), 5)
	if fault.Of(err) != fault.Invalid || err.Error() != "no carrier is configured for channel letter" {
		t.Error(err)
	}
	d.expect(t, "no carrier", interventions.MessageReady, 0)
}

// A receiver that refuses nearly everything may be the wrong one: the message
// fails, and its address stays.
func TestADoubtedRefusalKeepsTheAddress(t *testing.T) {
	t.Parallel()
	for _, doubted := range []bool{true, false} {
		d := newDesk()
		d.answer = fault.As(fault.Invalid, fmt.Errorf("refused with 550 5.1.1: %w", ErrNoAddress))
		del := d.deliverer(t)
		del.Doubted = func(_ context.Context, c interventions.Channel) (bool, error) {
			return doubted && c == d.message.Channel, nil
		}
		del.NoAddress = func(context.Context, interventions.Message, string) error {
			if doubted {
				t.Error("written down as given up")
			}
			return nil
		}
		if _, err := del.Deliver(context.Background(), 5); err != nil || d.message.State != interventions.MessageFailed || (len(d.facts) == 0) != doubted {
			t.Errorf("doubted %v: %v, %+v, facts %+v", doubted, err, d.message, d.facts)
		}
	}
}

// An address that is none is not used again, and that one alone; whatever else
// was refused leaves it as it is.
func TestAnAddressThatIsNoneIsNotUsedAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answer error
		facts  int
	}{
		{fault.As(fault.Invalid, fmt.Errorf("refused with 550 5.1.1: %w", ErrNoAddress)), 1},
		{fault.New(fault.Invalid, "refused with 554 5.7.1"), 0},
	} {
		d, noted := newDesk(), ""
		d.answer = c.answer
		del := d.deliverer(t)
		del.NoAddress = func(_ context.Context, m interventions.Message, why string) error {
			noted = m.To + ": " + why
			return nil
		}
		for range 2 { // the second time nothing is left to do
			if again, err := del.Deliver(context.Background(), 5); err != nil || !again.IsZero() {
				t.Fatalf("%v: %v, %v", c.answer, again, err)
			}
		}
		if d.message.State != interventions.MessageFailed || d.message.Reason != c.answer.Error() || len(d.facts) != c.facts || d.calls != 1 || len(d.stamps) != 0 {
			t.Fatalf("%v: %+v, %d calls, facts %+v", c.answer, d.message, d.calls, d.facts)
		}
		if c.facts == 0 {
			if noted != "" {
				t.Errorf("%v: noted %q", c.answer, noted)
			}
			continue
		}
		at := now.Add(time.Hour)
		want := history.ContactPoint{Channel: "post", Value: "2 New Road", Until: at}
		if f := d.facts[0]; f.Body != want || f.Ref != 1 || f.Customer != d.message.Customer || !f.Occurred.Equal(at.AddDate(-1, 0, 0)) || !f.Recorded.Equal(at) {
			t.Errorf("the fact is %+v", d.facts[0])
		}
		if want := "2 New Road: " + c.answer.Error(); noted != want {
			t.Errorf("noted %q, want %q", noted, want)
		}
	}
}
