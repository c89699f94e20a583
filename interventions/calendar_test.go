package interventions

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestCalendarNext(t *testing.T) {
	t.Parallel()
	london, _ := time.LoadLocation("Europe/London")
	sydney, _ := time.LoadLocation("Australia/Sydney")
	c, err := newCalendar(map[string][]string{"monday": {"09:00-20:00"}, "tuesday": {"09:00-12:00", "13:00-18:00"}, "sunday": {"01:00-03:00"}}, []string{"2026-03-16"})
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string, zone *time.Location) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, tc := range []struct {
		name, from, want string
		zone             *time.Location
		avoid            DayPart
	}{
		{"inside stays", "2026-03-10 10:30", "2026-03-10 10:30", london, PartNone},
		{"lunch waits", "2026-03-10 12:00", "2026-03-10 13:00", london, PartNone},
		{"another part", "2026-03-10 10:30", "2026-03-10 13:00", london, PartMorning},
		{"no evening left", "2026-03-10 14:00", "2026-03-10 17:00", london, PartAfternoon},
		{"a holiday is passed over", "2026-03-15 04:00", "2026-03-17 09:00", london, PartNone},
		{"there, not here", "2026-03-10 18:30", "2026-03-15 01:00", sydney, PartNone},
		// On 29 March 2026 London's clocks go from 01:00 to 02:00.
		{"the missing hour", "2026-03-28 10:00", "2026-03-29 02:00", london, PartNone},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got, want := c.next(at(tc.from, tc.zone), tc.zone, tc.avoid), at(tc.want, tc.zone); !got.Equal(want) {
				t.Errorf("next after %s is %s, want %s", tc.from, got.In(tc.zone), want)
			}
		})
	}
	empty, _ := newCalendar(nil, nil)
	if got := empty.next(tuesday, london, PartNone); !got.IsZero() {
		t.Errorf("without windows next is %v", got)
	}
}

// The slow twin: minute by minute.
func TestCalendarNextAgainstMinutes(t *testing.T) {
	t.Parallel()
	zone, _ := time.LoadLocation("Europe/Berlin")
	c, err := newCalendar(map[string][]string{"wednesday": {"09:00-12:30"}, "thursday": {"11:00-18:00"}, "sunday": {"00:00-04:00"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 14*24*60).Draw(t, "minute")) * time.Minute)
		avoid := rapid.SampledFrom([]DayPart{PartNone, PartMorning, PartAfternoon, PartEvening}).Draw(t, "avoid")
		want := start
		for {
			l := want.In(zone)
			m := l.Hour()*60 + l.Minute()
			in := (l.Weekday() == 3 && m >= 540 && m < 750) || (l.Weekday() == 4 && m >= 660 && m < 1080) || (l.Weekday() == 0 && m < 240)
			if in && partOf(m) != avoid {
				break
			}
			want = want.Add(time.Minute)
		}
		if got := c.next(start, zone, avoid); !got.Equal(want) {
			t.Fatalf("from %s avoiding %q: got %s, want %s", start.In(zone), avoid, got.In(zone), want.In(zone))
		}
	})
}

func FuzzParseSpan(f *testing.F) {
	for _, s := range []string{"09:00-20:00", "00:00-24:00", "", "9-10", "20:00-09:00", "24:00-24:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		from, to, err := parseSpan(s)
		if err != nil {
			return
		}
		if from < 0 || from >= to || to > 24*60 || !strings.Contains(s, "-") {
			t.Fatalf("%q gives %d to %d", s, from, to)
		}
		last := from
		for _, sp := range cut(from, to) {
			if sp.from != last || sp.to <= sp.from || partOf(sp.from) != sp.part || partOf(sp.to-1) != sp.part {
				t.Fatalf("%q is cut into %v", s, cut(from, to))
			}
			last = sp.to
		}
		if last != to {
			t.Fatalf("%q is cut into %v", s, cut(from, to))
		}
	})
}
