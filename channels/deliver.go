package channels

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// DeliveryState is where one call to the outside stands.
type DeliveryState string

// The states of a delivery.
const (
	Calling DeliveryState = "calling" // written before the call; found again, nobody knows
	Arrived DeliveryState = "sent"
	Refused DeliveryState = "failed"  // it did not arrive
	Unclear DeliveryState = "unknown" // no answer came
)

// Delivery is the record of one message's calls, by idempotency key.
type Delivery struct {
	Key      string
	Channel  interventions.Channel
	Customer history.CustomerID
	State    DeliveryState
	Attempt  int
	Receipt  string
	Error    string
	Since    time.Time // since when its calls have failed; zero when the last did not, or when it is not tried again by itself
}

// open says whether the message may have arrived.
func (d Delivery) open() bool { return d.State == Calling || d.State == Unclear }

// Store is what delivering needs of the database.
type Store interface {
	// Message returns one message of a released publication.
	Message(ctx context.Context, id interventions.MessageID) (interventions.Message, error)
	// Known returns what is known now of a customer.
	Known(ctx context.Context, customer history.CustomerID, now time.Time) (interventions.Known, error)
	// Situation returns what is known now of a customer and our own work for their
	// household, which is where they belonged when the message was made.
	Situation(ctx context.Context, customer history.CustomerID, household history.HouseholdID, now time.Time) (interventions.Known, interventions.Facts, error)
	// Delivery returns the record of a key, the zero Delivery without one.
	Delivery(ctx context.Context, key string) (Delivery, error)
	// BeginDelivery writes the delivery as calling, one attempt more, and
	// returns what stood there before; the zero Delivery when nothing did.
	// What has arrived stays as it is.
	BeginDelivery(ctx context.Context, d Delivery, now time.Time) (before Delivery, err error)
	// Begun counts the calls on a channel that began since an instant.
	Begun(ctx context.Context, channel interventions.Channel, since time.Time) (int, error)
	// EndDelivery writes how the call ended.
	EndDelivery(ctx context.Context, d Delivery, now time.Time) error
	// SaveMessage persists the message's new state, the facts and the stamp of
	// its exposure, in one transaction, if its state is still from: else Conflict.
	SaveMessage(ctx context.Context, from interventions.MessageState, m interventions.Message,
		facts []history.Fact, stamp *interventions.ExposureStamp) error
}

// Deliverer delivers messages.
type Deliverer struct {
	Policy      *interventions.Policy
	Store       Store
	Carriers    map[interventions.Channel]Carrier
	PerMinute   map[interventions.Channel]int // calls in a minute at most, over all workers; none is no limit
	GiveUpAfter time.Duration                 // that a message's calls have failed for
	// NoAddress writes down that a message's address is not used again, and why;
	// nil writes nothing.
	NoAddress func(ctx context.Context, m interventions.Message, why string) error
	// Doubted says whether so much of a channel was refused lately that it is
	// rarely the addresses, which then stay as they are; nil never doubts.
	Doubted func(ctx context.Context, channel interventions.Channel) (bool, error)
	Now     func() time.Time
}

// Deliver sends one message if its gates are still open. It returns when to
// come back for a message that was put off or, with the error of the call, for
// one that the receiver did not take now; and the zero time otherwise. An error
// of kind Held without a time is that of a message which is not tried again by
// itself. A message of which nobody can tell whether it arrived is tried again
// where the receiver takes a key once, and else, or in the end, left to a person
// as unknown, with ErrAskReceiver. Calling it twice for one message sends it once.
//
// queue: the handler of deliver jobs.
func (d *Deliverer) Deliver(ctx context.Context, id interventions.MessageID) (again time.Time, err error) {
	m, err := d.Store.Message(ctx, id)
	if err != nil {
		return again, fmt.Errorf("read message %d: %w", id, err)
	}
	if m.State == interventions.MessageUnknown {
		return again, undecided(m) // a crash kept its job from saying so
	}
	if m.State != interventions.MessageReady && m.State != interventions.MessageGhost {
		return again, nil // it has left, or never will
	}
	now := d.Now()
	if now.Before(m.NotBefore) {
		return m.NotBefore, nil
	}
	known, facts, err := d.Store.Situation(ctx, m.Customer, m.Household, now)
	if err != nil {
		return again, fmt.Errorf("read what is known of customer %d: %w", m.Customer, err)
	}
	s, err := d.Policy.BeforeSend(m, &known, &facts, now)
	if err != nil {
		return again, err
	}
	if s.Go {
		full, err := d.full(ctx, m.Channel, now)
		if err != nil {
			return again, err
		}
		if full {
			return d.Policy.Later(&m, now), nil
		}
		return d.send(ctx, m.State, s.Message)
	}
	if s.Message.State != m.State {
		return again, d.ended(ctx, m, s)
	}
	if s.Message.NotBefore.IsZero() { // no window opens any more: come back to see it expire
		s.Message.NotBefore = m.ExpiresAt
	}
	return s.Message.NotBefore, d.Store.SaveMessage(ctx, m.State, s.Message, nil, nil)
}

