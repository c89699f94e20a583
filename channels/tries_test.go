package channels

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// tries delivers until nothing more is to come, each time when the one before
// said, and returns at which minutes the carrier was called, from the first try.
func (d *desk) tries(t *testing.T, deliverer *Deliverer) (minutes []int, err error) {
	t.Helper()
	at := deliverer.Now()
	first := at
	deliverer.Now = func() time.Time { return at }
	for range 1000 {
		calls := d.calls
		again, err := deliverer.Deliver(context.Background(), 5)
		if d.calls > calls {
			minutes = append(minutes, int(at.Sub(first).Minutes()))
		}
		if again.IsZero() {
			return minutes, err
		}
		if !again.After(at) {
			t.Fatalf("after %v it is to be tried at %v", at, again)
		}
		at = again
	}
	t.Fatal("it is tried for ever")
	return nil, nil
}

// hourly are the tries of a day: after as long as it has failed already, at
// least a minute, then every hour, and once more when the day is over.
func hourly(minutes int) []int {
	at := []int{0, 1, 2, 4, 8, 16, 32, 64}
	for next := 124; next < minutes; next += 60 {
		at = append(at, next)
	}
	return append(at, minutes)
}

// A receiver that is away is asked as mail servers ask each other, until it is
// back, the time is over or the message has expired.
func TestTriesWhileTheReceiverIsAway(t *testing.T) {
	t.Parallel()
	away := fault.New(fault.Unavailable, "connection refused")
	for name, c := range map[string]struct {
		prepare func(*desk, *Deliverer)
		want    []int
		state   interventions.MessageState
		kind    fault.Kind // of the error in the end; Internal for none
		says    string
	}{
		"for a day":  {func(*desk, *Deliverer) {}, hourly(24 * 60), interventions.MessageReady, fault.Held, "deliver message 5: gave up after 31 tries in 24 h; the last: connection refused"},
		"for longer": {func(_ *desk, d *Deliverer) { d.GiveUpAfter = 48 * time.Hour }, hourly(48 * 60), interventions.MessageReady, fault.Held, "deliver message 5: gave up after 55 tries in 48 h; the last: connection refused"},
		"it expires before": {
			func(d *desk, _ *Deliverer) { d.message.ExpiresAt = now.Add(4 * time.Hour) },
			[]int{0, 1, 2, 4, 8, 16, 32, 64, 124},
			interventions.MessageExpired, fault.Internal, "",
		},
	} {
		d := newDesk()
		d.answer = away
		deliverer := d.deliverer(t)
		c.prepare(d, deliverer)
		got, err := d.tries(t, deliverer)
		if !slices.Equal(got, c.want) || d.message.State != c.state || fault.Of(err) != c.kind || (err == nil) != (c.says == "") || err != nil && err.Error() != c.says {
			t.Errorf("%s: tried at %v, want %v; it is %s (%v)", name, got, c.want, d.message.State, err)
		}
		if rec := d.deliveries["00c0ffee"]; c.kind == fault.Held && !rec.Since.IsZero() {
			t.Errorf("%s: given up, and it waits since %v", name, rec.Since)
		}
	}
}

// What was given up is tried anew, for as long, once a person says so.
func TestGivenUpAndTriedAgain(t *testing.T) {
	t.Parallel()
	d := newDesk()
	d.answer = fault.New(fault.Unavailable, "greylisted")
	deliverer := d.deliverer(t)
	if _, err := d.tries(t, deliverer); fault.Of(err) != fault.Held {
		t.Fatal(err)
	}
	again, err := deliverer.Deliver(context.Background(), 5)
	if err == nil || again.Sub(deliverer.Now()) != time.Minute {
		t.Errorf("tried at once, and then at %v after %v (%v)", again, deliverer.Now(), err)
	}
	d.answer = nil
	at := again
	deliverer.Now = func() time.Time { return at }
	if again, err := deliverer.Deliver(context.Background(), 5); err != nil || !again.IsZero() {
		t.Errorf("%v, %v", again, err)
	}
	d.expect(t, "back again", interventions.MessageSent, 1)
	if rec := d.deliveries["00c0ffee"]; !rec.Since.IsZero() {
		t.Errorf("it waits since %v", rec.Since)
	}
}

