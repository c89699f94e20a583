package tabular

import (
	"fmt"
	"math"
	"strconv"

	"holdfast/internal/fault"
)

// Reasons for which an amount is refused; NewAmounts words the rest.
const (
	NotAmount   Reason = "is not an amount"
	BadGroups   Reason = "is not an amount: its thousands are not in groups of three digits"
	HasExponent Reason = "is not an amount: it has an exponent; write it in plain digits"
)

// Amounts reads decimal amounts as whole minor units, exactly: 12.34 with two
// digits is 1234. More decimals than Digits are refused unless they are zeros
// or Round is set; rounding is half away from zero.
type Amounts struct {
	digits    int
	decimal   byte
	thousands byte
	round     bool
	finer     Reason
	comma     Reason
	point     Reason
}

// AmountFormat says how amounts are written.
type AmountFormat struct {
	Digits    int    // decimals of the currency: 2 for EUR, 0 for JPY
	Decimal   string // "." (the default) or ","
	Thousands string // "" (none, the default), ",", ".", " " or "'"
	Round     bool   // accept more decimals and round half away from zero
}

// NewAmounts checks how amounts are written and makes a parser of it, which
// may be used by several goroutines.
func NewAmounts(f AmountFormat) (*Amounts, error) {
	if f.Digits < 0 || f.Digits > 9 {
		return nil, fault.New(fault.Invalid, "an amount has 0 to 9 decimals, not %d", f.Digits)
	}
	a := &Amounts{digits: f.Digits, decimal: '.', round: f.Round}
	switch f.Decimal {
	case "", ".":
	case ",":
		a.decimal = ','
	default:
		return nil, fault.New(fault.Invalid, `decimal separator %q is not known; use "." or ","`, f.Decimal)
	}
	switch f.Thousands {
	case "":
	case ",", ".", " ", "'":
		a.thousands = f.Thousands[0]
	default:
		return nil, fault.New(fault.Invalid, `thousands separator %q is not known; use ",", ".", " " or "'"`, f.Thousands)
	}
	if a.thousands == a.decimal {
		return nil, fault.New(fault.Invalid, "%q cannot separate both the decimals and the thousands", f.Thousands)
	}
	a.finer = Reason(fmt.Sprintf("has more than %d decimals; ask for rounding if that is right", a.digits))
	a.comma = a.stranger("a comma", ",", ".")
	a.point = a.stranger("a point", ".", ",")
	return a, nil
}

// stranger words the refusal of a separator that is not configured.
func (a *Amounts) stranger(name, mark, other string) Reason {
	if a.thousands == 0 {
		return Reason(fmt.Sprintf("has %s, and no thousands separator is configured; set `thousands: %q`, or `decimal: %q` if it separates the decimals", name, mark, mark))
	}
	return Reason(fmt.Sprintf("has %s, but %q separates the decimals and %q the thousands", name, other, string(a.thousands)))
}

// Parse reads one amount; blanks around it are dropped.
func (a *Amounts) Parse(text []byte) (int64, Reason) {
	text = trim(text)
	if len(text) == 0 {
		return 0, Missing
	}
	i := 0
	negative := text[0] == '-'
	if negative || text[0] == '+' {
		i++
	}
	var u uint64
	large, digits, group := false, 0, -1 // group: digits since the last thousands separator
	for ; i < len(text); i++ {
		d := text[i] - '0'
		if d <= 9 {
			if u > (1<<63)/10 {
				large = true
			}
			u = u*10 + uint64(d)
			digits++
			if group >= 0 {
				group++
			}
			continue
		}
		if text[i] == a.decimal {
			break
		}
		if text[i] != a.thousands || a.thousands == 0 {
			return 0, a.refuse(text, i)
		}
		if (group < 0 && (digits == 0 || digits > 3)) || (group >= 0 && group != 3) {
			return 0, BadGroups
		}
		group = 0
	}
	if group >= 0 && group != 3 {
		return 0, BadGroups
	}
	return a.fraction(text, i, u, digits, negative, large)
}

// fraction reads the decimals that begin at text[i], where u is the whole part.
func (a *Amounts) fraction(text []byte, i int, u uint64, digits int, negative, large bool) (int64, Reason) {
	places, up := 0, false
	if i < len(text) {
		i++
	}
	for ; i < len(text); i++ {
		d := text[i] - '0'
		if d > 9 {
			return 0, a.refuse(text, i)
		}
		digits++
		switch {
		case places < a.digits:
			if u > (1<<63)/10 {
				large = true
			}
			u = u*10 + uint64(d)
		case d != 0 && !a.round:
			return 0, a.deep(text, i)
		case places == a.digits:
			up = d >= 5
		}
		places++
	}
	if digits == 0 {
		return 0, NotAmount
	}
	for ; places < a.digits; places++ {
		if u > (1<<63)/10 {
			large = true
		}
		u *= 10
	}
	if up {
		u++
	}
	return signed(u, negative, large)
}

// deep tells an amount with too many decimals from something else altogether.
func (a *Amounts) deep(text []byte, i int) Reason {
	for j := i; j < len(text); j++ {
		if text[j] < '0' || text[j] > '9' {
			return a.refuse(text, j)
		}
	}
	return a.finer
}

// refuse says what is wrong with the character at text[i].
func (a *Amounts) refuse(text []byte, i int) Reason {
	if i == 0 || text[i-1] < '0' || text[i-1] > '9' {
		return NotAmount
	}
	switch c := text[i]; {
	case c == a.decimal || c == a.thousands:
		return NotAmount
	case c == ',':
		return a.comma
	case c == '.':
		return a.point
	case c == 'e' || c == 'E':
		return HasExponent
	}
	return NotAmount
}

// FromFloat turns a floating-point amount into minor units. The shortest
// decimal that means this float is what counts, so 12.34 is 1234 although no
// float is exactly 12.34.
func (a *Amounts) FromFloat(v float64) (int64, Reason) {
	scaled := math.Round(v * tens[a.digits])
	if math.Abs(scaled) < 1e15 && (a.round || scaled/tens[a.digits] == v) && a.near(v, scaled) {
		return int64(scaled), OK
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, NotFinite
	}
	var room [400]byte
	plain := Amounts{digits: a.digits, decimal: '.', round: a.round, finer: a.finer}
	return plain.Parse(strconv.AppendFloat(room[:0], v, 'f', -1, 64))
}

// near reports that rounding v to scaled cannot depend on how v is written:
// it is that amount, or clearly not halfway between two.
func (a *Amounts) near(v, scaled float64) bool {
	if scaled/tens[a.digits] == v {
		return true
	}
	return math.Abs(math.Abs(v*tens[a.digits]-scaled)-0.5) > 1e-3 && math.Abs(scaled) < 1<<40
}

// FromDecimal turns unscaled × 10^-scale into minor units.
func (a *Amounts) FromDecimal(unscaled int64, scale int) (int64, Reason) {
	if scale == a.digits {
		return unscaled, OK
	}
	var room [64]byte
	plain := Amounts{digits: a.digits, decimal: '.', round: a.round, finer: a.finer}
	return plain.Parse(appendDecimal(room[:0], unscaled, scale))
}
