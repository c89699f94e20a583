package history

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/internal/fault"
)

// ShiftKind says what an entry of a roster is.
type ShiftKind string

// The kinds of entries: somebody works, or is away while their shift runs.
const (
	KindShift   ShiftKind = "shift"
	KindAbsence ShiftKind = "absence"
)

// Shift is one entry of an agent's day, in the wall clock of the business. A
// shift that ends at or before the hour it began ends on the next day.
type Shift struct {
	Kind ShiftKind `json:"kind"`
	From string    `json:"from"` // 09:00
	To   string    `json:"to"`   // 17:30; 24:00 is the end of the day
}

// RosterDay is what one source says of one agent's day: all of its entries,
// none where they are off. A later statement of the same source about the same
// agent and day takes its place.
type RosterDay struct {
	Agent  string  `json:"agent"`
	Day    string  `json:"day"` // 2026-03-31
	Shifts []Shift `json:"shifts"`
}

// mostShifts bounds the entries of one agent's day.
const mostShifts = 24

// Tidy sorts the entries and writes their times in one way. It is Invalid when
// a time, kind or day cannot be read, two entries of a kind overlap, or there
// are too many.
func (d RosterDay) Tidy() (RosterDay, error) {
	if _, err := time.Parse(time.DateOnly, d.Day); err != nil {
		return d, fault.New(fault.Invalid, "%q is not a day: write it as 2026-03-31", d.Day)
	}
	if len(d.Shifts) > mostShifts {
		return d, fault.New(fault.Invalid, "%s has %d entries on %s: give %d at most", d.Agent, len(d.Shifts), d.Day, mostShifts)
	}
	out := slices.Clone(d.Shifts)
	for i := range out {
		s, why := out[i].tidy()
		if why != "" {
			return d, fault.New(fault.Invalid, "the entry from %q to %q of %s on %s: %s", out[i].From, out[i].To, d.Agent, d.Day, why)
		}
		out[i] = s
	}
	slices.SortFunc(out, func(a, b Shift) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.To, b.To))
	})
	for i := range out {
		for j := range i {
			if out[i].Kind == out[j].Kind && out[i].overlaps(out[j]) {
				return d, fault.New(fault.Invalid, "the %ss from %s and from %s of %s on %s overlap: join them, or move one", out[i].Kind, out[j].From, out[i].From, d.Agent, d.Day)
			}
		}
	}
	d.Shifts = out
	return d, nil
}

// tidy writes an entry in one way, or says what is wrong with it.
func (s Shift) tidy() (out Shift, why string) {
	switch s.Kind {
	case "":
		s.Kind = KindShift
	case KindShift, KindAbsence:
	default:
		return s, "its kind is neither shift nor absence"
	}
	from, ok := wallClock(s.From)
	to, also := wallClock(s.To)
	switch {
	case !ok || from == wholeDay:
		return s, "from is not a time of the day; write it as 09:00"
	case !also:
		return s, "to is not a time of the day; write it as 17:30"
	case from == to:
		return s, "it ends when it begins"
	}
	return Shift{s.Kind, fmt.Sprintf("%02d:%02d", from/60, from%60), fmt.Sprintf("%02d:%02d", to/60, to%60)}, ""
}

// wholeDay is the minute at which a day of the wall clock ends.
const wholeDay = 24 * 60

// wallClock reads 9:00, 09:00 or 09:00:00 as minutes from midnight, up to 24:00.
func wallClock(text string) (minute int, ok bool) {
	text = strings.TrimSpace(text)
	if text == "24:00" || text == "24:00:00" {
		return wholeDay, true
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil && at.Second() == 0 {
			return at.Hour()*60 + at.Minute(), true
		}
	}
	return 0, false
}

// minutes are the minutes from midnight of an entry that is tidy.
func (s Shift) minutes() (from, to int) {
	from, _ = wallClock(s.From)
	if to, _ = wallClock(s.To); to <= from {
		to += wholeDay
	}
	return from, to
}

func (s Shift) overlaps(o Shift) bool {
	a, b := s.minutes()
	c, d := o.minutes()
	return a < d && c < b
}

// Span is when an entry of a day begins and ends, as instants: an hour that the
// clock skips is in none, and one that it shows twice counts twice.
func (s Shift) Span(day string, zone *time.Location) (from, to time.Time, err error) {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return from, to, fmt.Errorf("read the day of a roster: %w", err)
	}
	a, b := s.minutes()
	y, m, n := d.Date()
	return time.Date(y, m, n, 0, a, 0, 0, zone), time.Date(y, m, n, 0, b, 0, 0, zone), nil
}

// RosterCounts says what statements of a roster brought, in days of agents.
type RosterCounts struct{ Added, Corrected, Unchanged int64 }
