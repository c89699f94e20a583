package interventions

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/history"
	"holdfast/internal/fault"
)

func london(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func shift(from, to string) history.Shift {
	return history.Shift{Kind: history.KindShift, From: from, To: to}
}

func absence(from, to string) history.Shift {
	return history.Shift{Kind: history.KindAbsence, From: from, To: to}
}

// Minutes of a day are those of the wall clock as they pass: on 29 March 2026
// London's clocks jump from one to two, on 25 October they show one to two twice.
func TestRosterMinutes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, day string
		days      []history.RosterDay
		want      float64
	}{
		{"a shift", "2026-03-10", []history.RosterDay{{Day: "2026-03-10", Shifts: []history.Shift{shift("09:00", "17:00")}}}, 480},
		{"less an hour away", "2026-03-10", []history.RosterDay{{Day: "2026-03-10", Shifts: []history.Shift{shift("09:00", "17:00"), absence("16:30", "18:00")}}}, 450},
		{"two shifts", "2026-03-10", []history.RosterDay{{Day: "2026-03-10", Shifts: []history.Shift{shift("09:00", "12:00"), shift("13:00", "15:00")}}}, 300},
		{"a day off", "2026-03-10", []history.RosterDay{{Day: "2026-03-10"}}, 0},
		{"the hour that spring skips", "2026-03-29", []history.RosterDay{{Day: "2026-03-29", Shifts: []history.Shift{shift("00:00", "06:00")}}}, 300},
		{"the hour that autumn repeats", "2026-10-25", []history.RosterDay{{Day: "2026-10-25", Shifts: []history.Shift{shift("00:00", "06:00")}}}, 420},
		{"a night shift's evening", "2026-03-10", []history.RosterDay{{Day: "2026-03-10", Shifts: []history.Shift{shift("22:00", "06:00")}}}, 120},
		{"a night shift's morning", "2026-03-11", []history.RosterDay{{Day: "2026-03-10", Shifts: []history.Shift{shift("22:00", "06:00")}}}, 360},
		{"the whole day away", "2026-03-10", []history.RosterDay{{Day: "2026-03-10", Shifts: []history.Shift{shift("09:00", "17:00"), absence("00:00", "24:00")}}}, 0},
	} {
		at, err := time.ParseInLocation(time.DateOnly, tc.day, london(t))
		if err != nil {
			t.Fatal(err)
		}
		r := Rostered{Agent: Agent{Name: "ann"}, Days: tc.days}
		if got := r.minutes(london(t), at, at.AddDate(0, 0, 1)); got != tc.want {
			t.Errorf("%s: %v minutes, want %v", tc.name, got, tc.want)
		}
		r.Absent = true
		if got := r.minutes(london(t), at, at.AddDate(0, 0, 1)); got != 0 {
			t.Errorf("%s: %v minutes of somebody marked absent", tc.name, got)
		}
	}
}

// The minutes of any roster are those that a clock ticking through the day
// finds somebody at work.
func TestRosterMinutesAreThoseOfAClock(t *testing.T) {
	t.Parallel()
	zone := london(t)
	rapid.Check(t, func(t *rapid.T) {
		day := rapid.SampledFrom([]string{"2026-03-28", "2026-03-29", "2026-10-25", "2026-06-01"}).Draw(t, "day")
		var days []history.RosterDay
		for _, d := range []string{daysFrom(day, -1), day} {
			one := history.RosterDay{Agent: "ann", Day: d}
			for range rapid.IntRange(0, 4).Draw(t, "entries") {
				from, to := rapid.IntRange(0, 95).Draw(t, "from"), rapid.IntRange(0, 96).Draw(t, "to")
				write := func(q int) string { return fmt.Sprintf("%02d:%02d", q/4, q%4*15) }
				if from != to {
					one.Shifts = append(one.Shifts, history.Shift{Kind: rapid.SampledFrom([]history.ShiftKind{history.KindShift, history.KindAbsence}).Draw(t, "kind"), From: write(from), To: write(to)})
				}
			}
			days = append(days, one)
		}
		at, err := time.ParseInLocation(time.DateOnly, day, zone)
		if err != nil {
			t.Fatal(err)
		}
		r, slow := Rostered{Days: days}, 0.0
		for now := at; now.Before(at.AddDate(0, 0, 1)); now = now.Add(time.Minute) {
			works, away := false, false
			for _, d := range days {
				for _, s := range d.Shifts {
					from, to, err := s.Span(d.Day, zone)
					if err != nil {
						t.Fatal(err)
					}
					if in := !now.Before(from) && now.Before(to); in && s.Kind == history.KindAbsence {
						away = true
					} else if in {
						works = true
					}
				}
			}
			if works && !away {
				slow++
			}
		}
		if got := r.minutes(zone, at, at.AddDate(0, 0, 1)); got != slow {
			t.Fatalf("%s %+v: %v minutes, a clock finds %v", day, days, got, slow)
		}
	})
}

