package queue

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"holdfast/internal/fault"
)

// Inserter is what the scheduler needs of the store.
type Inserter interface {
	// InsertJob adds a ready job unless its key was ever used.
	InsertJob(ctx context.Context, job Job) (inserted bool, err error)
}

// Entry is one line of the schedule.
type Entry struct {
	Name     string        // part of the key: change it and slots fire anew
	Spec     string        // minute hour day month weekday, or @daily and the like
	Kind     string        // of the job that is inserted
	Priority int           // of the job; Normal when zero
	CatchUp  time.Duration // how late a slot may still fire, after an outage or at the first start; 6 h when zero
}

// Slot is the payload of a scheduled job: which slot it is for, on the
// business's wall clock.
type Slot struct {
	Name string `json:"name"`
	Date string `json:"date"` // 2026-11-22
	Time string `json:"time"` // 02:30
}

// Scheduler inserts a job for each slot of its entries. The key holds the
// slot's date and time on the wall clock of the business, and keys are unique,
// so each slot fires once however many schedulers run and however often they
// are restarted. When a scheduler was away for several slots of an entry, only
// the newest fires.
//
// Slots are counted on the wall clock as if it had no daylight saving, and
// each is then given its instant:
//
//	clocks go forward:  01:59 | 03:00      a slot at 02:30 fires at 03:00
//	clocks go back:     02:59 | 02:00      a slot at 02:30 fires at the first 02:30
//
// so every slot fires exactly once on its date. An entry more frequent than
// hourly is silent during the repeated hour.
type Scheduler struct {
	store   Inserter
	zone    *time.Location
	entries []entry
	now     func() time.Time
	log     *slog.Logger
	wake    func()
}

type entry struct {
	Entry
	slots cron.Schedule // on the wall clock written as UTC
	last  time.Time     // the newest slot known to have fired, on the wall clock written as UTC
}

// NewScheduler makes a scheduler for the business's time zone that calls wake
// after inserting a job.
func NewScheduler(entries []Entry, zone *time.Location, store Inserter, now func() time.Time,
	log *slog.Logger, wake func(),
) (*Scheduler, error) {
	s := &Scheduler{store: store, zone: zone, now: now, log: log, wake: wake}
	seen := map[string]bool{}
	for _, e := range entries {
		if e.Name == "" || e.Kind == "" || seen[e.Name] || e.CatchUp < 0 {
			return nil, fault.New(fault.Invalid, "schedule entry %q: it needs a name of its own, a kind and no negative catch-up", e.Name)
		}
		seen[e.Name] = true
		e.Priority, e.CatchUp = or(e.Priority, Normal), or(e.CatchUp, 6*time.Hour)
		slots, err := parseSpec(e.Spec)
		if err != nil {
			return nil, fault.New(fault.Invalid, "schedule entry %q: %w", e.Name, err)
		}
		s.entries = append(s.entries, entry{Entry: e, slots: slots})
	}
	return s, nil
}

// parseSpec reads five cron fields, or a descriptor that stands for some.
func parseSpec(spec string) (cron.Schedule, error) {
	const give = `give five fields such as "30 2 * * *" or one of @hourly, @daily, @weekly, @monthly`
	if strings.Contains(spec, "TZ=") {
		return nil, fmt.Errorf("schedule %q: slots are on the business's wall clock, take the time zone out", spec)
	}
	parsed, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor).Parse(spec)
	if err != nil {
		return nil, fmt.Errorf("schedule %q: %w: %s", spec, err, give)
	}
	fields, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("schedule %q has no slots on a clock: %s", spec, give)
	}
	fields.Location = time.UTC
	if fields.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, fmt.Errorf("schedule %q never comes: %s", spec, give)
	}
	return fields, nil
}

