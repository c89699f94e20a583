package picture

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTicks(t *testing.T) {
	t.Parallel()
	date := func(y int, m time.Month, d int) float64 { return Days(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)) }
	cases := map[string]struct {
		low, high float64
		format    Format
		rounded   bool
		want      string
		every     float64
	}{
		"by the year":    {0, 37, Number, false, "0 12 24 36", 12},
		"too many":       {0, 3700, Number, false, "0 1,000 2,000 3,000", 12},
		"hundreds":       {0, 412, Number, true, "0 100 200 300 400 500", 0},
		"inside":         {3, 17, Number, false, "5 10 15", 0},
		"quarters":       {0, 1.2, Number, true, "0 0.25 0.5 0.75 1 1.25", 0},
		"thousands":      {0, 12400, Number, true, "0 2,500 5,000 7,500 10,000 12,500", 0},
		"across zero":    {-2.1, 1.4, Number, true, "−3 −2 −1 0 1 2", 0},
		"percent":        {0, .093, Percent, true, "0% 2% 4% 6% 8% 10%", 0},
		"small percent":  {0, .004, Percent, true, "0% 0.1% 0.2% 0.3% 0.4%", 0},
		"one value":      {10, 10, Number, true, "4 6 8 10 12 14 16", 0},
		"one zero":       {0, 0, Number, true, "−0.6 −0.4 −0.2 0 0.2 0.4 0.6", 0},
		"two weeks":      {date(2026, 11, 2), date(2026, 11, 12), Date, false, "2 Nov 4 Nov 6 Nov 8 Nov 10 Nov 12 Nov", 0},
		"months":         {date(2026, 1, 15), date(2026, 6, 2), Date, false, "Feb 2026 Mar 2026 Apr 2026 May 2026 Jun 2026", 0},
		"half years":     {date(2024, 2, 1), date(2026, 3, 1), Date, false, "Jul 2024 Jan 2025 Jul 2025 Jan 2026", 0},
		"decades":        {date(1990, 1, 1), date(2026, 1, 1), Date, false, "1990 2000 2010 2020", 0},
		"before the era": {date(1965, 6, 1), date(1968, 6, 1), Date, false, "1966 1967 1968", 0},
	}
	for name, c := range cases {
		var labels []string
		for _, k := range newScale(nil, span{c.low, c.high, true}, Axis{Format: c.format, Every: c.every}, 5, c.rounded).ticks {
			labels = append(labels, k.label)
		}
		if diff := cmp.Diff(c.want, strings.Join(labels, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v, step float64
		format  Format
		want    string
	}{
		{1234567, 1, Number, "1,234,567"},
		{-1234.5, .1, Number, "−1,234.5"},
		{.30000000000000004, .1, Number, "0.3"},
		{-.0000001, .1, Number, "0"},
		{999, 1, Number, "999"},
		{1000, 1, Number, "1,000"},
		{.1234, .0001, Percent, "12.34%"},
		{2.5e20, 1e19, Number, "2.5e+20"},
	} {
		if got := write(english{}, c.v, c.step, c.format); got != c.want {
			t.Errorf("write(%v, %v) = %q, want %q", c.v, c.step, got, c.want)
		}
	}
}

func TestScaleMapsEnds(t *testing.T) {
	t.Parallel()
	s := newScale(nil, span{0, 10, true}, Axis{}, 5, true).onto(300, 100)
	if s.at(0) != 300 || s.at(10) != 100 || s.at(5) != 200 {
		t.Errorf("0, 5, 10 map to %v, %v, %v; want 300, 200, 100", s.at(0), s.at(5), s.at(10))
	}
	if step := niceStep(math.Nextafter(.2, 1)); step != .2 {
		t.Errorf("step %v for a hair above .2, want .2", step)
	}
}

func TestFitShortensByLetters(t *testing.T) {
	t.Parallel()
	if got := fit("Zoë Ångström-Müller", 12, 60); got != "Zoë Ång…" {
		t.Errorf("fit = %q, want %q", got, "Zoë Ång…")
	}
	if got := fit("short", 12, 60); got != "short" {
		t.Errorf("fit = %q, want it whole", got)
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.FixedZone("", 3600))
	if got := dayOf(Days(noon)); !got.Equal(noon) {
		t.Errorf("%v came back as %v", noon, got)
	}
}
