package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/channels"
	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
	"holdfast/queue"
	"holdfast/store"
)

// reachable is a store whose customers all have an address.
type reachable struct{ *store.Store }

func (r reachable) Situation(
	ctx context.Context, c history.CustomerID, h history.HouseholdID, at time.Time,
) (interventions.Known, interventions.Facts, error) {
	k, f, err := r.Store.Situation(ctx, c, h, at)
	k.Points = []history.PointAt{{ContactPoint: history.ContactPoint{Channel: "email", Value: "a@example.org"}, Ref: 1, Since: at.AddDate(-1, 0, 0)}}
	return k, f, err
}

// post is a mail server that is away until an instant, and counts what it took.
type post struct {
	now   *time.Time
	until time.Time
	spam  int // that are refused for good
	taken map[string]int
	calls int
}

func (p *post) Repeatable() bool { return false }

func (p *post) Send(_ context.Context, m interventions.Message) (string, error) {
	p.calls++
	if p.now.Before(p.until) {
		return "", fault.New(fault.Unavailable, "connection refused")
	}
	if p.spam > 0 {
		p.spam--
		return "", fault.New(fault.Invalid, "refused with 550")
	}
	p.taken[m.IdempotencyKey]++
	return "250 ok", nil
}

// outage is a released list whose mails are delivered by jobs, on a clock that
// the test moves.
type outage struct {
	*store.Store
	*post
	t   *testing.T
	now time.Time
	d   *channels.Deliverer
	all int // messages that leave
}

func newOutage(t *testing.T, s *store.Store) *outage {
	t.Helper()
	file(t, s, 200)
	pub, _ := draftNight(t, s, "a", noon, 200)
	publish(t, s, "a", pub.ID, noon)
	must(t, s.Raw(t.Context(), "DELETE FROM jobs WHERE kind <> 'deliver'"))
	cfg := interventions.DefaultConfig()
	mail := cfg.Treatments[1]
	mail.Name, mail.Family, mail.Channel = "mail", interventions.FamilySave, interventions.ChannelEmail
	cfg.Treatments = []interventions.Treatment{mail}
	p, err := interventions.NewPolicy(cfg, time.UTC, []byte("0123456789abcdef"))
	must(t, err)
	o := &outage{Store: s, t: t, now: noon.Add(time.Hour)}
	o.post = &post{now: &o.now, taken: map[string]int{}}
	o.d = &channels.Deliverer{
		Policy: p, Store: reachable{s}, GiveUpAfter: 24 * time.Hour, Now: func() time.Time { return o.now },
		Carriers: map[interventions.Channel]channels.Carrier{interventions.ChannelEmail: o.post},
	}
	due, err := s.DueMessages(t.Context(), o.now, 10_000)
	must(t, err)
	for _, m := range due {
		if !m.Ghost {
			o.all++
		}
	}
	return o
}

// work runs every job that is due, as a worker does.
func (o *outage) work() {
	o.t.Helper()
	ctx := o.t.Context()
	jobs, err := o.ClaimReadyJobs(ctx, o.now, 500, time.Minute)
	must(o.t, err)
	for _, j := range jobs {
		begun, err := o.BeginJob(ctx, j.ID, j.Dispatch, o.now, time.Minute)
		must(o.t, err)
		var p struct{ Message int64 }
		must(o.t, begun.Decode(&p))
		again, err := o.d.Deliver(queue.WithLease(ctx, begun.Lease()), interventions.MessageID(p.Message))
		end := queue.Ending{State: queue.Done}
		switch {
		case err != nil && !again.IsZero():
			end = queue.Ending{State: queue.Ready, Delay: again.Sub(o.now), Excuse: true, Message: err.Error()}
		case err != nil:
			end = queue.Ending{State: queue.Dead, Message: err.Error()}
		}
		must(o.t, o.EndJob(ctx, begun.Lease(), o.now, end))
	}
}

