package interventions

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/internal/fault"
)

// calendar says when customers may be called, in their own time zone.
//
//	monday   |····[ morning ][ afternoon ][ evening ]··|   09:00-20:00
//	              ^ 12:00 and 17:00 cut a window into parts of the day
type calendar struct {
	days     [7][]span
	holidays map[string]bool // by date
}

// span is [from, to) in minutes since local midnight, within one part of the day.
type span struct {
	from, to int
	part     DayPart
}

const noon, five = 12 * 60, 17 * 60

var weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

func newCalendar(windows map[string][]string, holidays []string) (calendar, error) {
	c := calendar{holidays: map[string]bool{}}
	for _, name := range sortedKeys(windows) {
		day := slices.Index(weekdays, name)
		if day < 0 {
			return c, fault.New(fault.Invalid, "windows.%s is no weekday: write monday, tuesday … sunday", name)
		}
		for i, text := range windows[name] {
			from, to, err := parseSpan(text)
			if err != nil {
				return c, fault.New(fault.Invalid, "windows.%s[%d] is %q: %w", name, fault.Exact(i), text, err)
			}
			if n := len(c.days[day]); n > 0 && c.days[day][n-1].to > from {
				return c, fault.New(fault.Invalid, "windows.%s[%d] is %q: it begins before the one before it ends", name, fault.Exact(i), text)
			}
			c.days[day] = append(c.days[day], cut(from, to)...)
		}
	}
	for i, h := range holidays {
		if _, err := time.Parse(time.DateOnly, h); err != nil {
			return c, fault.New(fault.Invalid, "holidays[%d] is %q: write a date such as 2026-12-25", fault.Exact(i), h)
		}
		c.holidays[h] = true
	}
	return c, nil
}

func parseSpan(text string) (from, to int, err error) {
	a, b, ok := strings.Cut(text, "-")
	if !ok {
		return 0, 0, fault.New(fault.Invalid, "write a span such as 09:00-20:00")
	}
	if from, err = parseClock(a); err != nil {
		return 0, 0, err
	}
	if to, err = parseClock(b); err != nil {
		return 0, 0, err
	}
	if from >= to {
		return 0, 0, fault.New(fault.Invalid, "it must end after it begins")
	}
	return from, to, nil
}

func parseClock(text string) (int, error) {
	text = strings.TrimSpace(text)
	if text == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, fault.New(fault.Invalid, "%q is no time of day: write 09:00", text)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// cut splits [from, to) at noon and at five, so that a span has one part.
func cut(from, to int) []span {
	var spans []span
	for _, end := range []int{noon, five, 24 * 60} {
		if from < end && from < to {
			spans = append(spans, span{from, min(to, end), partOf(from)})
			from = min(to, end)
		}
	}
	return spans
}

func partOf(minute int) DayPart {
	switch {
	case minute < noon:
		return PartMorning
	case minute < five:
		return PartAfternoon
	}
	return PartEvening
}

// part is the part of the day at t where the customer is.
func (c calendar) part(t time.Time, zone *time.Location) DayPart {
	l := t.In(zone)
	return partOf(l.Hour()*60 + l.Minute())
}

// open says whether a customer in zone may be called at t.
func (c calendar) open(t time.Time, zone *time.Location) bool {
	return c.next(t, zone, PartNone).Equal(t)
}

// next is the first instant at or after t inside a window, in another part of
// the day than avoid where the windows have one. It is zero when no window
// opens within a year.
func (c calendar) next(t time.Time, zone *time.Location, avoid DayPart) time.Time {
	if !c.hasOther(avoid) {
		avoid = PartNone
	}
	l := t.In(zone)
	for ahead := range 366 {
		// Noon exists on every date, whatever daylight saving does to midnight.
		day := time.Date(l.Year(), l.Month(), l.Day()+ahead, 12, 0, 0, 0, zone)
		if c.holidays[day.Format(time.DateOnly)] {
			continue
		}
		for _, s := range c.days[day.Weekday()] {
			if s.part == avoid {
				continue
			}
			from, to := clockOn(day, s.from), clockOn(day, s.to)
			if at := later(t, from); at.Before(to) {
				return at.UTC()
			}
		}
	}
	return time.Time{}
}

// NextCall is the first instant at or after t when a customer in zone may be
// called; zero when no window opens within a year.
func (p *Policy) NextCall(t time.Time, zone *time.Location) time.Time {
	return p.calls.next(t, zone, PartNone)
}

// CallsUntil is when the window closes in which t lies and a customer in zone may
// be called; zero where nobody may be called at t.
func (p *Policy) CallsUntil(t time.Time, zone *time.Location) time.Time {
	return p.calls.until(t, zone)
}

// until is the end of the windows that follow t without a gap on its day.
func (c calendar) until(t time.Time, zone *time.Location) (end time.Time) {
	day := t.In(zone)
	if c.holidays[day.Format(time.DateOnly)] {
		return end
	}
	at := t
	for _, s := range c.days[day.Weekday()] {
		if from, to := clockOn(day, s.from), clockOn(day, s.to); !from.After(at) && at.Before(to) {
			at, end = to, to.UTC()
		}
	}
	return end
}

func (c calendar) hasOther(avoid DayPart) bool {
	for _, day := range c.days {
		for _, s := range day {
			if s.part != avoid {
				return true
			}
		}
	}
	return false
}

func clockOn(day time.Time, minute int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), minute/60, minute%60, 0, 0, day.Location())
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// localDay is the date at t where the customer is.
func localDay(t time.Time, zone *time.Location) string { return t.In(zone).Format(time.DateOnly) }

// startOfNextDay is the first instant of the day after t's, where the customer is.
func startOfNextDay(t time.Time, zone *time.Location) time.Time {
	l := t.In(zone)
	return time.Date(l.Year(), l.Month(), l.Day()+1, 0, 0, 0, 0, zone)
}

func sortedKeys[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// String gives a part of the day in words.
func (d DayPart) String() string {
	if d == PartNone {
		return "any part of the day"
	}
	return fmt.Sprintf("the %s", string(d))
}
