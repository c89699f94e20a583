package store_test

import (
	"testing"
	"time"

	"holdfast/channels"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/queue"
	"holdfast/store"
)

// A mail of which a person finds that it arrived left when its call was made:
// its job is done, the contact is recorded as known from now on, and a call that
// is made all the same finds that it has arrived.
//
// A receiver that takes a key once leaves its message ready meanwhile.
func TestAPersonFindsThatItArrived(t *testing.T) {
	t.Parallel()
	for _, left := range []interventions.MessageState{interventions.MessageUnknown, interventions.MessageReady} {
		t.Run(string(left), func(t *testing.T) {
			t.Parallel()
			forEachStore(t, func(t *testing.T, s *store.Store) { arrives(t, s, left) })
		})
	}
}

func arrives(t *testing.T, s *store.Store, left interventions.MessageState) {
	t.Helper()
	ctx := t.Context()
	file(t, s, 200)
	pub, _ := draftNight(t, s, "a", noon, 200)
	publish(t, s, "a", pub.ID, noon)
	called, now := noon.Add(time.Hour), noon.Add(26*time.Hour)
	contacts := store.CountRows(t, s, "own_contacts")
	m, job := unclear(t, s, called, left)
	asked := 0
	leave := func(m interventions.Message, at time.Time) (interventions.Message, []history.Fact, interventions.ExposureStamp) {
		asked++
		m.State, m.SentAt = interventions.MessageSent, at
		fact := history.Fact{
			Stamp: history.Stamp{Customer: m.Customer, Ref: 77, Occurred: at.UTC(), Recorded: at.UTC()}, Kind: history.FactContact,
			Body: history.Contact{Channel: string(m.Channel), Direction: "out", Disposition: "sent"},
		}
		return m, []history.Fact{fact}, interventions.ExposureStamp{Customer: m.Customer, Treatment: m.Treatment, At: at, Contacted: true}
	}
	must(t, s.SettleJob(ctx, job.ID, now, leave))
	if got, err := s.Message(ctx, m.ID); err != nil || got.State != interventions.MessageSent || !got.SentAt.Equal(called) {
		t.Errorf("the message is %s, sent at %v (%v)", got.State, got.SentAt, err)
	}
	if got, err := s.Job(ctx, job.ID); err != nil || got.State != queue.Done || !got.RunAfter.Before(now) {
		t.Errorf("the job is %+v (%v)", got, err)
	}
	if n := store.CountRows(t, s, "own_contacts"); n != contacts+1 || store.CountRows(t, s, "sealed_exposures WHERE contacted > 0") != 1 {
		t.Errorf("it is counted as %d contacts", n-contacts)
	}
	if n := store.CountRows(t, s, "work_keys WHERE started = 1"); n != 1 {
		t.Errorf("%d keys are those of begun work, want its own", n)
	}
	known, err := s.Known(ctx, m.Customer, now.Add(time.Minute))
	must(t, err)
	if n := len(known.Contacts); n != 1 || !known.Contacts[0].At.Equal(called) {
		t.Errorf("the contacts are %+v", known.Contacts)
	}
	if before, err := s.Known(ctx, m.Customer, now.Add(-time.Minute)); err != nil || len(before.Contacts) != 0 {
		t.Errorf("it was known before anybody said so: %+v (%v)", before.Contacts, err)
	}
	d := channels.Delivery{Key: m.IdempotencyKey, Channel: m.Channel, Customer: m.Customer, State: channels.Calling}
	if before, err := s.BeginDelivery(ctx, d, now); err != nil || before.State != channels.Arrived {
		t.Errorf("the delivery was %+v (%v)", before, err)
	}
	for _, id := range []int64{job.ID, job.ID + 1_000_000} {
		if err := s.SettleJob(ctx, id, now, leave); fault.Of(err) != map[bool]fault.Kind{true: fault.Conflict, false: fault.NotFound}[id == job.ID] {
			t.Errorf("settling %d: %v", id, err)
		}
	}
	if err := s.RetryJob(ctx, job.ID, now); fault.Of(err) != fault.Conflict || asked != 1 {
		t.Errorf("sent again after it arrived: %v; asked %d times", err, asked)
	}
}
