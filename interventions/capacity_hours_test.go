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
		rostered, left := p.HoursToday(day.Add(tc.at))
		if rostered != 3120 || left < tc.left-1e-9 || left > tc.left+1e-9 {
			t.Errorf("at %v: %v of %v minutes are left, want %v of 3120", tc.at, left, rostered, tc.left)
		}
	}
	if rostered, left := p.HoursToday(day.AddDate(0, 0, 1)); rostered != 0 || left != 0 {
		t.Errorf("on a day off: %v of %v minutes", left, rostered)
	}
}
