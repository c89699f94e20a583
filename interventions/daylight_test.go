package interventions

import (
	"slices"
	"testing"
	"time"

	"holdfast/history"
)

// The nights on which clocks jump in 2026: forward from 02:00 to 03:00, back
// from 03:00 to 02:00 in Berlin and from 02:00 to 01:00 in New York.
var jumps = []struct {
	zone, day string
	hours     int // that the day has
}{
	{"Europe/Berlin", "2026-03-29", 23},
	{"Europe/Berlin", "2026-10-25", 25},
	{"America/New_York", "2026-03-08", 23},
	{"America/New_York", "2026-11-01", 25},
}

func jumpDay(t *testing.T, zone, day string) (z *time.Location, midnight time.Time) {
	t.Helper()
	z, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	if midnight, err = time.ParseInLocation(time.DateOnly, day, z); err != nil {
		t.Fatal(err)
	}
	return z, midnight
}

// On a day of 23 or 25 hours windows go by the clock on the customer's wall,
// every minute of the day, and a call-back asked for outside them is moved to
// where they open.
func TestWindowsWhereTheClocksJump(t *testing.T) {
	t.Parallel()
	c, err := newCalendar(map[string][]string{"sunday": {"01:30-02:30", "09:00-20:00"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jumps {
		z, midnight := jumpDay(t, j.zone, j.day)
		if got := int(startOfNextDay(midnight, z).Sub(midnight) / time.Hour); got != j.hours {
			t.Fatalf("%s has %d hours in %s, want %d", j.day, got, j.zone, j.hours)
		}
		opened := 0
		for at := midnight; at.Before(startOfNextDay(midnight, z)); at = at.Add(time.Minute) {
			l := at.In(z)
			m := l.Hour()*60 + l.Minute()
			if by := m >= 540 && m < 1200; l.Hour() >= 4 && c.open(at, z) != by {
				t.Fatalf("at %s the window of the day is open: %v", l, !by)
			}
			if c.open(at, z) {
				opened++
			}
			if next := c.next(at, z, PartNone); next.IsZero() || next.Before(at) || !c.open(next, z) {
				t.Fatalf("after %s the next window opens at %v", l, next)
			}
		}
		// 11 hours of the day, and an hour at night that may be missing or come twice.
		if opened < 660 || opened > 660+120 {
			t.Errorf("%s %s: windows are open for %d minutes", j.zone, j.day, opened)
		}
		late := midnight.Add(time.Duration(j.hours)*time.Hour - 30*time.Minute) // 23:30 there
		if got := late.In(z).Format("15:04"); got != "23:30" {
			t.Fatalf("half an hour before midnight is %s", got)
		}
		if next := c.next(late, z, PartNone).In(z).Format("2006-01-02 15:04"); next != midnight.AddDate(0, 0, 7).Format("2006-01-02")+" 01:30" {
			t.Errorf("%s %s: after %s it opens on %s", j.zone, j.day, late, next)
		}
	}
}

// R9 on such a day: one contact a household a local day, however many hours it
// has; a promise of that day is due then, and what is put off waits for the
// first instant of the next.
func TestADayIsADayWhereTheClocksJump(t *testing.T) {
	t.Parallel()
	cfg := testConfig()
	cfg.Policy.CoolOffDays, cfg.Policy.Windowed, cfg.Policy.Caps = 0, nil, nil
	p := mustPolicy(t, cfg)
	letter := p.Treatment("offer_message")
	for _, j := range jumps {
		_, midnight := jumpDay(t, j.zone, j.day)
		next := midnight.Add(time.Duration(j.hours) * time.Hour)
		for name, tc := range map[string]struct {
			before, now time.Time
			closed      bool
		}{
			"first and last minute":        {midnight.Add(time.Minute), next.Add(-time.Minute), true},
			"the hour that comes twice":    {midnight.Add(90 * time.Minute), midnight.Add(150 * time.Minute), true},
			"last minute and the next day": {next.Add(-time.Minute), next, false},
			"the day before":               {midnight.Add(-time.Minute), midnight, false},
		} {
			k := ann(tc.now)
			k.Attributes[cfg.ZoneAttribute] = j.zone
			k.Contacts = []history.ContactAt{}
			f := &Facts{Contacts: []OwnContact{{At: tc.before, Channel: ChannelPhone, Purpose: PurposeService}}}
			_, failed := p.Gates(Ask{Treatment: letter, Moment: AtSend, Key: "key"}, k, f)
			closed := false
			for _, s := range failed {
				closed = closed || s.Gate == GateHousehold
			}
			if closed != tc.closed {
				t.Errorf("%s %s, %s: the household was contacted that day: %v, want %v", j.zone, j.day, name, closed, tc.closed)
			}
		}
	}
}

// Days of caps, cool-off and offers held are days on the customer's wall: they
// end at the time of day at which the contact was, whatever the clocks did in
// between and wherever the program runs.
func TestDaysSinceAContactWhereTheClocksJump(t *testing.T) {
	t.Parallel()
	const days = 10
	for gate, set := range map[Gate]func(*ContactPolicy){
		GateCap:     func(c *ContactPolicy) { c.Caps = []Cap{{Max: 1, Days: days}} },
		GateCoolOff: func(c *ContactPolicy) { c.CoolOffDays = days },
	} {
		cfg := testConfig()
		cfg.Policy.CoolOffDays, cfg.Policy.Windowed, cfg.Policy.Caps = 0, nil, nil
		set(&cfg.Policy)
		p := mustPolicy(t, cfg)
		for _, j := range jumps {
			z, midnight := jumpDay(t, j.zone, j.day)
			d := midnight.AddDate(0, 0, -days/2)
			at := time.Date(d.Year(), d.Month(), d.Day(), 12, 0, 0, 0, z)
			ends := time.Date(d.Year(), d.Month(), d.Day()+days, 12, 0, 0, 0, z)
			for now, want := range map[time.Time]bool{ends.Add(-time.Minute): true, ends: false} {
				for _, process := range []*time.Location{time.UTC, z, time.FixedZone("far", 14*3600)} {
					k := ann(now.In(process))
					k.Attributes[cfg.ZoneAttribute] = j.zone
					k.Contacts = []history.ContactAt{}
					f := &Facts{Contacts: []OwnContact{{At: at, Channel: ChannelPhone, Purpose: PurposeRetention, Reached: true}}}
					_, failed := p.Gates(Ask{Treatment: p.Treatment("offer_message"), Moment: AtSend, Key: "key"}, k, f)
					closed := slices.ContainsFunc(failed, func(s Stop) bool { return s.Gate == gate })
					if closed != want {
						t.Errorf("%s, %s %s, in %s: %d days after %s the gate is closed: %v, want %v", gate, j.zone, j.day, process, days, now.In(z), closed, want)
					}
				}
			}
		}
	}
}
