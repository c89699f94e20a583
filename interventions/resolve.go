package interventions

import (
	"cmp"
	"slices"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// DayWork is what stands before the desk in the middle of a day.
type DayWork struct {
	Waiting   []Task    // of the list, due today and not Touched, ghosts among them
	Committed Committed // minutes that other work takes before the day ends; the roster and who is absent
	Paused    []string  // treatments that are not handed out
}

// Day is all that solving the rest of a day needs.
type Day struct {
	DayWork
	Now       time.Time
	Customers int       // in the file of the list
	Requests  []Request // that the list was made with

	GhostShares map[string]float64 // likewise, where the planner sets them
}

// Place is what the rest of a day has room for.
type Place struct {
	Behind   []TaskID // had room and has none now
	Restored []TaskID // had none and has room again
	Ends     time.Time
	Waiting  int // of the released
	Minutes  []RevisionMinutes
}

// RevisionMinutes is one limit of the minutes that are left of a day, beside
// what the released calls that have room are expected to take.
type RevisionMinutes struct {
	Kind   LimitKind `json:"kind"`
	Name   string    `json:"name,omitempty"` // of the skill or the languages
	Left   float64   `json:"left"`           // after promises, call-backs and what somebody began
	Before float64   `json:"before"`         // of those that had room before
	After  float64   `json:"after"`          // of those that have room now
}

// Touched says whether anybody has had to do with a task since it was released:
// then solving the day again leaves it alone. A ghost is as its twin.
func (t *Task) Touched() bool {
	return t.State != TaskReady && t.State != TaskGhost || t.Fence != 0 || t.Attempts != 0 || t.DueKind != "" ||
		!t.StartedAt.IsZero() || !t.PassedAt.IsZero() || t.Publication == 0
}

// Behind says whether the day has no room for a task as it was last solved: it
// stands behind all that has, and ends sooner than it was decided to.
func (t *Task) Behind() bool { return !t.DecidedExpiry.IsZero() }

// Resolve solves the minutes that are left of a day again for the work of its
// list that nobody has touched: by the worths of the night, at prices, with the
// limits of minutes that Capacity has. What is not minutes held for all of the
// list and so holds for any part of it. Like Allocate it is blind to arms: a
// ghost weighs what its twin does, and both move alike. What managers asked for
// comes first, as it did at night. Work of paused treatments takes no minutes
// and stays where it is.
//
// It is pure: solved twice, the second finds nothing to change.
func (p *Policy) Resolve(d Day) (Place, error) {
	end, working := p.endOfDay(d.Now)
	if !working {
		return Place{}, fault.New(fault.Conflict, "the calling hours of the day are over: there is nothing left of it to plan")
	}
	out := Place{Ends: p.endOfNextDay(end)}
	cands, tasks := p.waiting(&d)
	release := (&Policy{cfg: p.cfg.leftAlone(d.GhostShares)}).releases(d.Customers)
	limits := p.timedLimits(p.restOfDay(d.Now, &d.Committed), &d.Committed, release, p.each)
	for k := range limits {
		out.Minutes = append(out.Minutes, RevisionMinutes{Kind: limits[k].Kind, Name: limits[k].Name, Left: limits[k].Amount})
	}
	has := p.room(cands, d.Requests, limits)
	for _, c := range cands {
		t := tasks[TaskID(c.Household)]
		room := has[t.ID]
		switch {
		case room && t.Behind():
			out.Restored = append(out.Restored, t.ID)
		case !room && !t.Behind():
			out.Behind = append(out.Behind, t.ID)
		}
		if t.Ghost {
			continue
		}
		out.Waiting++
		for k := range limits {
			if limits[k].per[c.Treatment] > 0 {
				out.Minutes[k].Before += given(!t.Behind(), t.Minutes)
				out.Minutes[k].After += given(room, t.Minutes)
			}
		}
	}
	slices.Sort(out.Behind)
	slices.Sort(out.Restored)
	return out, nil
}

// waiting are the tasks that are solved for, as candidates in an order of their
// own: each is its own household, because who of a household is called was
// decided at night. All are worth something, for all were chosen.
func (p *Policy) waiting(d *Day) ([]Candidate, map[TaskID]*Task) {
	var cands []Candidate
	tasks := make(map[TaskID]*Task, len(d.Waiting))
	for i := range d.Waiting {
		t := &d.Waiting[i]
		treatment := p.index(t.Treatment)
		if treatment < 0 || t.Touched() || slices.Contains(d.Paused, t.Treatment) {
			continue
		}
		tasks[t.ID] = t
		cands = append(cands, Candidate{
			Customer: t.Customer, Household: history.HouseholdID(t.ID), Treatment: uint8(treatment),
			Worth: float32(max(1, t.WorthMinor)), Minutes: float32(t.Minutes),
		})
	}
	slices.SortFunc(cands, func(a, b Candidate) int { return cmp.Compare(a.Household, b.Household) })
	return cands, tasks
}

// room says which candidates have room within the limits.
func (p *Policy) room(cands []Candidate, requests []Request, limits []restriction) map[TaskID]bool {
	sorted := slices.Clone(cands)
	rest, wanted := p.setAside(sorted, requests)
	pr := newProblem(sorted, rest, slices.Clone(limits))
	wanted = pr.grant(wanted)
	has := make(map[TaskID]bool, len(sorted))
	for _, w := range wanted {
		has[TaskID(sorted[w.candidate].Household)] = true
	}
	for _, c := range pr.solve().pick {
		if c >= 0 {
			has[TaskID(sorted[c].Household)] = true
		}
	}
	return has
}

// endOfDay is when the last calling window of a day closes; false when none is
// left of it.
func (p *Policy) endOfDay(now time.Time) (time.Time, bool) {
	local := now.In(p.zone)
	spans := p.calls.days[local.Weekday()]
	if len(spans) == 0 || p.calls.holidays[local.Format(time.DateOnly)] {
		return time.Time{}, false
	}
	end := clockOn(local, spans[len(spans)-1].to)
	return end, now.Before(end)
}

// endOfNextDay is when the last calling window of the working day after one
// closes. What a day has no room for ends then and not with the day, so that a
// night that fails leaves work for the morning.
func (p *Policy) endOfNextDay(end time.Time) time.Time {
	next := p.calls.next(startOfNextDay(end.Add(-time.Minute), p.zone), p.zone, PartNone)
	if next.IsZero() {
		return end.UTC()
	}
	end, _ = p.endOfDay(next)
	return end.UTC()
}

// PutBehind gives a task that the day has no room for its place behind the
// others, and an end no later than so; false when it is touched or there already.
func PutBehind(t Task, ends, now time.Time) (Consequences, bool) {
	if t.Touched() || t.Behind() || t.ExpiresAt.IsZero() {
		return Consequences{Task: t}, false
	}
	s := begin(t, now, System)
	if s.to(t.State, "no room in the day") != nil {
		return Consequences{Task: t}, false
	}
	s.c.Task.DecidedExpiry = t.ExpiresAt
	if ends.Before(t.ExpiresAt) {
		s.c.Task.ExpiresAt = ends
	}
	return s.c, true
}

// BringForward gives a task that was put behind the place and the end that it
// was decided with; false when it is touched or was not behind.
func BringForward(t Task, now time.Time) (Consequences, bool) {
	if t.Touched() || !t.Behind() {
		return Consequences{Task: t}, false
	}
	s := begin(t, now, System)
	if s.to(t.State, "room in the day again") != nil {
		return Consequences{Task: t}, false
	}
	s.c.Task.restore()
	return s.c, true
}

// restore undoes what solving a day made of a task.
func (t *Task) restore() {
	if t.Behind() {
		t.ExpiresAt, t.DecidedExpiry = t.DecidedExpiry, time.Time{}
	}
}
