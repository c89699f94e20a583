package nightly_test

import (
	"testing"
	"time"

	"holdfast/nightly"
)

// TestDueIsTheNewestNightThatShouldHaveBegun, on the business's own clock and
// on its own days of the week.
func TestDueIsTheNewestNightThatShouldHaveBegun(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, at string
		days     []string
		now      string // in Berlin
		want     string
	}{
		{"an hour before", "02:00", nil, "2026-06-03 01:00", "2026-06-02"},
		{"at its very minute", "02:00", nil, "2026-06-03 02:00", "2026-06-03"},
		{"in the evening", "02:00", nil, "2026-06-03 23:59", "2026-06-03"},
		{"before midnight", "23:30", nil, "2026-06-03 23:00", "2026-06-02"},
		{"on a Sunday, of working days", "02:00", []string{"mon", "tue", "wed", "thu", "fri"}, "2026-06-07 12:00", "2026-06-05"},
		{"once a week, an hour before", "02:00", []string{"wed"}, "2026-06-03 01:00", "2026-05-27"},
		{"once a week, since", "02:00", []string{"wed"}, "2026-06-09 12:00", "2026-06-03"},
		{"over the new year", "02:00", nil, "2027-01-01 00:30", "2026-12-31"},
		{"when clocks go forward past it", "02:30", nil, "2026-03-29 03:31", "2026-03-29"},
		{"when clocks go back", "02:30", nil, "2026-10-25 12:00", "2026-10-25"},
	} {
		now, err := time.ParseInLocation("2006-01-02 15:04", c.now, zone)
		if err != nil {
			t.Fatal(err)
		}
		want, err := time.ParseInLocation("2006-01-02", c.want, zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := (nightly.Config{At: c.at, Days: c.days}).Due(now.UTC(), zone); !got.Equal(want) {
			t.Errorf("%s: due is %s, want %s", c.name, got.In(zone), want)
		}
	}
}
