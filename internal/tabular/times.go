package tabular

import (
	"fmt"
	"strings"
	"time"

	"holdfast/internal/fault"
)

// Reasons for which a date or time is refused; NewTimes words the rest.
const (
	NoSuchDate Reason = "is not a date in the calendar"
	NoSuchTime Reason = "is not a time of day"
	NotISO     Reason = "is not a date like 2006-01-31 or 2006-01-31 15:04:05"
	FarTime    Reason = "is not an instant between the years 1 and 9999"
)

// Times reads dates and times as microseconds since 1970 in UTC. A date is its
// first instant in the location; a time without a zone is a reading of the
// location's clock. When clocks go back, a reading that happens twice is the
// first of the two; when they go forward, a reading that never happens lies as
// far behind the change as it says. Fractions beyond microseconds are cut off, in
// counts since 1970 rounded.
type Times struct {
	zone  *zone
	parse func(t *Times, text []byte) (int64, Reason)
	goes  string  // a Go layout
	zoned bool    // the Go layout has a zone
	steps []step  // of a strptime layout
	unix  Amounts // decimals of a count since 1970
	bad   Reason
}

// NewTimes makes a parser of a layout, which may be used by several
// goroutines. Layouts are "" or "iso" (2006-01-31, optionally with T or a
// blank, 15:04, seconds, a fraction and a zone offset), "yyyymmdd", "unix",
// "unix_ms", "unix_us", anything with % as strptime writes it (%d/%m/%Y), or
// a Go layout (02.01.2006). A nil location is UTC.
func NewTimes(layout string, loc *time.Location) (*Times, error) {
	if loc == nil {
		loc = time.UTC
	}
	t := &Times{zone: newZone(loc)}
	switch {
	case layout == "" || layout == "iso":
		t.parse, t.bad = (*Times).iso, NotISO
	case layout == "yyyymmdd":
		t.parse, t.bad = (*Times).compact, "is not a date like 20060131"
	case layout == "unix":
		t.counting(6, "is not a number of seconds since 1970")
	case layout == "unix_ms":
		t.counting(3, "is not a number of milliseconds since 1970")
	case layout == "unix_us":
		t.counting(0, "is not a number of microseconds since 1970")
	case strings.Contains(layout, "%"):
		steps, err := compile(layout)
		if err != nil {
			return nil, err
		}
		t.steps, t.parse = steps, (*Times).strptime
		t.bad = Reason(fmt.Sprintf("is not a date like %s", layout))
	default:
		if err := t.goLayout(layout); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// counting reads a number with so many decimals down to microseconds.
func (t *Times) counting(digits int, bad Reason) {
	t.unix, t.bad = Amounts{digits: digits, decimal: '.', round: true}, bad
	t.parse = (*Times).count
}

// goLayout takes a layout of package time, if it fixes a day.
func (t *Times) goLayout(layout string) error {
	probe := time.Date(2019, 11, 28, 17, 46, 39, 0, time.FixedZone("", 5*3600))
	back, err := time.Parse(layout, probe.Format(layout))
	if err != nil || back.Year() != 2019 || back.YearDay() != probe.YearDay() {
		return fault.New(fault.Invalid, "date format %q does not fix a day; use iso, yyyymmdd, unix, unix_ms, unix_us, %%d/%%m/%%Y or a Go layout such as 02/01/2006", layout)
	}
	if strings.Contains(layout, "MST") {
		return fault.New(fault.Invalid, "date format %q has a zone abbreviation, which can mean several zones; use an offset", layout)
	}
	_, offset := back.Zone()
	t.goes, t.zoned, t.parse = layout, offset != 0, (*Times).goParse
	t.bad = Reason(fmt.Sprintf("is not a date like %s", layout))
	return nil
}

// Parse reads one date or time; blanks around it are dropped.
func (t *Times) Parse(text []byte) (int64, Reason) {
	text = trim(text)
	if len(text) == 0 {
		return 0, Missing
	}
	return t.parse(t, text)
}

// FromWall gives the instant at which the location's clock showed a reading
// in microseconds since 1970.
func (t *Times) FromWall(micros int64) int64 {
	seconds := floorDiv(micros, 1e6)
	return t.zone.utc(seconds)*1e6 + micros - seconds*1e6
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (t *Times) goParse(text []byte) (int64, Reason) {
	at, err := time.Parse(t.goes, view(text))
	if err != nil {
		return 0, t.bad
	}
	if y := at.Year(); y < 1 || y > 9999 {
		return 0, FarTime
	}
	if t.zoned {
		return at.UnixMicro(), OK
	}
	return t.FromWall(at.UnixMicro()), OK
}

func (t *Times) count(text []byte) (int64, Reason) {
	n, why := t.unix.Parse(text)
	if why == TooLarge {
		return 0, FarTime
	}
	if why != OK {
		return 0, t.bad
	}
	return inRange(n)
}

const (
	firstMicro = -62135596800e6 // 0001-01-01
	lastMicro  = 253402300800e6 // 10000-01-01
)

func inRange(micros int64) (int64, Reason) {
	if micros < firstMicro || micros >= lastMicro {
		return 0, FarTime
	}
	return micros, OK
}

func (t *Times) compact(text []byte) (int64, Reason) {
	if len(text) != 8 {
		return 0, t.bad
	}
	y, ok1 := number(text[:4])
	m, ok2 := number(text[4:6])
	d, ok3 := number(text[6:])
	if !ok1 || !ok2 || !ok3 {
		return 0, t.bad
	}
	days, ok := daysOf(y, m, d)
	if !ok {
		return 0, NoSuchDate
	}
	return t.zone.utc(days*86400) * 1e6, OK
}

// number reads a few digits.
func number(text []byte) (int64, bool) {
	var n int64
	for _, c := range text {
		d := c - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + int64(d)
	}
	return n, true
}

var monthDays = [13]int64{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func leap(y int64) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

// daysOf gives the days from 1970-01-01 to a date, and whether there is such
// a date. Source of the formula: H. Hinnant, chrono-compatible low-level date
// algorithms, days_from_civil.
func daysOf(y, m, d int64) (int64, bool) {
	if y < 1 || m < 1 || m > 12 || d < 1 || (d > monthDays[m] && (m != 2 || d > 29 || !leap(y))) {
		return 0, false
	}
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	inEra := y - era*400
	inYear := (153*(m-3)+2)/5 + d - 1
	return era*146097 + inEra*365 + inEra/4 - inEra/100 + inYear - 719468, true
}