// pass works through a span of time, minute by minute.
func (o *outage) pass(span time.Duration) {
	o.t.Helper()
	for end := o.now.Add(span); o.now.Before(end); o.now = o.now.Add(time.Minute) {
		o.work()
	}
}

func (o *outage) retried() store.Retried {
	o.t.Helper()
	list, err := o.Retried(o.t.Context())
	must(o.t, err)
	g, err := o.Gauges(o.t.Context(), o.now)
	must(o.t, err)
	if diff := cmp.Diff(list, g.Retried); diff != "" {
		o.t.Errorf("monitoring counts others:\n%s", diff)
	}
	if len(list) == 0 {
		return store.Retried{}
	}
	return list[0]
}

// A mail server that is away for three hours costs no message: all of the night
// wait, are seen to wait, and leave once when it is back.
func TestNoMessageIsLostToAMailServerThatIsAway(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		o := newOutage(t, s)
		if o.all < 5 {
			t.Fatalf("%d messages", o.all)
		}
		began := o.now
		o.until = began.Add(3 * time.Hour)
		o.pass(150 * time.Minute)
		want := store.Retried{
			Channel: "email", Messages: o.all, Since: began, Next: began.Add(184 * time.Minute), Away: began, Error: "connection refused",
		}
		if diff := cmp.Diff(want, o.retried()); diff != "" || o.retried().For(o.now) != 150*time.Minute {
			t.Error(diff)
		}
		if tries := o.calls / o.all; tries != 9 || o.calls%o.all != 0 {
			t.Errorf("%d calls for %d messages", o.calls, o.all)
		}
		if stuck, err := s.Jobs(t.Context(), store.JobFilter{State: queue.Dead}); err != nil || len(stuck) > 0 {
			t.Errorf("%d gave up (%v)", len(stuck), err)
		}
		o.pass(time.Hour)
		if len(o.taken) != o.all || o.retried().Messages != 0 {
			t.Errorf("%d of %d messages left, %+v", len(o.taken), o.all, o.retried())
		}
		for key, n := range o.taken {
			if n != 1 {
				t.Errorf("%s left %d times", key, n)
			}
		}
	})
}

// Whoever knows that the server is back need not wait for the next try; until then
// the messages are counted once, as those that wait for one.
func TestMessagesAreTriedNow(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		o := newOutage(t, s)
		o.until = o.now.Add(70 * time.Minute)
		o.pass(80 * time.Minute) // tried after 63 minutes, next after 123
		depths, err := s.QueueDepths(ctx)
		must(t, err)
		for _, d := range depths {
			if d.Kind == "deliver" && (d.Failed != 0 || d.Error != "") {
				t.Errorf("what waits for another try is counted twice: %+v", d)
			}
		}
		for _, c := range []struct {
			channel interventions.Channel
			want    int
		}{{interventions.ChannelLetter, 0}, {interventions.ChannelEmail, o.all}, {interventions.ChannelEmail, 0}} {
			if n, err := s.TryNow(ctx, c.channel, o.now); err != nil || n != c.want || len(o.taken) > 0 {
				t.Errorf("%d by %s are tried now (%v), want %d", n, c.channel, err, c.want)
			}
		}
		o.work()
		if len(o.taken) != o.all || o.retried().Messages != 0 {
			t.Errorf("%d of %d messages left, %+v", len(o.taken), o.all, o.retried())
		}
	})
}

// One that stays away is given up after a day, is then no message that waits for
// another try but a person's, and is tried for a day again when they say so.
func TestMessagesAreGivenUpAfterADay(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		o := newOutage(t, s)
		o.until = o.now.AddDate(0, 0, 7)
		o.pass(24*time.Hour + time.Minute)
		stuck, err := s.Jobs(ctx, store.JobFilter{State: queue.Dead})
		must(t, err)
		if len(stuck) != o.all || o.retried().Messages != 0 || stuck[0].Attempt != 31 || stuck[0].Excused != 30 {
			t.Fatalf("%d of %d gave up, the first %+v; %+v wait", len(stuck), o.all, stuck[0], o.retried())
		}
		n, err := s.RetryDead(ctx, "deliver", o.now)
		must(t, err)
		o.work()
		if got := o.retried(); n != o.all || got.Messages != o.all || !got.Since.Equal(o.now) || !got.Next.Equal(o.now.Add(time.Minute)) {
			t.Errorf("%d brought back: %+v", n, got)
		}
	})
}