// Of three agents two have a roster: theirs counts, by skill and language, and
// the third has the configured minutes. Who is marked absent has none.
func TestCapacityOfRosters(t *testing.T) {
	t.Parallel()
	c := testConfig()
	c.Roster = Roster{Agents: 3, Minutes: map[string]int{"tuesday": 400}, Inbound: .25, Skills: map[string]int{"polish": 2}}
	c.Treatments[0].Skills, c.Treatments[0].Languages = []string{"polish", "billing"}, []string{"pl"}
	p := mustPolicy(t, c)
	day := []history.RosterDay{{Day: "2026-03-10", Shifts: []history.Shift{shift("09:00", "17:00")}}}
	ewa := Rostered{Agent{Name: "ewa", Skills: []string{"polish", "billing"}, Languages: []string{"pl"}}, day}
	ben := Rostered{Agent{Name: "ben"}, []history.RosterDay{{Day: "2026-03-10", Shifts: []history.Shift{shift("09:00", "11:00")}}}}
	limits := func(c Committed) map[string]float64 {
		out := map[string]float64{}
		for _, l := range p.Capacity(tuesday, c) {
			if l.timed() {
				out[string(l.Kind)+" "+l.Name] = l.Amount
			}
		}
		return out
	}
	for name, tc := range map[string]struct {
		open Committed
		want map[string]float64
	}{
		"nobody has a roster": {Committed{}, map[string]float64{"minutes ": 900, "skill polish": 600}},
		"two have one": {
			Committed{Roster: []Rostered{ben, ewa}},
			map[string]float64{"minutes ": 750, "skill polish": 660, "skill billing": 660, "language pl": 660},
		},
		"and one of them is ill": {
			Committed{Roster: []Rostered{ben, ewa}, Absent: []Agent{ewa.Agent}},
			map[string]float64{"minutes ": 390, "skill polish": 300, "skill billing": 300, "language pl": 300},
		},
		"the one without is ill": {
			Committed{Roster: []Rostered{ben, ewa}, Absent: []Agent{{Name: "carl"}}},
			map[string]float64{"minutes ": 450, "skill polish": 360, "skill billing": 360, "language pl": 360},
		},
		"less open work": {
			Committed{Roster: []Rostered{ben, ewa}, Minutes: 100, ByTreatment: map[string]float64{"retention_call": 60}},
			map[string]float64{"minutes ": 650, "skill polish": 600, "skill billing": 600, "language pl": 600},
		},
	} {
		got := limits(tc.open)
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if rostered, _ := p.HoursToday(tuesday, tc.open); math.Abs(rostered-got["minutes "]-tc.open.Minutes) > 1e-9 {
			t.Errorf("%s: the board has %v minutes, the plan %v", name, rostered, got["minutes "])
		}
	}
	// At ten, ewa has seven of her eight hours left and ben one of his two; of
	// the calling hours from nine to eight ten are left.
	if _, left := p.HoursToday(tuesday, Committed{Roster: []Rostered{ben, ewa}}); math.Abs(left-(480+400.*10/11)*.75) > 1e-9 {
		t.Errorf("%v minutes are left at ten", left)
	}
	c.Policy.Holidays = []string{"2026-03-10"}
	p = mustPolicy(t, c)
	if got := limits(Committed{Roster: []Rostered{ben, ewa}}); got["minutes "] != 0 {
		t.Errorf("on a holiday: %v", got)
	}
}

// Who has a roster for a day: something is said of it, or of days on both sides.
func TestOnDay(t *testing.T) {
	t.Parallel()
	said := func(agent string, days ...string) (list []RosterStatement) {
		for _, d := range days {
			list = append(list, RosterStatement{RosterDay: history.RosterDay{Agent: agent, Day: d}})
		}
		return list
	}
	var all []RosterStatement
	for agent, days := range map[string][]string{
		"named": {"2026-03-10"}, "between": {"2026-03-09", "2026-03-11"}, "before": {"2026-03-09"}, "after": {"2026-03-12"}, "gone": {"2026-03-10"},
	} {
		all = append(all, said(agent, days...)...)
	}
	agents := []Agent{{Name: "after"}, {Name: "before"}, {Name: "between"}, {Name: "named"}, {Name: "none"}}
	got := map[string]int{}
	for _, r := range OnDay("2026-03-10", agents, all) {
		got[r.Name] = len(r.Days)
	}
	if diff := cmp.Diff(map[string]int{"between": 1, "named": 1}, got); diff != "" {
		t.Errorf("rostered (-want +got):\n%s", diff)
	}
}

func TestNewRosterStatement(t *testing.T) {
	t.Parallel()
	day := func(shifts ...history.Shift) history.RosterDay {
		return history.RosterDay{Agent: "ann", Day: "2026-03-10", Shifts: shifts}
	}
	got, err := NewRosterStatement(day(shift("13:00", "17:00"), history.Shift{From: "9:00", To: "12:00:00"}), "mia", " swapped ", tuesday)
	want := RosterStatement{RosterDay: day(shift("09:00", "12:00"), shift("13:00", "17:00")), By: "mia", Reason: "swapped", At: tuesday}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for want, bad := range map[string]history.RosterDay{
		`"10 March" is not a day: write it as 2026-03-31`:                                                        {Agent: "ann", Day: "10 March"},
		`the entry from "9" to "17:00" of ann on 2026-03-10: from is not a time of the day; write it as 09:00`:   day(shift("9", "17:00")),
		`the entry from "09:00" to "25:00" of ann on 2026-03-10: to is not a time of the day; write it as 17:30`: day(shift("09:00", "25:00")),
		`the entry from "09:00" to "09:00" of ann on 2026-03-10: it ends when it begins`:                         day(shift("09:00", "09:00")),
		`the entry from "09:00" to "10:00" of ann on 2026-03-10: its kind is neither shift nor absence`:          day(history.Shift{Kind: "lunch", From: "09:00", To: "10:00"}),
		`the shifts from 09:00 and from 11:00 of ann on 2026-03-10 overlap: join them, or move one`:              day(shift("09:00", "12:00"), shift("11:00", "17:00")),
		`ann has 25 entries on 2026-03-10: give 24 at most`:                                                      day(make([]history.Shift, 25)...),
	} {
		if _, err := NewRosterStatement(bad, "mia", "swapped", tuesday); fault.Of(err) != fault.Invalid || err.Error() != want {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if _, err := NewRosterStatement(day(), "mia", " x ", tuesday); fault.Of(err) != fault.Invalid {
		t.Errorf("without a reason: %v", err)
	}
}
