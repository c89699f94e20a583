package interventions

import (
	"testing"
	"time"
)

// Ten agents of 390 minutes, less what is kept for those who ring; calls from
// nine to eight with a break at noon.
func TestHoursToday(t *testing.T) {
	t.Parallel()
	c := testConfig()
	c.Roster.Agents, c.Roster.Inbound = 10, .2
	c.Roster.Minutes = map[string]int{"tuesday": 390}
	c.Policy.Windows = map[string][]string{"tuesday": {"09:00-12:00", "13:00-20:00"}}
	p := mustPolicy(t, c)
	day := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC) // a Tuesday
	for _, tc := range []struct {
		at   time.Duration
		left float64
	}{
		{0, 3120},
		{9 * time.Hour, 3120},
		{10 * time.Hour, 3120 * .9},
		{12*time.Hour + 30*time.Minute, 3120 * .7},
		{19 * time.Hour, 3120 * .1},
		{20 * time.Hour, 0},
		{23 * time.Hour, 0},
	} {
		rostered, left := p.HoursToday(day.Add(tc.at), Committed{})
		if rostered != 3120 || left < tc.left-1e-9 || left > tc.left+1e-9 {
			t.Errorf("at %v: %v of %v minutes are left, want %v of 3120", tc.at, left, rostered, tc.left)
		}
	}
	if rostered, left := p.HoursToday(day.AddDate(0, 0, 1), Committed{}); rostered != 0 || left != 0 {
		t.Errorf("on a day off: %v of %v minutes", left, rostered)
	}
}

// Who is absent takes their minutes out of the day, and out of those of the
// skills they have; nothing falls below zero.
func TestAbsenceLowersCapacity(t *testing.T) {
	t.Parallel()
	c := testConfig()
	c.Roster.Agents, c.Roster.Inbound = 3, 0
	c.Roster.Minutes = map[string]int{"tuesday": 100}
	c.Roster.Skills = map[string]int{"polish": 2}
	p := mustPolicy(t, c)
	day := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC) // a Tuesday
	amounts := func(absent ...Agent) (all, polish float64) {
		for _, l := range p.Capacity(day, Committed{Absent: absent}) {
			switch {
			case l.Kind == LimitMinutes:
				all = l.Amount
			case l.Name == "polish":
				polish = l.Amount
			}
		}
		return all, polish
	}
	pole := Agent{Name: "ewa", Skills: []string{"polish"}}
	for _, tc := range []struct {
		absent      []Agent
		all, polish float64
	}{
		{nil, 300, 200}, {[]Agent{{Name: "ann"}}, 200, 200}, {[]Agent{pole}, 200, 100}, {[]Agent{pole, pole, {}, {}}, 0, 0},
	} {
		if all, polish := amounts(tc.absent...); all != tc.all || polish != tc.polish {
			t.Errorf("without %v: %v minutes, %v of Polish, want %v and %v", tc.absent, all, polish, tc.all, tc.polish)
		}
	}
	if rostered, _ := p.HoursToday(day, Committed{Absent: []Agent{pole}}); rostered != 200 {
		t.Errorf("with one absent %v minutes are rostered", rostered)
	}
}