// ended writes down that a gate ended a message, or that a ghost passed. One of
// which an earlier call may have arrived is left to a person.
func (d *Deliverer) ended(ctx context.Context, m interventions.Message, s interventions.Sending) error {
	rec, err := d.Store.Delivery(ctx, m.IdempotencyKey)
	if err != nil {
		return fmt.Errorf("read the delivery of message %d: %w", m.ID, err)
	}
	if rec.open() && !m.Ghost {
		return d.unknown(ctx, m.State, m, rec, ErrUnclear)
	}
	return d.Store.SaveMessage(ctx, m.State, s.Message, nil, s.Stamp)
}

// full says whether a channel has had its calls of this minute. Workers that
// ask at one moment may each begin one more.
func (d *Deliverer) full(ctx context.Context, channel interventions.Channel, now time.Time) (bool, error) {
	limit := d.PerMinute[channel]
	if limit == 0 {
		return false, nil
	}
	n, err := d.Store.Begun(ctx, channel, now.Add(-time.Minute))
	if err != nil {
		return false, fmt.Errorf("count the messages of the last minute: %w", err)
	}
	return n >= limit, nil
}

// send makes the call between two records of it.
//
//	calling ── call ──► sent     the receiver took it
//	   │         ├────► failed   it will not, or not now: try again
//	   │         └────► unknown  no answer
//	   └ found again: the call may have happened ─► repeatable? call : unknown
func (d *Deliverer) send(ctx context.Context, from interventions.MessageState, m interventions.Message) (again time.Time, err error) {
	carrier := d.Carriers[m.Channel]
	if carrier == nil {
		return again, fault.New(fault.Invalid, "no carrier is configured for channel %s", m.Channel)
	}
	rec := Delivery{Key: m.IdempotencyKey, Channel: m.Channel, Customer: m.Customer, State: Calling}
	before, err := d.Store.BeginDelivery(ctx, rec, d.Now())
	if err != nil {
		return again, fmt.Errorf("record the delivery of message %d: %w", m.ID, err)
	}
	switch {
	case before.State == Arrived:
		return again, d.sent(ctx, from, m)
	case before.open() && !carrier.Repeatable():
		return again, d.unknown(ctx, from, m, rec, ErrUnclear)
	}
	rec.Attempt = before.Attempt + 1
	rec.Receipt, err = carrier.Send(ctx, m)
	// What came of the call is written down when the worker is told to stop, too.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWithin)
	defer cancel()
	if errors.Is(err, ErrUnclear) && !carrier.Repeatable() {
		return again, d.unknown(ctx, from, m, rec, err)
	}
	if err != nil {
		return d.failed(ctx, from, m, before, rec, err)
	}
	rec.State = Arrived
	if err := d.Store.EndDelivery(ctx, rec, d.Now()); err != nil {
		return again, fmt.Errorf("record the delivery of message %d: %w", m.ID, err)
	}
	return again, d.sent(ctx, from, m)
}

// recordWithin is how long it may take to write down what came of a call.
const recordWithin = 10 * time.Second

