package tabular

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Skipf("no time zones on this machine: %v", err)
	}
	return loc
}

func TestTimes(t *testing.T) {
	t.Parallel()
	berlin := location(t, "Europe/Berlin")
	const bad = "error"
	cases := []struct {
		layout string
		loc    *time.Location
		text   string
		want   string // RFC 3339, or the reason
	}{
		{"", nil, "2011-06-01", "2011-06-01T00:00:00Z"},
		{"iso", berlin, "2011-06-01", "2011-05-31T22:00:00Z"},
		{"", berlin, " 2011-01-01T10:20 ", "2011-01-01T09:20:00Z"},
		{"", nil, "2011-01-01 10:20:30.1234567", "2011-01-01T10:20:30.123456Z"},
		{"", nil, "2011-01-01 10:20:30,5", "2011-01-01T10:20:30.5Z"},
		{"", berlin, "2011-01-01T10:20:30Z", "2011-01-01T10:20:30Z"},
		{"", berlin, "2011-01-01 10:20:30+00", "2011-01-01T10:20:30Z"},
		{"", berlin, "2011-01-01 10:20:30.25 -05:30", "2011-01-01T15:50:30.25Z"},
		{"", nil, "2011-01-01T10:20+0100", "2011-01-01T09:20:00Z"},
		{"", berlin, "2011-03-27 02:30:00", "2011-03-27T01:30:00Z"}, // never happens
		{"", berlin, "2011-10-30 02:30:00", "2011-10-30T00:30:00Z"}, // happens twice
		{"", berlin, "2011-10-30 03:00:00", "2011-10-30T02:00:00Z"},
		{"", nil, "2012-02-29", "2012-02-29T00:00:00Z"},
		{"", nil, "2011-02-29", string(NoSuchDate)},
		{"", nil, "2011-13-01", string(NoSuchDate)},
		{"", nil, "0000-01-01", string(NoSuchDate)},
		{"", nil, "2011-01-01 24:00", string(NoSuchTime)},
		{"", nil, "2011-01-01 10:20:60", string(NoSuchTime)},
		{"", nil, "01/02/2011", string(NotISO)},
		{"", nil, "2011-1-1", string(NotISO)},
		{"", nil, "2011-01-01 10:20:30.", string(NotISO)},
		{"", nil, "2011-01-01 10:20:30 PM", string(NotISO)},
		{"", nil, "2011-01-01T10:20+01:", string(NotISO)},
		{"", nil, "2011-01-01T10:20Zx", string(NotISO)},
		{"", nil, "", string(Missing)},
		{"yyyymmdd", nil, "19970118", "1997-01-18T00:00:00Z"},
		{"yyyymmdd", nil, "1997-01-18", "is not a date like 20060131"},
		{"yyyymmdd", nil, "19970230", string(NoSuchDate)},
		{"unix", nil, "1300000000", "2011-03-13T07:06:40Z"},
		{"unix", nil, "1300000000.25", "2011-03-13T07:06:40.25Z"},
		{"unix_ms", nil, "1300000000250", "2011-03-13T07:06:40.25Z"},
		{"unix_us", nil, "-1", "1969-12-31T23:59:59.999999Z"},
		{"unix", nil, "1300000000000", string(FarTime)},
		{"unix", nil, "today", "is not a number of seconds since 1970"},
		{"%d/%m/%Y", berlin, "1/6/2011", "2011-05-31T22:00:00Z"},
		{"%d/%m/%Y", nil, "31/06/2011", string(NoSuchDate)},
		{"%d/%m/%Y", nil, "2011-06-01", "is not a date like %d/%m/%Y"},
		{"%d/%m/%Y", nil, "01/06/2011 10:00", "is not a date like %d/%m/%Y"},
		{"%Y%m%d%H%M%S", nil, "20110601102030", "2011-06-01T10:20:30Z"},
		{"%b %d, %Y %I:%M %p", nil, "Jun 1, 2011 12:05 am", "2011-06-01T00:05:00Z"},
		{"%d %B %y", nil, "1 September 69", "1969-09-01T00:00:00Z"},
		{"%Y %j", nil, "2012 366", "2012-12-31T00:00:00Z"},
		{"%Y %j", nil, "2011 366", string(NoSuchDate)},
		{"%FT%T.%f%z", berlin, "2011-06-01T10:20:30.5+02:00", "2011-06-01T08:20:30.5Z"},
		{"02.01.2006", berlin, "01.06.2011", "2011-05-31T22:00:00Z"},
		{"02.01.2006 15:04 -0700", berlin, "01.06.2011 10:00 +0000", "2011-06-01T10:00:00Z"},
		{"02.01.2006", nil, "2011", "is not a date like 02.01.2006"},
		{"dd/mm/yyyy", nil, "", bad},
		{"15:04", nil, "", bad},
		{"02.01.2006 MST", nil, "", bad},
		{"%d/%m", nil, "", bad},
		{"%Q", nil, "", bad},
		{"%Y-%m-%d %I", nil, "", bad},
	}
	for _, c := range cases {
		p, err := NewTimes(c.layout, c.loc)
		if err != nil {
			if c.want != bad {
				t.Errorf("%q: %v", c.layout, err)
			}
			continue
		}
		got, why := p.Parse([]byte(c.text))
		text := string(why)
		if why == OK {
			text = time.UnixMicro(got).UTC().Format(time.RFC3339Nano)
		}
		if text != c.want {
			t.Errorf("%q as %q: %s, want %s", c.text, c.layout, text, c.want)
		}
	}
}

