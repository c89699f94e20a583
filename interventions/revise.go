package interventions

import (
	"context"
	"fmt"
	"strings"
	"time"

	"holdfast/internal/fault"
)

// RevisionCause says what made somebody solve the day again.
type RevisionCause string

// The causes of a revision.
const (
	RevisedByHand     RevisionCause = "by hand"
	RevisedOnSchedule RevisionCause = "on schedule"
	RevisedForRoster  RevisionCause = "roster changed"
	RevisedForAbsence RevisionCause = "absence"
)

// Because is a cause with what it was, such as "roster changed: ann on
// 2026-03-10" or "ben is absent".
func (r *Revision) Because() string {
	switch {
	case r.Why == "":
		return string(r.Cause)
	case r.Cause == RevisedForAbsence:
		return r.Why
	}
	return string(r.Cause) + ": " + r.Why
}

// Said is what a revision moved, in a sentence without its end.
func (r *Revision) Said() string {
	count := func(n int, one, many string) string {
		if n == 1 {
			return "1 " + one
		}
		return fmt.Sprintf("%d %s", n, many)
	}
	var parts []string
	if r.Moved > 0 {
		said := fmt.Sprintf("of %d waiting, %s behind the others for want of room", r.Waiting, count(r.Moved, "call goes", "calls go"))
		if r.Shortened > 0 {
			said += ", " + count(r.Shortened, "ends", "end") + " sooner"
		}
		parts = append(parts, said)
	}
	if r.Restored > 0 {
		parts = append(parts, count(r.Restored, "call has", "calls have")+" room again")
	}
	if len(parts) == 0 {
		return "nothing moves: what waits has the room that it had"
	}
	return strings.Join(parts, "; ")
}

// Revision is a change of a released list in the day: of the order of its work
// and of when it ends, never of what somebody began nor of an arm. Its counts
// are of the released.
type Revision struct {
	Publication PublicationID
	N           int // of the list, from 1 on; 0 while it is not kept
	At          time.Time
	Cause       RevisionCause
	Who         string
	Why         string
	Minutes     []RevisionMinutes // of everybody first
	Waiting     int               // that nobody had touched
	Moved       int               // put behind the others
	Shortened   int               // of them, ending sooner by it
	Restored    int               // brought forward again
}

// Changed says whether anybody sees a difference.
func (r *Revision) Changed() bool { return r.Moved+r.Restored > 0 }

// Asked is who wants the day solved again, and why.
type Asked struct {
	Cause  RevisionCause
	Who    string
	Why    string
	DryRun bool // count what would change
}

// ReviseStore is what solving a day again needs.
type ReviseStore interface {
	// Waterfall returns the list that is shown; NotFound before the first.
	Waterfall(ctx context.Context, asOf time.Time) (Publication, error)
	// DayWork returns what stands before the desk until the end of a day.
	DayWork(ctx context.Context, pub PublicationID, now, end time.Time) (DayWork, error)
	// Requests returns what managers had asked for when a list was made.
	Requests(ctx context.Context, asOf time.Time) ([]Request, error)
	// RosterOn returns the agents who have a roster for a day; see OnDay.
	RosterOn(ctx context.Context, day string) ([]Rostered, error)
	// SaveRevision moves what nobody has touched meanwhile of a released list
	// and returns the revision with what became of it. Conflict when the list is
	// not released any more, or is being revised by somebody else.
	SaveRevision(ctx context.Context, r Revision, place Place) (Revision, error)
}

// Revise solves what is left of now's day again for the list that is shown, and
// keeps what changes as the list's next revision; where nothing does, nothing is
// kept. Conflict says that there is nothing to solve: the list is not released,
// or the day is over.
//
// scheduled: nightly.resolve_minutes. queue: after a change of the roster or of
// who is absent. web: from the board. manual: nightly resolve.
func (p *Policy) Revise(ctx context.Context, store ReviseStore, ask Asked, now time.Time) (Revision, error) {
	r := Revision{At: now, Cause: ask.Cause, Who: ask.Who, Why: ask.Why}
	pub, err := store.Waterfall(ctx, time.Time{})
	if fault.Of(err) == fault.NotFound {
		return r, fault.New(fault.NotFound, "no list has been released yet: there is no day to plan again")
	}
	if err != nil {
		return r, fmt.Errorf("find the list of the day: %w", err)
	}
	r.Publication = pub.ID
	if pub.State != PublicationReleased {
		return r, fault.New(fault.Conflict, "the list of %s is %s: only a released list is planned again", pub.AsOf.In(p.zone).Format(time.DateOnly), pub.State)
	}
	day, err := p.day(ctx, store, pub, now)
	if err != nil {
		return r, err
	}
	place, err := p.Resolve(day)
	if err != nil {
		return r, err
	}
	r.Minutes, r.Waiting = place.Minutes, place.Waiting
	if ask.DryRun {
		return r.foreseen(&day, &place), nil
	}
	if len(place.Behind)+len(place.Restored) == 0 {
		return r, nil
	}
	if r, err = store.SaveRevision(ctx, r, place); err != nil {
		return r, fmt.Errorf("revise the list of %s: %w", pub.AsOf.In(p.zone).Format(time.DateOnly), err)
	}
	return r, nil
}

func (p *Policy) day(ctx context.Context, store ReviseStore, pub Publication, now time.Time) (Day, error) {
	d := Day{Now: now, Customers: pub.Tally.Customers, GhostShares: pub.Prices.GhostShares}
	end, working := p.endOfDay(now)
	if !working { // Resolve says so
		return d, nil
	}
	var err error
	if d.DayWork, err = store.DayWork(ctx, pub.ID, now, end); err != nil {
		return d, fmt.Errorf("read what stands before the desk: %w", err)
	}
	if d.Requests, err = store.Requests(ctx, pub.AsOf); err != nil {
		return d, fmt.Errorf("read what managers asked for: %w", err)
	}
	if d.Committed.Roster, err = store.RosterOn(ctx, now.In(p.zone).Format(time.DateOnly)); err != nil {
		return d, fmt.Errorf("read the rosters: %w", err)
	}
	return d, nil
}

// foreseen counts what saving would change of the released.
func (r Revision) foreseen(d *Day, place *Place) Revision {
	of := make(map[TaskID]*Task, len(d.Waiting))
	for i := range d.Waiting {
		of[d.Waiting[i].ID] = &d.Waiting[i]
	}
	for _, id := range place.Behind {
		if c, ok := PutBehind(*of[id], place.Ends, r.At); ok {
			r.Count(&c.Task)
		}
	}
	for _, id := range place.Restored {
		if c, ok := BringForward(*of[id], r.At); ok {
			r.Count(&c.Task)
		}
	}
	return r
}

// Count adds a task as it was moved; ghosts are not counted.
func (r *Revision) Count(moved *Task) {
	switch {
	case moved.Ghost:
	case !moved.Behind():
		r.Restored++
	default:
		r.Moved++
		if moved.ExpiresAt.Before(moved.DecidedExpiry) {
			r.Shortened++
		}
	}
}
