package tabular

import (
	"strings"

	"holdfast/internal/fault"
)

// step is one directive of a strptime layout, or one literal byte when
// directive is 0.
type step struct {
	directive byte
	literal   byte
	exact     bool // digits follow, so this number must have its full width
}

const directives = "YymdHMSfbBpIjz%eTFD"

var expansions = strings.NewReplacer("%T", "%H:%M:%S", "%F", "%Y-%m-%d", "%D", "%m/%d/%y", "%e", "%d", "%h", "%b", "%R", "%H:%M")

// compile reads a strptime layout and checks that it fixes a day.
func compile(layout string) ([]step, error) {
	text := expansions.Replace(layout)
	var steps []step
	has := map[byte]bool{}
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			steps = append(steps, step{literal: text[i]})
			continue
		}
		i++
		if i == len(text) || strings.IndexByte(directives, text[i]) < 0 {
			return nil, fault.New(fault.Invalid, "date format %q has a directive that is not known; use %%Y %%y %%m %%d %%j %%b %%B %%H %%I %%p %%M %%S %%f %%z", layout)
		}
		if text[i] == '%' {
			steps = append(steps, step{literal: '%'})
			continue
		}
		has[text[i]] = true
		steps = append(steps, step{directive: text[i]})
	}
	for i := range len(steps) - 1 {
		next := steps[i+1].directive
		steps[i].exact = next != 0 && strings.IndexByte("YymdHMSIjf", next) >= 0
	}
	day := has['j'] || ((has['m'] || has['b'] || has['B']) && has['d'])
	if !day || (!has['Y'] && !has['y']) {
		return nil, fault.New(fault.Invalid, "date format %q does not fix a day; it needs a year, a month and a day", layout)
	}
	if has['I'] != has['p'] {
		return nil, fault.New(fault.Invalid, "date format %q needs %%I and %%p together", layout)
	}
	return steps, nil
}

// reading collects what the directives found.
type reading struct {
	year, month, day, yearDay    int64
	hour, minute, second, micros int64
	half                         int64 // 1 for AM, 2 for PM
	offset                       int64
	zoned                        bool
}

func (t *Times) strptime(text []byte) (int64, Reason) {
	r := reading{month: 1, day: 1}
	for _, s := range t.steps {
		n := 1
		if s.directive != 0 {
			n = r.take(s, text)
		} else if len(text) == 0 || text[0] != s.literal {
			n = 0
		}
		if n == 0 {
			return 0, t.bad
		}
		text = text[n:]
	}
	if len(text) > 0 {
		return 0, t.bad
	}
	return r.instant(t.zone)
}

// take reads one directive and gives how many bytes it took, or 0.
func (r *reading) take(s step, text []byte) int {
	switch s.directive {
	case 'b', 'B':
		return r.monthName(text)
	case 'p':
		return r.halfDay(text)
	case 'z':
		var n int
		r.offset, n = offsetOf(text)
		r.zoned = true
		return n
	case 'f':
		var n int
		r.micros, n = fraction(text)
		return n
	}
	width := 2
	switch s.directive {
	case 'Y':
		width = 4
	case 'j':
		width = 3
	}
	n := 0
	var v int64
	for n < width && n < len(text) && text[n]-'0' <= 9 {
		v = v*10 + int64(text[n]-'0')
		n++
	}
	if n < width && (s.exact || s.directive == 'Y' || s.directive == 'y') {
		return 0
	}
	r.set(s.directive, v)
	return n
}

func (r *reading) set(directive byte, v int64) {
	switch directive {
	case 'Y':
		r.year = v
	case 'y': // POSIX: 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068
		r.year = 1900 + v
		if v < 69 {
			r.year += 100
		}
	case 'm':
		r.month = v
	case 'd':
		r.day = v
	case 'j':
		r.yearDay = v
		if v == 0 {
			r.month = 0 // no such day
		}
	case 'H', 'I':
		r.hour = v
	case 'M':
		r.minute = v
	case 'S':
		r.second = v
	}
}

var monthNames = [12]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

func (r *reading) monthName(text []byte) int {
	n := 0
	for n < len(text) && (text[n]|0x20)-'a' < 26 {
		n++
	}
	for i, name := range monthNames {
		if n >= 3 && n <= len(name) && (n == 3 || n == len(name)) && strings.EqualFold(view(text[:n]), name[:n]) {
			r.month = int64(i + 1)
			return n
		}
	}
	return 0
}

func (r *reading) halfDay(text []byte) int {
	if len(text) < 2 || text[1]|0x20 != 'm' {
		return 0
	}
	switch text[0] | 0x20 {
	case 'a':
		r.half = 1
	case 'p':
		r.half = 2
	default:
		return 0
	}
	return 2
}

func (r *reading) instant(z *zone) (int64, Reason) {
	days, ok := daysOf(r.year, r.month, r.day)
	if r.yearDay > 0 {
		last := int64(365)
		if leap(r.year) {
			last++
		}
		ok = ok && r.yearDay <= last
		days += r.yearDay - 1
	}
	if !ok {
		return 0, NoSuchDate
	}
	if r.half > 0 {
		if r.hour < 1 || r.hour > 12 {
			return 0, NoSuchTime
		}
		r.hour = r.hour%12 + 12*(r.half-1)
	}
	if r.hour > 23 || r.minute > 59 || r.second > 59 {
		return 0, NoSuchTime
	}
	wall := days*86400 + r.hour*3600 + r.minute*60 + r.second
	if r.zoned {
		return (wall-r.offset)*1e6 + r.micros, OK
	}
	return z.utc(wall)*1e6 + r.micros, OK
}
