package tabular

import (
	"math"
	"strconv"
	"strings"
	"unsafe"
)

// Reasons for which a number or a truth value is refused.
const (
	Missing   Reason = "is empty"
	NotWhole  Reason = "is not a whole number"
	TooLarge  Reason = "is too large for a 64-bit number"
	NotNumber Reason = "is not a number"
	NotFinite Reason = "is not a finite number"
	NotTruth  Reason = "is neither true nor false; use true/false, yes/no, t/f, y/n or 1/0"
)

// ParseInt reads a whole number with an optional sign; blanks around it are
// dropped.
func ParseInt(text []byte) (int64, Reason) {
	text = trim(text)
	if len(text) == 0 {
		return 0, Missing
	}
	negative := text[0] == '-'
	if negative || text[0] == '+' {
		text = text[1:]
	}
	if len(text) == 0 {
		return 0, NotWhole
	}
	var u uint64
	large := false
	for _, c := range text {
		d := c - '0'
		if d > 9 {
			return 0, NotWhole
		}
		if u > (1<<63)/10 {
			large = true
		}
		u = u*10 + uint64(d)
	}
	return signed(u, negative, large)
}

func signed(u uint64, negative, large bool) (int64, Reason) {
	switch {
	case large || u > 1<<63 || (u == 1<<63 && !negative):
		return 0, TooLarge
	case negative:
		return int64(-u), OK
	}
	return int64(u), OK
}

var tens = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// ParseFloat reads a decimal number with a point and an optional exponent,
// rounded to the nearest float64. Infinities, NaN, hexadecimal and
// underscores are refused.
//
// A whole number below 2^53 over a power of ten up to 10^22 is exact in one
// division (W. Clinger, How to read floating point numbers accurately, 1990);
// everything else goes to strconv.
func ParseFloat(text []byte) (float64, Reason) {
	text = trim(text)
	if len(text) == 0 {
		return 0, Missing
	}
	var mantissa uint64
	digits, places, i := 0, -1, 0
	if text[0] == '-' || text[0] == '+' {
		i++
	}
	for ; i < len(text); i++ {
		c := text[i]
		if d := c - '0'; d <= 9 {
			mantissa = mantissa*10 + uint64(d)
			digits++
			continue
		}
		if c != '.' || places >= 0 {
			return slowFloat(text)
		}
		places = digits
	}
	if digits == 0 || digits > 18 || mantissa >= 1<<53 {
		return slowFloat(text)
	}
	v := float64(mantissa)
	if places >= 0 {
		v /= tens[digits-places]
	}
	if text[0] == '-' {
		v = -v
	}
	return v, OK
}

func slowFloat(text []byte) (float64, Reason) {
	for _, c := range text {
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			if s := strings.ToLower(strings.TrimLeft(string(text), "+-")); s == "inf" || s == "infinity" || s == "nan" {
				return 0, NotFinite
			}
			return 0, NotNumber
		}
	}
	v, err := strconv.ParseFloat(view(text), 64)
	if err != nil {
		if math.IsInf(v, 0) {
			return 0, NotFinite
		}
		return 0, NotNumber
	}
	return v, OK
}

// view is text as a string, without a copy, for calls that do not keep it.
func view(text []byte) string { return unsafe.String(unsafe.SliceData(text), len(text)) }

// Truths reads truth values. The zero value knows true/false, t/f, yes/no,
// y/n and 1/0; other words can be named instead. Case does not matter.
type Truths struct {
	True, False []string
}

// Parse reads one truth value.
func (t *Truths) Parse(text []byte) (bool, Reason) {
	text = trim(text)
	if len(text) == 0 {
		return false, Missing
	}
	if t.True == nil && t.False == nil {
		return plainTruth(text)
	}
	for _, word := range t.True {
		if strings.EqualFold(view(text), word) {
			return true, OK
		}
	}
	for _, word := range t.False {
		if strings.EqualFold(view(text), word) {
			return false, OK
		}
	}
	return false, "is none of the words configured for true and false"
}

func plainTruth(text []byte) (bool, Reason) {
	s := view(text)
	switch {
	case s == "1", s == "true", strings.EqualFold(s, "true"), strings.EqualFold(s, "yes"), strings.EqualFold(s, "t"), strings.EqualFold(s, "y"):
		return true, OK
	case s == "0", s == "false", strings.EqualFold(s, "false"), strings.EqualFold(s, "no"), strings.EqualFold(s, "f"), strings.EqualFold(s, "n"):
		return false, OK
	}
	return false, NotTruth
}