// A full mailbox is no mail server that is away: others are taken meanwhile.
func TestOthersAreTaken(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		o := newOutage(t, s)
		o.until = o.now.Add(time.Second)
		jobs, err := s.Jobs(t.Context(), store.JobFilter{Kind: "deliver", State: queue.Ready})
		must(t, err)
		o.work() // all are refused
		o.now = o.now.Add(time.Minute)
		late := slices.IndexFunc(jobs, func(j queue.Job) bool {
			left, err := s.Job(t.Context(), j.ID)
			return err == nil && left.State == queue.Ready // no ghost's
		})
		must(t, s.Raw(t.Context(), fmt.Sprintf("UPDATE jobs SET run_after = run_after + 3600000000 WHERE id = %d", jobs[late].ID)))
		o.work() // all but one are taken
		if got := o.retried(); got.Messages != 1 || !got.Away.IsZero() || got.For(o.now) != 0 || !got.Since.Equal(noon.Add(time.Hour)) {
			t.Errorf("%+v", got)
		}
	})
}

// A list that is taken back while the mail server is away takes back what waits
// for another try, and a list released again sends it; what may have arrived
// stays as it is.
func TestTakenBackWhileTheMailServerIsAway(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		o := newOutage(t, s)
		o.until = o.now.Add(time.Hour)
		unclear(t, s, o.now, interventions.MessageUnknown)
		o.pass(10 * time.Minute)
		pubs, err := s.Publications(ctx, 1)
		must(t, err)
		must(t, s.Withdraw(ctx, pubs[0].ID, o.now, "a wrong offer"))
		if got := o.retried(); got.Messages != 0 {
			t.Errorf("withdrawn, and %+v", got)
		}
		o.pass(2 * time.Hour)
		if len(o.taken) != 0 || store.CountRows(t, s, "messages WHERE ghost = 0 AND state = 'recalled'") != o.all-1 || store.CountRows(t, s, "messages WHERE state = 'unknown'") != 1 {
			t.Errorf("%d left of a list that was taken back", len(o.taken))
		}
		if n := store.CountRows(t, s, "jobs WHERE kind = 'deliver' AND state NOT IN ('done', 'unknown')"); n != 0 {
			t.Errorf("%d jobs are left of it", n)
		}
		back, err := s.ReleaseAgain(ctx, pubs[0].ID, o.now)
		must(t, err)
		o.work()
		if back.Messages != o.all-1 || len(o.taken) != o.all-1 {
			t.Errorf("%d of %d came back, %d left", back.Messages, o.all-1, len(o.taken))
		}
	})
}

// Messages that are refused for good are told of, with how many were tried; what
// is taken, or waits for another try, is none of them.
func TestRefusedForGood(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		o := newOutage(t, s)
		refused := func(since time.Time) []store.Refused {
			list, err := s.RefusedMessages(ctx, since)
			must(t, err)
			return list
		}
		began := o.now
		o.until, o.spam = began.Add(time.Minute), o.all-1
		o.work()
		if got := refused(began); len(got) != 0 {
			t.Errorf("wait for another try: %+v", got)
		}
		o.pass(2 * time.Minute)
		want := []store.Refused{{Channel: "email", Messages: o.all - 1, Tried: o.all, Last: began.Add(time.Minute), Error: "refused with 550"}}
		if diff := cmp.Diff(want, refused(began)); diff != "" || !want[0].Most() || len(o.taken) != 1 {
			t.Errorf("%d taken: %s", len(o.taken), diff)
		}
		if got := refused(o.now); len(got) != 0 {
			t.Errorf("none was tried since %s: %+v", o.now, got)
		}
	})
}