// A message that may have arrived is a person's in the end, whatever ends it:
// later calls that surely failed, a gate, or its time.
func TestWhatMayHaveArrivedIsNeverForgotten(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		then func(*desk)
	}{
		"no answer to the last": {func(*desk) {}},
		"refused afterwards":    {func(d *desk) { d.answer = fault.New(fault.Unavailable, "connection refused") }},
		"blocked afterwards": {func(d *desk) {
			d.known = func(k *interventions.Known) {
				k.Issues = []interventions.OpenIssue{{Ref: 4, Category: "billing", Severity: 2, Opened: now.AddDate(0, 0, -1)}}
			}
		}},
		"expired afterwards": {func(d *desk) { d.message.ExpiresAt = now.Add(61 * time.Minute) }},
	} {
		d := newDesk()
		d.answer = fault.As(fault.Unavailable, ErrUnclear)
		deliverer := d.deliverer(t)
		again, err := deliverer.Deliver(context.Background(), 5)
		if err == nil || again.IsZero() || d.message.State != interventions.MessageReady {
			t.Fatalf("%s: %v, %v: a receiver that takes a key once is called again", name, again, err)
		}
		c.then(d)
		deliverer.Now = func() time.Time { return again }
		_, err = d.tries(t, deliverer)
		if rec := d.deliveries["00c0ffee"]; !errors.Is(err, ErrAskReceiver) || d.message.State != interventions.MessageUnknown || rec.State != Unclear || !rec.Since.IsZero() {
			t.Errorf("%s: the message is %s, the delivery %+v (%v)", name, d.message.State, rec, err)
		}
		if len(d.stamps) != 1 || !d.stamps[0].Contacted {
			t.Errorf("%s: gates count it as %+v", name, d.stamps)
		}
	}
}

// stopped is a carrier whose call ends because the worker is told to stop.
type stopped struct {
	*desk
	stop   context.CancelFunc
	answer error
}

func (s stopped) Send(context.Context, interventions.Message) (string, error) {
	s.stop()
	return "taken", s.answer
}

// strict is a store that writes nothing once its context has ended.
type strict struct{ *desk }

func (s strict) EndDelivery(ctx context.Context, rec Delivery, at time.Time) error {
	return errors.Join(ctx.Err(), s.desk.EndDelivery(ctx, rec, at))
}

// A worker that is told to stop during a call writes down what came of it: a
// mail that was refused is not left as one that may have arrived.
func TestStoppedDuringACall(t *testing.T) {
	t.Parallel()
	for _, answer := range []error{nil, fault.New(fault.Unavailable, "connection refused")} {
		d := newDesk()
		d.once = false
		ctx, cancel := context.WithCancel(context.Background())
		deliverer := d.deliverer(t)
		deliverer.Store, deliverer.Carriers[interventions.ChannelLetter] = strict{d}, stopped{d, cancel, answer}
		_, err := deliverer.Deliver(ctx, 5)
		want := map[bool]DeliveryState{true: Arrived, false: Refused}[answer == nil]
		if rec := d.deliveries["00c0ffee"]; rec.State != want || (err == nil) != (answer == nil) || errors.Is(err, context.Canceled) {
			t.Errorf("after %v the delivery is %s (%v)", answer, rec.State, err)
		}
	}
}

// uncounted is a store that cannot count the calls of the last minute.
type uncounted struct{ *desk }

func (uncounted) Begun(context.Context, interventions.Channel, time.Time) (int, error) {
	return 0, errors.New("the disk is full")
}

// What a rate limit holds back is no try, and neither is what failed before the
// call: only a receiver's refusal says when to come back with an error.
func TestWhatIsNoTry(t *testing.T) {
	t.Parallel()
	d := newDesk()
	deliverer := d.deliverer(t)
	deliverer.PerMinute = map[interventions.Channel]int{interventions.ChannelLetter: 3}
	d.begun = 3
	if again, err := deliverer.Deliver(context.Background(), 5); err != nil || again.IsZero() || len(d.deliveries) != 0 {
		t.Errorf("held back: %v, %v, %v", again, err, d.deliveries)
	}
	deliverer.Store = uncounted{d}
	if again, err := deliverer.Deliver(context.Background(), 5); err == nil || !again.IsZero() || d.calls != 0 {
		t.Errorf("without a count: %v, %v", again, err)
	}
}
