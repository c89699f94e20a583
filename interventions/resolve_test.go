package interventions

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/history"
)

// resolving is a policy of agents without rosters: so many minutes on a
// Tuesday, calls from nine to five, and two calls of which one needs a skill.
func resolving(t testing.TB, agents, polish int) *Policy {
	t.Helper()
	c := testConfig()
	c.Roster.Agents, c.Roster.Inbound = agents, 0
	c.Roster.Minutes = map[string]int{"tuesday": 400, "wednesday": 400}
	c.Roster.Skills = map[string]int{"polish": polish}
	c.Policy.Windows = map[string][]string{"tuesday": {"09:00-17:00"}, "wednesday": {"09:00-17:00"}, "thursday": {"09:00-13:00"}}
	c.Policy.Holidays = []string{"2026-03-11"} // the Wednesday
	call := c.Treatments[0]
	call.GhostShare = .25
	skilled := call
	skilled.Name, skilled.Skills = "polish_call", []string{"polish"}
	c.Treatments = []Treatment{call, skilled}
	return mustPolicy(t, c)
}

// workOf makes so many tasks of a list, every fourth held back and every third
// for who speaks Polish; the first are worth most.
func workOf(p *Policy, n int, minutes float64) []Task {
	tasks := make([]Task, n)
	for i := range tasks {
		t := Task{
			ID: TaskID(1000 + 7*i%997), Publication: 1, Customer: history.CustomerID(i + 1), Household: history.HouseholdID(i + 1),
			Treatment: p.cfg.Treatments[0].Name, State: TaskReady, WorthMinor: int64(10_000 - 10*i), Minutes: minutes,
			ExpiresAt: tuesday.AddDate(0, 0, 7),
		}
		if i%4 == 3 {
			t.Ghost, t.State = true, TaskGhost
		}
		if i%3 == 2 {
			t.Treatment = p.cfg.Treatments[1].Name
		}
		tasks[i] = t
	}
	return tasks
}

