package queue_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/fault"
	"holdfast/queue"
	"holdfast/queue/queuetest"
)

func zone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return z
}

func scheduler(tb testing.TB, z *time.Location, s queue.Inserter, now func() time.Time, entries ...queue.Entry) *queue.Scheduler {
	tb.Helper()
	sched, err := queue.NewScheduler(entries, z, s, now, slog.New(slog.DiscardHandler), func() {})
	if err != nil {
		tb.Fatal(err)
	}
	return sched
}

// firing is a job that the scheduler inserted: its key and when.
type firing struct {
	Key string
	At  string
}

// recorder keeps what was inserted, in order.
type recorder struct {
	*queuetest.Twin
	zone *time.Location
	got  []firing
}

func (r *recorder) InsertJob(ctx context.Context, j queue.Job) (bool, error) {
	ok, err := r.Twin.InsertJob(ctx, j)
	if ok {
		r.got = append(r.got, firing{j.Key, j.CreatedAt.In(r.zone).Format("2006-01-02 15:04 MST")})
	}
	return ok, err
}

// The clocks of Amsterdam go forward on 2026-03-29 at 02:00 and back on
// 2026-10-25 at 03:00 (EU directive 2000/84/EC).
func TestSlotsWhereTheClocksChange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, zone, spec string
		from, to         string // local dates
		want             []firing
	}{
		{
			"gap", "Europe/Amsterdam", "30 2 * * *", "2026-03-28", "2026-03-31",
			[]firing{
				{"slot/night/2026-03-28T02:30", "2026-03-28 02:30 CET"},
				{"slot/night/2026-03-29T02:30", "2026-03-29 03:00 CEST"},
				{"slot/night/2026-03-30T02:30", "2026-03-30 02:30 CEST"},
			},
		},
		{
			"overlap", "Europe/Amsterdam", "30 2 * * *", "2026-10-24", "2026-10-27",
			[]firing{
				{"slot/night/2026-10-24T02:30", "2026-10-24 02:30 CEST"},
				{"slot/night/2026-10-25T02:30", "2026-10-25 02:30 CEST"},
				{"slot/night/2026-10-26T02:30", "2026-10-26 02:30 CET"},
			},
		},
		{
			"the hour that London skips", "Europe/London", "30 1 * * *", "2026-03-28", "2026-03-31",
			[]firing{
				{"slot/night/2026-03-28T01:30", "2026-03-28 01:30 GMT"},
				{"slot/night/2026-03-29T01:30", "2026-03-29 02:00 BST"},
				{"slot/night/2026-03-30T01:30", "2026-03-30 01:30 BST"},
			},
		},
		{
			"the hour that London has twice", "Europe/London", "30 1 * * *", "2026-10-24", "2026-10-27",
			[]firing{
				{"slot/night/2026-10-24T01:30", "2026-10-24 01:30 BST"},
				{"slot/night/2026-10-25T01:30", "2026-10-25 01:30 BST"},
				{"slot/night/2026-10-26T01:30", "2026-10-26 01:30 GMT"},
			},
		},
		{
			"midnight that does not exist", "America/Sao_Paulo", "@daily", "2018-11-03", "2018-11-06",
			[]firing{
				{"slot/night/2018-11-03T00:00", "2018-11-03 00:00 -03"},
				{"slot/night/2018-11-04T00:00", "2018-11-04 01:00 -02"},
				{"slot/night/2018-11-05T00:00", "2018-11-05 00:00 -02"},
			},
		},
		{
			"midnight that comes twice", "America/Havana", "5 0 * * *", "2026-10-31", "2026-11-03",
			[]firing{
				{"slot/night/2026-10-31T00:05", "2026-10-31 00:05 CDT"},
				{"slot/night/2026-11-01T00:05", "2026-11-01 00:05 CDT"},
				{"slot/night/2026-11-02T00:05", "2026-11-02 00:05 CST"},
			},
		},
		{
			"half an hour", "Australia/Lord_Howe", "15 2 * * *", "2026-10-03", "2026-10-06",
			[]firing{
				{"slot/night/2026-10-03T02:15", "2026-10-03 02:15 +1030"},
				{"slot/night/2026-10-04T02:15", "2026-10-04 02:30 +11"},
				{"slot/night/2026-10-05T02:15", "2026-10-05 02:15 +11"},
			},
		},
		{
			"a date that does not exist", "Pacific/Apia", "0 2 * * *", "2011-12-29", "2012-01-01",
			[]firing{
				{"slot/night/2011-12-29T02:00", "2011-12-29 02:00 -10"},
				{"slot/night/2011-12-30T02:00", "2011-12-31 00:00 +14"},
				{"slot/night/2011-12-31T02:00", "2011-12-31 02:00 +14"},
			},
		},
		{
			"hourly through the gap", "Europe/Amsterdam", "0 1-4 29 3 *", "2026-03-29", "2026-03-30",
			[]firing{
				{"slot/night/2026-03-29T01:00", "2026-03-29 01:00 CET"},
				{"slot/night/2026-03-29T03:00", "2026-03-29 03:00 CEST"},
				{"slot/night/2026-03-29T04:00", "2026-03-29 04:00 CEST"},
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			z := zone(t, c.zone)
			at := func(s string) time.Time {
				v, err := time.ParseInLocation(time.DateOnly, s, z)
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			clk := newClock(at(c.from).Add(-time.Minute))
			rec := &recorder{Twin: queuetest.NewTwin(), zone: z}
			s := scheduler(t, z, rec, clk.Now, queue.Entry{Name: "night", Spec: c.spec, Kind: "night", CatchUp: time.Minute})
			for clk.Now().Before(at(c.to).Add(-time.Minute)) {
				if _, err := s.RunOnce(t.Context()); err != nil {
					t.Fatal(err)
				}
				clk.Advance(time.Minute)
			}
			if diff := cmp.Diff(c.want, rec.got); diff != "" {
				t.Errorf("fired (-want +got):\n%s", diff)
			}
		})
	}
}

