package interventions

import (
	"testing"
	"time"
)

// TestCallsUntil: parts of the day that follow without a gap are one window; a
// pause, a holiday and the night are not; and it is open exactly while calls are.
func TestCallsUntil(t *testing.T) {
	t.Parallel()
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCalendar(map[string][]string{"tuesday": {"09:00-13:00", "14:00-20:00"}, "wednesday": {"09:00-24:00"}, "thursday": {"09:00-20:00"}}, []string{"2026-03-12"})
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, tokyo) }
	for _, k := range []struct{ t, want time.Time }{
		{at(10, 8, 59), time.Time{}},
		{at(10, 9, 0), at(10, 13, 0)}, // noon cuts the window, and does not end it
		{at(10, 13, 0), time.Time{}},
		{at(10, 14, 0), at(10, 20, 0)},
		{at(10, 20, 0), time.Time{}},
		{at(11, 23, 59), at(12, 0, 0)},
		{at(12, 10, 0), time.Time{}}, // a holiday
		{at(13, 10, 0), time.Time{}}, // no window
	} {
		got := c.until(k.t, tokyo)
		if !got.Equal(k.want) || got.IsZero() == c.open(k.t, tokyo) {
			t.Errorf("at %v they may be called until %v, want %v; open: %v", k.t, got.In(tokyo), k.want, c.open(k.t, tokyo))
		}
	}
}
