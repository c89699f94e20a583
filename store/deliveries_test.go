package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/channels"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/interventions"
	"holdfast/measurement"
	"holdfast/queue"
	"holdfast/store"
)

func TestDeliveriesAreRecordedAroundTheCall(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
		d := channels.Delivery{Key: "k1", Channel: "email", Customer: 7, State: channels.Calling}
		before, err := s.BeginDelivery(ctx, d, now)
		if err != nil || before.Key != "" {
			t.Fatalf("first begin: %+v, %v", before, err)
		}
		before, err = s.BeginDelivery(ctx, d, now)
		if err != nil || before.State != channels.Calling || before.Attempt != 1 {
			t.Fatalf("begin again: %+v, %v; want calling, attempt 1", before, err)
		}
		d.State, d.Receipt = channels.Arrived, "taken"
		if err := s.EndDelivery(ctx, d, now); err != nil {
			t.Fatal(err)
		}
		before, err = s.BeginDelivery(ctx, d, now)
		want := channels.Delivery{Key: "k1", Channel: "email", Customer: 7, State: channels.Arrived, Attempt: 2, Receipt: "taken"}
		if diff := cmp.Diff(want, before); err != nil || diff != "" {
			t.Fatalf("begin what arrived: %v\n%s", err, diff)
		}
		d.State = channels.Refused
		if err := s.EndDelivery(ctx, d, now); fault.Of(err) != fault.Conflict {
			t.Errorf("what arrived was refused afterwards: %v", err)
		}
	})
}

// unclear has a list's first message that leaves delivered, by a job of which
// nobody can tell whether its mail arrived: left in this state, unknown where it
// is not tried again by itself.
func unclear(t *testing.T, s *store.Store, now time.Time, left interventions.MessageState) (interventions.Message, queue.Job) {
	t.Helper()
	ctx := t.Context()
	due, err := s.DueMessages(ctx, now, 10_000)
	must(t, err)
	m := due[slices.IndexFunc(due, func(m interventions.Message) bool { return !m.Ghost })]
	jobs, err := s.Jobs(ctx, store.JobFilter{Kind: "deliver"})
	must(t, err)
	job := jobs[slices.IndexFunc(jobs, func(j queue.Job) bool { return j.Key == fmt.Sprintf("deliver/%d", m.ID) })]
	begun, err := s.BeginJob(ctx, job.ID, job.Dispatch, now, time.Minute)
	must(t, err)
	lease := queue.Lease{JobID: job.ID, Fence: begun.Fence}
	d := channels.Delivery{Key: m.IdempotencyKey, Channel: m.Channel, Customer: m.Customer, State: channels.Calling}
	_, err = s.BeginDelivery(queue.WithLease(ctx, lease), d, now)
	must(t, err)
	d.State, d.Error = channels.Unclear, "no answer came"
	must(t, s.EndDelivery(queue.WithLease(ctx, lease), d, now))
	if left == interventions.MessageUnknown {
		unknown := m
		unknown.State = left
		must(t, s.SaveMessage(queue.WithLease(ctx, lease), m.State, unknown, nil,
			&interventions.ExposureStamp{Customer: m.Customer, Treatment: m.Treatment, At: now, Contacted: true}))
	}
	must(t, s.EndJob(ctx, lease, now, queue.Ending{State: queue.Unknown, Message: "no answer came"}))
	return m, job
}

// A mail that may have arrived stays a person's until they say that it did not:
// then it is ready once more, under the key that R8 keeps for it.
func TestAPersonSendsAgain(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		file(t, s, 200)
		pub, _ := draftNight(t, s, "a", noon, 200)
		publish(t, s, "a", pub.ID, noon)
		now := noon.Add(time.Hour)
		contacts := store.CountRows(t, s, "own_contacts")
		m, job := unclear(t, s, now, interventions.MessageUnknown)
		if n := store.CountRows(t, s, "own_contacts"); n != contacts+1 || store.CountRows(t, s, "sealed_exposures WHERE contacted > 0") != 1 {
			t.Errorf("what may have arrived is counted as %d contacts", n-contacts)
		}
		if got, err := s.Message(ctx, m.ID); err != nil || got.State != interventions.MessageUnknown {
			t.Fatalf("the message is %s (%v)", got.State, err)
		}
		must(t, s.RetryJob(ctx, job.ID, now))
		if got, err := s.Message(ctx, m.ID); err != nil || got.State != interventions.MessageReady {
			t.Errorf("sent again it is %s (%v)", got.State, err)
		}
		if n := store.CountRows(t, s, "own_contacts"); n != contacts || store.CountRows(t, s, "sealed_exposures WHERE contacted > 0") != 0 {
			t.Errorf("what did not arrive is counted as %d contacts", n-contacts)
		}
		d := channels.Delivery{Key: m.IdempotencyKey, Channel: m.Channel, Customer: m.Customer, State: channels.Calling}
		if before, err := s.BeginDelivery(ctx, d, now); err != nil || before.State != channels.Refused || before.Attempt != 1 {
			t.Errorf("the delivery was %+v (%v): the next call would ask a person again", before, err)
		}
		if err := s.RetryJob(ctx, job.ID, now); fault.Of(err) != fault.Conflict {
			t.Errorf("sent again twice: %v", err)
		}
	})
}

func TestNewestEffectsAreThoseOfTheNewestNight(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		if got, at, err := s.NewestEffects(ctx); err != nil || got != nil || !at.IsZero() {
			t.Fatalf("before the first night: %v, %v, %v", got, at, err)
		}
		first := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		want := []measurement.Effect{{
			Treatment: "call", Known: true, Contacted: measurement.Group{Customers: 10, Left: 1, Rate: .1},
			Difference: stats.Interval{Estimate: -.1, Low: -.2, High: .01}, ClaimedSaves: 3,
		}}
		for i, e := range [][]measurement.Effect{{{Treatment: "old"}}, {{Treatment: "wrong"}}, want} {
			if err := s.SaveEffects(ctx, first.AddDate(0, 0, min(i, 1)), e); err != nil {
				t.Fatal(err)
			}
		}
		got, at, err := s.NewestEffects(ctx)
		if diff := cmp.Diff(want, got); err != nil || diff != "" || !at.Equal(first.AddDate(0, 0, 1)) {
			t.Errorf("newest: %v, %v\n%s", at, err, diff)
		}
	})
}