// RunOnce inserts a job for the newest slot of each entry that has come, and
// returns how many it inserted.
func (s *Scheduler) RunOnce(ctx context.Context) (n int, err error) {
	for i := range s.entries {
		e := &s.entries[i]
		slot, ok := e.newest(s.now(), s.zone)
		if !ok {
			continue
		}
		inserted, err := s.fire(ctx, e.Entry, slot)
		if err != nil {
			return n, fmt.Errorf("schedule %s for %s: %w", e.Name, slot.Format("2006-01-02 15:04"), err)
		}
		e.last = slot
		if inserted {
			n++
			s.log.Info("slot fired", "entry", e.Name, "slot", slot.Format("2006-01-02 15:04"))
		}
	}
	if n > 0 {
		s.wake()
	}
	return n, nil
}

// newest returns the newest slot that has come by now, is not too late to
// fire and is not known to have fired.
func (e *entry) newest(now time.Time, zone *time.Location) (slot time.Time, ok bool) {
	from := now.Add(-e.CatchUp)
	at := wallClock(from, zone).Add(-2 * time.Hour) // a wall clock may repeat up to two hours
	if e.last.After(at) {
		at = e.last
	}
	for at = e.slots.Next(at); !at.IsZero(); at = e.slots.Next(at) {
		instant := instantOf(at, zone)
		if instant.After(now) {
			break
		}
		if instant.After(from) {
			slot, ok = at, true
		}
	}
	return slot, ok
}

func (s *Scheduler) fire(ctx context.Context, e Entry, slot time.Time) (inserted bool, err error) {
	payload := Slot{Name: e.Name, Date: slot.Format(time.DateOnly), Time: slot.Format("15:04")}
	job, err := New(e.Kind, fmt.Sprintf("slot/%s/%sT%s", e.Name, payload.Date, payload.Time), payload, s.now())
	if err != nil {
		return false, err
	}
	job.Priority = e.Priority
	return s.store.InsertJob(ctx, job)
}

// Next returns the instant of the next slot of any entry, zero without entries.
func (s *Scheduler) Next() time.Time {
	var next time.Time
	now := s.now()
	for _, e := range s.entries {
		at := wallClock(now, s.zone).Add(-2 * time.Hour)
		for at = e.slots.Next(at); !at.IsZero(); at = e.slots.Next(at) {
			if instant := instantOf(at, s.zone); instant.After(now) {
				if next.IsZero() || instant.Before(next) {
					next = instant
				}
				break
			}
		}
	}
	return next
}

// Run fires slots until ctx ends. It looks at the clock at the next slot and
// at least every 15 s, so that a clock that is set or a machine that slept
// does not make it miss one for long.
func (s *Scheduler) Run(ctx context.Context) {
	const atLeast = 15 * time.Second
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if _, err := s.RunOnce(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("scheduler fails and will be tried again", "every", atLeast, "error", err)
		}
		wait := atLeast
		if next := s.Next(); !next.IsZero() {
			wait = max(min(wait, next.Sub(s.now())), time.Millisecond)
		}
		timer.Reset(wait)
	}
}

// wallClock writes what the clock on the wall shows at t as a time in UTC.
func wallClock(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// instantOf returns the first instant at which the clock on the wall shows
// slot or, where it jumps over slot, the instant of the jump. It never
// decreases as slot grows.
func instantOf(slot time.Time, zone *time.Location) time.Time {
	offset := func(t time.Time) time.Duration {
		_, seconds := t.In(zone).Zone()
		return time.Duration(seconds) * time.Second
	}
	// Offsets are at most 14 h, so the day before and the day after lie on
	// either side of a jump that concerns slot.
	early := slot.Add(-offset(slot.Add(-26 * time.Hour)))
	late := slot.Add(-offset(slot.Add(26 * time.Hour)))
	if late.Before(early) {
		early, late = late, early
	}
	for _, t := range []time.Time{early, late} {
		if wallClock(t, zone).Equal(slot) {
			return t.UTC()
		}
	}
	jump, _ := late.In(zone).ZoneBounds()
	return jump.UTC()
}