func behind(tasks []Task) (ids []TaskID) {
	for i := range tasks {
		if tasks[i].Behind() {
			ids = append(ids, tasks[i].ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// carry makes of the tasks what a place says.
func carry(t *rapid.T, tasks []Task, place Place, now time.Time) []Task {
	out := slices.Clone(tasks)
	for i := range out {
		var c Consequences
		var ok bool
		switch {
		case slices.Contains(place.Behind, out[i].ID):
			c, ok = PutBehind(out[i], place.Ends, now)
		case slices.Contains(place.Restored, out[i].ID):
			c, ok = BringForward(out[i], now)
		default:
			continue
		}
		if !ok || len(c.Changes) != 1 || c.Changes[0].From != c.Changes[0].To || c.Task.State != out[i].State {
			t.Fatalf("task %d of state %s is not moved as it should: %v %+v", out[i].ID, out[i].State, ok, c.Changes)
		}
		out[i] = c.Task
	}
	return out
}

// At ten with seven eighths of the day before it a list that fits is left as it
// is. One of two agents goes home: what is worth least goes behind and ends on
// the evening of the next day that is worked; it comes forward with its own end
// when they are back.
func TestResolveWhenHandsGoAndCome(t *testing.T) {
	t.Parallel()
	p := resolving(t, 2, 2)
	d := Day{Now: tuesday, Customers: 1000}
	d.Waiting = workOf(p, 40, 20) // 40 × 20 × .75 = 600 of 700 minutes
	place, err := p.Resolve(d)
	if err != nil || len(place.Behind)+len(place.Restored) != 0 || place.Waiting != 30 {
		t.Fatalf("with all hands: %+v, %v", place, err)
	}
	all := place.Minutes[0]
	if want := (RevisionMinutes{Kind: LimitMinutes, Left: 700, Before: 600, After: 600}); all != want {
		t.Errorf("minutes %+v, want %+v", all, want)
	}
	d.Committed.Absent = []Agent{{Name: "ben", Skills: []string{"polish"}}}
	place, err = p.Resolve(d)
	if err != nil || len(place.Behind) != 17 || len(place.Restored) != 0 { // 23 × 15 ≤ 350
		t.Fatalf("with one gone: %d behind, %v", len(place.Behind), err)
	}
	if want := time.Date(2026, 3, 12, 13, 0, 0, 0, time.UTC); !place.Ends.Equal(want) {
		t.Errorf("what has no room ends at %v, want %v", place.Ends, want)
	}
	for i := range d.Waiting {
		if task := &d.Waiting[i]; slices.Contains(place.Behind, task.ID) != (i >= 23) {
			t.Errorf("the task of place %d is behind: %v", i, i < 23)
		}
	}
	for i := range d.Waiting {
		if c, ok := PutBehind(d.Waiting[i], place.Ends, d.Now); ok && i >= 23 {
			d.Waiting[i] = c.Task
		}
	}
	if last := d.Waiting[39]; !last.ExpiresAt.Equal(place.Ends) || Before(&last, &d.Waiting[0], d.Now) {
		t.Errorf("it ends at %v and stands in the wrong place", last.ExpiresAt)
	}
	d.Committed.Absent = nil
	if place, err = p.Resolve(d); err != nil || len(place.Restored) != 17 || len(place.Behind) != 0 {
		t.Fatalf("with all back: %+v, %v", place, err)
	}
	c, ok := BringForward(d.Waiting[39], d.Now)
	if !ok || c.Task.Behind() || !c.Task.ExpiresAt.Equal(tuesday.AddDate(0, 0, 7)) {
		t.Errorf("brought forward it ends at %v", c.Task.ExpiresAt)
	}
	leased, err := Lease(d.Waiting[38], bob, d.Now)
	if err != nil || leased.Task.Behind() || !leased.Task.ExpiresAt.Equal(tuesday.AddDate(0, 0, 7)) {
		t.Errorf("taken all the same it ends at %v, %v", leased.Task.ExpiresAt, err)
	}
	if _, ok := PutBehind(leased.Task, place.Ends, d.Now); ok {
		t.Error("what is in somebody's hands is put behind")
	}
	if _, ok := BringForward(leased.Task, d.Now); ok {
		t.Error("what is in somebody's hands is brought forward")
	}
}

// What a skill has too few minutes for goes behind alone; a paused treatment
// takes none and stays; what a manager asked for comes first, whatever it is worth.
func TestResolveBySkillPauseAndRequest(t *testing.T) {
	t.Parallel()
	p := resolving(t, 4, 1)
	polish := p.cfg.Treatments[1].Name
	d := Day{Now: tuesday, Customers: 1000}
	d.Waiting = workOf(p, 45, 30) // Polish: 15 × 30 × .75 = 337 of 350
	d.Committed.ByTreatment, d.Committed.Minutes = map[string]float64{polish: 130}, 130
	place, err := p.Resolve(d)
	if err != nil || len(place.Behind) != 6 { // 9 × 22.5 ≤ 220
		t.Fatalf("%d behind, %v", len(place.Behind), err)
	}
	for _, task := range d.Waiting {
		if slices.Contains(place.Behind, task.ID) && task.Treatment != polish {
			t.Errorf("a call of %s is behind", task.Treatment)
		}
	}
	if m := place.Minutes[1]; m.Name != "polish" || m.Left != 220 || m.Before != 360 || m.After >= m.Before {
		t.Errorf("Polish: %+v", m)
	}
	d.Requests = []Request{{Customer: 45, Treatment: polish, By: "mia"}}
	asked, err := p.Resolve(d)
	if last := d.Waiting[44].ID; err != nil || slices.Contains(asked.Behind, last) || !slices.Contains(place.Behind, last) || len(asked.Behind) != 6 {
		t.Errorf("asked for: %v behind, %v", asked.Behind, err)
	}
	d.Paused = []string{polish}
	if place, err = p.Resolve(d); err != nil || len(place.Behind) != 0 || place.Waiting != 22 {
		t.Errorf("paused: %+v, %v", place, err)
	}
}

// When the calling hours are over, or on a day off, there is nothing to solve.
func TestResolveAfterHours(t *testing.T) {
	t.Parallel()
	p := resolving(t, 2, 2)
	for _, at := range []time.Time{tuesday.Add(7 * time.Hour), tuesday.AddDate(0, 0, 1), tuesday.AddDate(0, 0, 4)} {
		if _, err := p.Resolve(Day{Now: at, Customers: 1000, DayWork: DayWork{Waiting: workOf(p, 9, 10)}}); err == nil {
			t.Errorf("%v is solved", at)
		}
	}
	place, err := p.Resolve(Day{Now: tuesday.Add(7*time.Hour - time.Minute), Customers: 1000, DayWork: DayWork{Waiting: workOf(p, 9, 10)}})
	if err != nil || len(place.Behind) != 9 {
		t.Errorf("a minute before: %+v, %v", place, err)
	}
}

// Whatever the hands: what somebody has touched is never moved; nobody's arm,
// nor the order of the work, changes what is; what has room is within every
// limit of minutes as it weighs before arms; the counts add up; solved again
// with what it made, nothing changes; and with all hands back everything is as
// it was decided.
func TestResolveProperties(t *testing.T) {
	t.Parallel()
	p := resolving(t, 3, 2)
	rapid.Check(t, func(rt *rapid.T) {
		d := Day{Now: tuesday.Add(time.Duration(rapid.IntRange(-60, 400).Draw(rt, "minute")) * time.Minute), Customers: rapid.SampledFrom([]int{500, 200_000}).Draw(rt, "customers")}
		d.Waiting = workOf(p, rapid.IntRange(0, 60).Draw(rt, "tasks"), float64(rapid.IntRange(1, 45).Draw(rt, "minutes")))
		states := []TaskState{TaskReady, TaskLeased, TaskInProgress, TaskCallback, TaskSnoozed, TaskBlocked, TaskDone}
		for i := range d.Waiting {
			task := &d.Waiting[i]
			task.WorthMinor = int64(rapid.IntRange(-5, 300).Draw(rt, "worth"))
			if !task.Ghost && rapid.IntRange(0, 4).Draw(rt, "touched") == 0 {
				task.Fence, task.State = 1, rapid.SampledFrom(states).Draw(rt, "state")
			}
		}
		gone := rapid.IntRange(0, 3).Draw(rt, "absent")
		for i := range gone {
			d.Committed.Absent = append(d.Committed.Absent, Agent{Name: fmt.Sprint(i), Skills: []string{"polish"}[:rapid.IntRange(0, 1).Draw(rt, "skill")]})
		}
		place, err := p.Resolve(d)
		if err != nil {
			rt.Fatal(err)
		}
		after := carry(rt, d.Waiting, place, d.Now)
		release := p.releases(d.Customers)
		used := make([]float64, len(place.Minutes))
		limits := p.timedLimits(p.restOfDay(d.Now, &d.Committed), &d.Committed, release, p.each)
		for i := range after {
			was, is := &d.Waiting[i], &after[i]
			if was.Touched() {
				if diff := cmp.Diff(*was, *is); diff != "" {
					rt.Fatalf("a touched task changed:\n%s", diff)
				}
				continue
			}
			if is.Behind() {
				if is.ExpiresAt.After(place.Ends) || !is.DecidedExpiry.Equal(was.ExpiresAt) {
					rt.Fatalf("behind it ends at %v, decided %v", is.ExpiresAt, is.DecidedExpiry)
				}
				continue
			}
			for k := range limits {
				used[k] += limits[k].per[p.index(is.Treatment)] * is.Minutes
			}
		}
		for k := range used {
			if over(used[k], place.Minutes[k].Left) {
				rt.Fatalf("%s %s: %v of %v minutes", place.Minutes[k].Kind, place.Minutes[k].Name, used[k], place.Minutes[k].Left)
			}
		}
		visible, minutes := 0, 0.0
		for i := range after {
			if !after[i].Touched() && !after[i].Ghost {
				visible++
				minutes += given(!after[i].Behind(), after[i].Minutes)
			}
		}
		if visible != place.Waiting || minutes != place.Minutes[0].After {
			rt.Fatalf("%d tasks of %v minutes wait, want %d of %v", place.Waiting, place.Minutes[0].After, visible, minutes)
		}
		d.Waiting = after
		if again, err := p.Resolve(d); err != nil || len(again.Behind)+len(again.Restored) != 0 {
			rt.Fatalf("solved again: %+v, %v", again, err)
		}
		blind := d
		blind.Waiting = rapid.Permutation(after).Draw(rt, "order")
		for i := range blind.Waiting {
			if task := &blind.Waiting[i]; !task.Touched() {
				task.Ghost = !task.Ghost
				task.State = map[bool]TaskState{true: TaskGhost, false: TaskReady}[task.Ghost]
			}
		}
		blind.Committed.Absent = nil
		d.Committed.Absent = nil
		one, err1 := p.Resolve(d)
		other, err2 := p.Resolve(blind)
		if err1 != nil || err2 != nil || !slices.Equal(one.Restored, other.Restored) || !slices.Equal(one.Behind, other.Behind) {
			rt.Fatalf("with other arms %v and %v move, not %v and %v (%v, %v)", other.Behind, other.Restored, one.Behind, one.Restored, err1, err2)
		}
		back := carry(rt, after, one, d.Now)
		if len(one.Restored) > len(behind(after)) || len(behind(back)) > len(behind(after))+len(one.Behind) {
			rt.Fatalf("%d come forward of %d", len(one.Restored), len(behind(after)))
		}
	})
}