// slowUTC finds the first instant whose reading is wall, or, in a gap, applies
// the offset in force before it, by looking at every quarter of an hour.
func slowUTC(loc *time.Location, wall int64) int64 {
	reading := func(at int64) int64 {
		_, offset := time.Unix(at, 0).In(loc).Zone()
		return at + int64(offset)
	}
	first := wall - 16*3600
	for at := first; at <= wall+16*3600; at += 900 {
		if reading(at) == wall {
			return at
		}
	}
	for at := first; ; at += 900 {
		if reading(at) > wall {
			_, offset := time.Unix(at-900, 0).In(loc).Zone()
			return wall - int64(offset)
		}
	}
}

func TestZoneAgainstSlowTwin(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata", "Pacific/Apia", "UTC"} {
		loc := location(t, name)
		z := newZone(loc)
		check := func(wall int64) {
			if got, want := z.utc(wall), slowUTC(loc, wall); got != want {
				t.Fatalf("%s, reading %s: %s, want %s", name, time.Unix(wall, 0).UTC().Format(time.DateTime), time.Unix(got, 0).UTC(), time.Unix(want, 0).UTC())
			}
		}
		for _, from := range z.from[1:] {
			if from < 0 {
				continue // older offsets are not whole quarters of an hour
			}
			for d := int64(-2 * 86400); d <= 2*86400; d += 14400 - 900 {
				check((from + d) / 900 * 900)
			}
			check(from / 900 * 900)
			check(from/900*900 - 900)
		}
		rapid.Check(t, func(rt *rapid.T) { check(rapid.Int64Range(0, zoneEnd/900-100).Draw(rt, "quarter") * 900) })
	}
}

func FuzzISO(f *testing.F) {
	for _, s := range []string{"2011-06-01", "2011-06-01T10:20:30Z", "2011-06-01T10:20:30.5+01:00", "0001-01-01", "9999-12-31", "2000-02-29", "1900-02-29"} {
		f.Add(s)
	}
	layouts := []string{time.DateOnly, "2006-01-02 15:04", "2006-01-02T15:04", time.DateTime, "2006-01-02T15:04:05", time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02 15:04:05 Z07:00"}
	p, err := NewTimes("iso", nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, why := p.Parse([]byte(text))
		for _, layout := range layouts {
			want, err := time.Parse(layout, text)
			if err != nil || want.Year() < 1 || want.Year() > 9999 {
				continue
			}
			if strings.ContainsAny(text, "+-") && len(text) > 10 && strings.Contains(text[10:], "24") {
				continue // package time takes 24 as an hour of an offset
			}
			if text[0] < '0' || text[0] > '9' || (len(text) > 12 && (text[12] == ':' || text[11] == ' ')) {
				continue // package time takes one-digit hours and blanks before them
			}
			if why != OK || got != want.UnixMicro() {
				t.Fatalf("%q: %s %q, want %s", text, time.UnixMicro(got).UTC(), why, want)
			}
			return
		}
	})
}

func TestStrptimeAgainstPackageTime(t *testing.T) {
	t.Parallel()
	pairs := map[string]string{
		"%d/%m/%Y %H:%M:%S":     "02/01/2006 15:04:05",
		"%Y%m%d":                "20060102",
		"%d-%b-%y":              "02-Jan-06",
		"%B %d, %Y":             "January 2, 2006",
		"%m/%d/%Y %I:%M:%S %p":  "01/02/2006 03:04:05 PM",
		"%Y-%m-%dT%H:%M:%S%z":   "2006-01-02T15:04:05-0700",
		"%Y-%j":                 "2006-002",
		"%Y.%m.%d %H%M%S.%f %%": "2006.01.02 150405.000000 %",
	}
	for ours, theirs := range pairs {
		p, err := NewTimes(ours, nil)
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(rt *rapid.T) {
			at := time.Unix(rapid.Int64Range(0, 3124137599).Draw(rt, "at"), 0).In(time.FixedZone("", 3600))
			text := at.Format(theirs)
			want, err := time.Parse(theirs, text)
			if err != nil {
				rt.Fatal(err)
			}
			if got, why := p.Parse([]byte(text)); why != OK || got != want.UnixMicro() {
				rt.Fatalf("%q as %s: %d %q, want %d", text, ours, got, why, want.UnixMicro())
			}
		})
	}
}