func TestManySchedulersFireOnce(t *testing.T) {
	t.Parallel()
	z, s, clk := zone(t, "Europe/London"), queuetest.NewTwin(), newClock(noon.Add(-11*time.Hour))
	entries := []queue.Entry{
		{Name: "night", Spec: "30 2 * * *", Kind: "night", Priority: queue.Urgent},
		{Name: "mail", Spec: "*/20 9-10 * * 1-5", Kind: "mail"},
	}
	all := make([]*queue.Scheduler, 4)
	for i := range all {
		all[i] = scheduler(t, z, s, clk.Now, entries...)
	}
	inserted := 0
	for range 24 * 60 {
		var wg sync.WaitGroup
		n := make([]int, len(all))
		for i := range all {
			wg.Go(func() {
				var err error
				if n[i], err = all[i].RunOnce(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, k := range n {
			inserted += k
		}
		clk.Advance(time.Minute)
	}
	// 2026-11-22 is a Sunday: no mail before Monday 09:00, which is out of the 24 hours from 01:00.
	if jobs := s.Jobs(); inserted != 1 || len(jobs) != 1 {
		t.Fatalf("inserted %d jobs, %d are there; want the one night", inserted, len(jobs))
	}
	job := s.Jobs()[0]
	var slot queue.Slot
	if err := job.Decode(&slot); err != nil {
		t.Fatal(err)
	}
	if want := (queue.Slot{Name: "night", Date: "2026-11-22", Time: "02:30"}); slot != want || job.Kind != "night" || job.Priority != queue.Urgent {
		t.Errorf("job %+v for slot %+v, want an urgent night for %+v", job, slot, want)
	}
}

// A scheduler that was away fires the newest slot it missed, if it is not too
// late for it, and one that starts anew does not fire again.
func TestCatchingUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		away    time.Duration // from noon on
		catchUp time.Duration
		want    []string
	}{
		{"in time", 0, time.Minute, []string{"12:00"}},
		{"several missed", 95 * time.Minute, 6 * time.Hour, []string{"13:30"}},
		{"a little late", 20 * time.Minute, 21 * time.Minute, []string{"12:00"}},
		{"too late", 20 * time.Minute, 20 * time.Minute, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, clk := queuetest.NewTwin(), newClock(noon.Add(c.away))
			for range 2 {
				sched := scheduler(t, time.UTC, s, clk.Now, queue.Entry{Name: "mail", Spec: "0,30 * * * *", Kind: "mail", CatchUp: c.catchUp})
				for range 2 {
					if _, err := sched.RunOnce(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			var got []string
			for _, j := range s.Jobs() {
				var slot queue.Slot
				if err := j.Decode(&slot); err != nil {
					t.Fatal(err)
				}
				got = append(got, slot.Time)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("slots (-want +got):\n%s", diff)
			}
		})
	}
}

// A slot that could not be inserted is tried again at the next pass.
func TestSchedulerTriesAgain(t *testing.T) {
	t.Parallel()
	s := queuetest.NewTwin()
	sched := scheduler(t, time.UTC, s, func() time.Time { return noon }, queue.Entry{Name: "mail", Spec: "0 12 * * *", Kind: "mail"})
	s.Break(errCut)
	if _, err := sched.RunOnce(t.Context()); fault.Of(err) != fault.Unavailable {
		t.Errorf("error %v, want unavailable", err)
	}
	s.Break(nil)
	if n, err := sched.RunOnce(t.Context()); n != 1 || err != nil {
		t.Errorf("inserted %d, %v; want 1", n, err)
	}
}

func TestSchedulerRunsUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	s := queuetest.NewTwin()
	sched := scheduler(t, time.UTC, s, func() time.Time { return noon }, queue.Entry{Name: "mail", Spec: "0 12 * * *", Kind: "mail"})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); sched.Run(ctx) }()
	await(t, s, queue.Ready, 1)
	cancel()
	<-ended
	if want := noon.Add(24 * time.Hour); !sched.Next().Equal(want) {
		t.Errorf("next slot at %v, want %v", sched.Next(), want)
	}
}

func TestScheduleRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		entry queue.Entry
		want  string
	}{
		{queue.Entry{Name: "n", Kind: "k", Spec: "@every 1h"}, `schedule entry "n": schedule "@every 1h" has no slots on a clock: give five fields such as "30 2 * * *" or one of @hourly, @daily, @weekly, @monthly`},
		{queue.Entry{Name: "n", Kind: "k", Spec: "CRON_TZ=UTC 0 2 * * *"}, `schedule entry "n": schedule "CRON_TZ=UTC 0 2 * * *": slots are on the business's wall clock, take the time zone out`},
		{queue.Entry{Name: "n", Kind: "k", Spec: "0 0 30 2 *"}, `schedule entry "n": schedule "0 0 30 2 *" never comes: give five fields such as "30 2 * * *" or one of @hourly, @daily, @weekly, @monthly`},
		{queue.Entry{Name: "n", Kind: "k", Spec: "61 2 * * *"}, `schedule entry "n": schedule "61 2 * * *": end of range (61) above maximum (59): 61: give five fields such as "30 2 * * *" or one of @hourly, @daily, @weekly, @monthly`},
		{queue.Entry{Kind: "k", Spec: "0 2 * * *"}, `schedule entry "": it needs a name of its own, a kind and no negative catch-up`},
		{queue.Entry{Name: "n", Spec: "0 2 * * *"}, `schedule entry "n": it needs a name of its own, a kind and no negative catch-up`},
	} {
		_, err := queue.NewScheduler([]queue.Entry{c.entry}, time.UTC, queuetest.NewTwin(), func() time.Time { return noon }, slog.New(slog.DiscardHandler), func() {})
		if err == nil || err.Error() != c.want || fault.Of(err) != fault.Invalid {
			t.Errorf("%+v:\n got %v\nwant %s", c.entry, err, c.want)
		}
	}
}
