package picture

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Format says how an axis writes its numbers.
type Format uint8

// The formats.
const (
	Number  Format = iota // 12,500 or 0.25
	Percent               // 0.25 is 25%
	Date                  // days since 1970-01-01, as Days gives
)

// Days turns an instant into the number a Date axis takes: days since 1970 in UTC.
func Days(t time.Time) float64 { return float64(t.Unix()) / 86400 }

// Axis names what an axis shows.
type Axis struct {
	Title   string    // what is measured: "Leaving rate"
	Unit    string    // in what: "% of customers a month"; may be empty
	Format  Format    // how numbers are written
	Include []float64 // values that must be visible whatever the data: 0, or 0 and 1
	Every   float64   // distance of the ticks, 12 for months; 0 chooses one; not for dates
}

// heading is the title with its unit.
func (a Axis) heading() string {
	if a.Unit == "" {
		return a.Title
	}
	return a.Title + " (" + a.Unit + ")"
}

// missing says that a value cannot be drawn.
func missing(v float64) bool { return math.IsNaN(v) || math.Abs(v) > 1e300 }

// span is the range of the values that can be drawn; ok is false without any.
type span struct {
	low, high float64
	ok        bool
}

func (s *span) add(values ...float64) {
	for _, v := range values {
		switch {
		case missing(v):
		case !s.ok:
			*s = span{v, v, true}
		default:
			s.low, s.high = math.Min(s.low, v), math.Max(s.high, v)
		}
	}
}

// widened gives a span of no width some, so that one point sits in the middle.
func (s span) widened(f Format) span {
	largest := math.Max(math.Abs(s.low), math.Abs(s.high))
	if largest < 1e-290 { // too small to divide by
		s.low, s.high = 0, 0
	} else if s.high-s.low > 1e-9*largest {
		return s
	}
	pad := math.Abs(s.low) / 2
	switch {
	case f == Date:
		pad = math.Max(15, math.Abs(s.low)*1e-6)
	case pad == 0:
		pad = 0.5
	}
	return span{s.low - pad, s.high + pad, true}
}

// scale maps values to pixels, with its ticks.
type scale struct {
	low, high float64 // values
	from, to  float64 // pixels
	step      float64
	ticks     []tick
	format    Format
	in        Voice
}

type tick struct {
	at    float64
	label string
}

// newScale makes a scale with about count ticks. A rounded scale ends on ticks.
func newScale(in Voice, s span, a Axis, count int, rounded bool) scale {
	f := a.Format
	s = s.widened(f)
	sc := scale{low: s.low, high: s.high, format: f, in: voice(in)}
	if f == Date {
		sc.step, sc.ticks = dateTicks(s.low, s.high, count)
		return sc
	}
	sc.step = niceStep((s.high - s.low) / float64(count))
	if a.Every > 0 && (s.high-s.low)/a.Every <= 40 {
		sc.step = a.Every
	}
	first, last := math.Ceil(s.low/sc.step-1e-9), math.Floor(s.high/sc.step+1e-9)
	if rounded {
		first, last = math.Floor(s.low/sc.step+1e-9), math.Ceil(s.high/sc.step-1e-9)
		sc.low, sc.high = first*sc.step, last*sc.step
	}
	for k := first; k <= last; k++ {
		sc.ticks = append(sc.ticks, tick{k * sc.step, write(sc.in, k*sc.step, sc.step, f)})
	}
	return sc
}

// onto fixes the pixels.
func (s scale) onto(from, to float64) scale {
	s.from, s.to = from, to
	return s
}

// at is the pixel of a value.
func (s scale) at(v float64) float64 {
	return s.from + (s.to-s.from)*((v-s.low)/(s.high-s.low))
}

// exact writes a value with two digits more than the ticks have.
func (s scale) exact(v float64) string {
	if s.format == Date {
		return dayOf(v).Format("2 Jan 2006")
	}
	return write(s.in, v, s.step/100, s.format)
}

// niceStep is the smallest of 1, 2, 2.5 and 5 times a power of ten that is at
// least raw.
func niceStep(raw float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if raw <= m*power*(1+1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// write writes a value to the precision of a step, without trailing zeros that
// say nothing.
func write(in Voice, v, step float64, f Format) string {
	if f == Percent {
		return in.Say("%s%%", write(in, 100*v, 100*step, Number))
	}
	if a := math.Abs(v); a >= 1e15 || (a > 0 && a < 1e-9 && step < 1e-9) {
		return strings.Replace(strconv.FormatFloat(v, 'g', 3, 64), "-", "−", 1)
	}
	decimals := 0
	for d := step; decimals < 10 && math.Abs(d-math.Round(d)) > 1e-6*d; decimals++ {
		d *= 10
	}
	if _, rest, ok := strings.Cut(strconv.FormatFloat(v, 'f', decimals, 64), "."); ok {
		decimals = len(strings.TrimRight(rest, "0"))
	}
	return in.Decimal(decimals, v)
}

func dayOf(days float64) time.Time {
	return time.Unix(int64(math.Round(days*86400)), 0).UTC()
}

// dateTicks places ticks on days, weeks, months or years, whichever gives at
// most count.
func dateTicks(low, high float64, count int) (step float64, ticks []tick) {
	steps := []struct {
		days, months int
		layout       string
	}{
		{1, 0, "2 Jan"},
		{2, 0, "2 Jan"},
		{7, 0, "2 Jan"},
		{14, 0, "2 Jan"},
		{0, 1, "Jan 2006"},
		{0, 2, "Jan 2006"},
		{0, 3, "Jan 2006"},
		{0, 6, "Jan 2006"},
		{0, 12, "2006"},
		{0, 24, "2006"},
		{0, 60, "2006"},
		{0, 120, "2006"},
		{0, 600, "2006"},
		{0, 6000, "2006"},
	}
	const year = 365.25
	low, high = math.Max(low, -2000*year), math.Min(high, 10000*year)
	chosen := steps[len(steps)-1]
	for _, s := range steps {
		if (high-low)/(float64(s.days)+float64(s.months)*year/12) <= float64(count) {
			chosen = s
			break
		}
	}
	start := dayOf(low)
	at := time.Date(start.Year(), start.Month(), start.Day(), 0, 0, 0, 0, time.UTC)
	if chosen.months > 0 {
		months := (start.Year()*12 + int(start.Month()) - 1) / chosen.months * chosen.months
		at = time.Date(0, time.Month(months+1), 1, 0, 0, 0, 0, time.UTC)
	}
	for ; Days(at) <= high; at = at.AddDate(0, chosen.months, chosen.days) {
		if Days(at) >= low {
			ticks = append(ticks, tick{Days(at), at.Format(chosen.layout)})
		}
	}
	return 1, ticks
}