func (d *Deliverer) sent(ctx context.Context, from interventions.MessageState, m interventions.Message) error {
	m, facts, stamp := d.Policy.Sent(m, d.Now())
	return d.Store.SaveMessage(ctx, from, m, facts, &stamp)
}

// unknown gives a message that may have arrived to a person.
func (d *Deliverer) unknown(ctx context.Context, from interventions.MessageState, m interventions.Message, rec Delivery, cause error) error {
	rec.State, rec.Error, rec.Since = Unclear, cause.Error(), time.Time{}
	if err := d.Store.EndDelivery(ctx, rec, d.Now()); err != nil {
		return fmt.Errorf("record the delivery of message %d: %w", m.ID, err)
	}
	m.State, m.Reason = interventions.MessageUnknown, ErrUnclear.Error()
	// Gates count it: a customer who may have had it has nothing else today.
	stamp := interventions.ExposureStamp{Customer: m.Customer, Treatment: m.Treatment, At: d.Now(), Contacted: true}
	if err := d.Store.SaveMessage(ctx, from, m, nil, &stamp); err != nil {
		return err
	}
	return undecided(m)
}

// ErrAskReceiver means that only the receiver can tell whether a message arrived,
// and that it must not be sent again before a person has asked.
var ErrAskReceiver = errors.New("it may have arrived")

// undecided names the key by which the receiver knows the message: it is in the
// Message-ID of a mail, and the webhook-id.
func undecided(m interventions.Message) error {
	return fmt.Errorf("deliver message %d: %w: look for %s in the receiver's log, and send it again only if it is not there",
		m.ID, fault.As(fault.Held, ErrAskReceiver), m.IdempotencyKey)
}

// failed records how a call failed. A refusal for good ends the message; after
// everything else it stays ready, and is tried again or left to a person.
func (d *Deliverer) failed(ctx context.Context, from interventions.MessageState, m interventions.Message, before, rec Delivery, cause error) (again time.Time, err error) {
	now := d.Now()
	rec.State, rec.Error = Refused, cause.Error()
	final := fault.Of(cause) == fault.Invalid
	if !final {
		if errors.Is(cause, ErrUnclear) || before.open() {
			rec.State = Unclear
		}
		since := before.Since
		if since.IsZero() {
			since = now
		}
		if again = d.next(since, m.ExpiresAt, now); !again.IsZero() {
			rec.Since = since
		} else {
			cause = gaveUp(rec, since, now, cause)
		}
	}
	if again.IsZero() && rec.State == Unclear {
		return again, d.unknown(ctx, from, m, rec, cause)
	}
	if err := d.Store.EndDelivery(ctx, rec, now); err != nil {
		return time.Time{}, errors.Join(cause, err)
	}
	if !final {
		return again, fmt.Errorf("deliver message %d: %w", m.ID, cause)
	}
	m.State, m.Reason = interventions.MessageFailed, cause.Error()
	if errors.Is(cause, ErrNoAddress) {
		return again, d.noAddress(ctx, from, m, now)
	}
	return again, d.Store.SaveMessage(ctx, from, m, nil, nil)
}

// noAddress ends a message whose address is none, and the address with it.
func (d *Deliverer) noAddress(ctx context.Context, from interventions.MessageState, m interventions.Message, now time.Time) error {
	known, err := d.Store.Known(ctx, m.Customer, now)
	if err != nil {
		return fmt.Errorf("read what is known of customer %d: %w", m.Customer, err)
	}
	facts, err := d.addressEnds(ctx, m, &known, now)
	if err != nil {
		return err
	}
	if err := d.Store.SaveMessage(ctx, from, m, facts, nil); err != nil || len(facts) == 0 || d.NoAddress == nil {
		return err
	}
	return d.NoAddress(ctx, m, m.Reason)
}

// addressEnds ends the address of a message, unless the receiver refuses so much
// that its word is doubted.
func (d *Deliverer) addressEnds(ctx context.Context, m interventions.Message, known *interventions.Known, now time.Time) ([]history.Fact, error) {
	if d.Doubted != nil {
		if doubted, err := d.Doubted(ctx, m.Channel); doubted || err != nil {
			return nil, err
		}
	}
	return d.Policy.NoAddress(&m, known, now), nil
}
