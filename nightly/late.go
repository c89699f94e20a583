package nightly

import (
	"slices"
	"strings"
	"time"
)

// Late is a list that was not released by its deadline.
type Late struct {
	AsOf  time.Time // of the night that was to make it
	By    time.Time // the deadline
	State State     // of that night; empty when it has not begun
	Run   string    // of that night; empty likewise
}

// Late says whether a list should have been released by now and is not: that of
// the newest night that the schedule has whose deadline is over. Released is the
// as-of of the newest list that was ever released, zero without one; newest is
// the newest night that was no dry run. A later list stands for those before it.
// Without a deadline, or before the first night, nothing is late.
func (c Config) Late(newest Run, released, now time.Time, zone *time.Location) (Late, bool) {
	if c.ReleaseBy == "" || newest.ID == "" {
		return Late{}, false
	}
	for back := range 8 { // a week has every weekday
		day := StartOfDay(now, zone, -back)
		if !c.begins(day.Weekday()) {
			continue
		}
		by := c.deadline(day)
		if by.After(now) {
			continue
		}
		late := Late{AsOf: day.UTC(), By: by.UTC()}
		if newest.AsOf.Equal(day) {
			late.Run, late.State = newest.ID, newest.State
		}
		// A night after this one that is under way has a deadline of its own.
		return late, !newest.AsOf.After(day) && released.Before(day)
	}
	return Late{}, false
}

// Due returns the as-of of the newest night that the schedule should have begun
// by now, 00:00 of its date in the business's time zone. A night is of the date
// that it begins on, at At, on one of Days. The configuration must be valid.
func (c Config) Due(now time.Time, zone *time.Location) time.Time {
	for back := 0; ; back++ { // within a week some day is one of Days
		day := StartOfDay(now, zone, -back)
		if c.begins(day.Weekday()) && !clockOf(day, c.At).After(now) {
			return day.UTC()
		}
	}
}

// StartOfDay is midnight of the day so many days after that of now, where zone is.
func StartOfDay(now time.Time, zone *time.Location, ahead int) time.Time {
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d+ahead, 0, 0, 0, 0, zone)
}

// begins says whether a night begins on a weekday.
func (c Config) begins(day time.Weekday) bool {
	return len(c.Days) == 0 || slices.Contains(c.Days, strings.ToLower(day.String()[:3]))
}

// deadline is the first time of day release_by after the night of a day begins.
func (c Config) deadline(day time.Time) time.Time {
	by := clockOf(day, c.ReleaseBy)
	if !by.After(clockOf(day, c.At)) {
		by = clockOf(day.AddDate(0, 0, 1), c.ReleaseBy)
	}
	return by
}

// clockOf is a time of day on a date, which Validate has looked at.
func clockOf(day time.Time, clock string) time.Time {
	at, err := time.Parse("15:04", clock)
	if err != nil {
		panic(err)
	}
	y, m, d := day.Date()
	return time.Date(y, m, d, at.Hour(), at.Minute(), 0, 0, day.Location())
}
