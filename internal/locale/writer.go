package locale

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/fault"
)

// Writer writes as one locale does, amounts in one currency. The zero Writer is
// that of Default without a currency, whose amounts have two decimals and no
// symbol.
type Writer struct {
	tag, currency string
}

// New is the writer of a locale, empty for Default, and an ISO 4217 currency,
// which may be empty: Invalid for a locale that there is not.
func New(tag, currency string) (Writer, error) {
	return Writer{tag, currency}, Check(tag)
}

func (w Writer) rules() rules {
	if r, ok := table[w.tag]; ok {
		return r
	}
	return english
}

// In is the writer of the same locale for another currency.
func (w Writer) In(currency string) Writer { return Writer{w.tag, currency} }

// Currency is the ISO 4217 code of the amounts; empty without one.
func (w Writer) Currency() string { return w.currency }

// Symbol is what stands beside the amounts: a sign, or the currency's code.
func (w Writer) Symbol() string {
	return cmp.Or(w.rules().own[w.currency], symbols[w.currency], w.currency)
}

// Unit is how many minor units one of the currency has.
func (w Writer) Unit() int64 { return Unit(w.currency) }

// Number writes a whole number: 12345 as 12,345, with a true minus sign.
func (w Writer) Number(n int64) string {
	return w.signs(strconv.FormatInt(n, 10))
}

// Decimal writes a number with so many decimals; what is no number is a dash.
func (w Writer) Decimal(decimals int, v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	return w.signs(strconv.FormatFloat(v+0, 'f', decimals, 64)) // −0 + 0 is 0
}

// Shortest writes a number with at most so many decimals.
func (w Writer) Shortest(decimals int, v float64) string {
	scale := math.Pow10(decimals)
	if rounded := math.Round(v*scale) / scale; !math.IsInf(rounded, 0) {
		v = rounded
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	return w.signs(strconv.FormatFloat(v+0, 'f', -1, 64))
}

// signs puts the locale's signs into plain digits.
func (w Writer) signs(plain string) string {
	r := w.rules()
	minus := ""
	if plain[0] == '-' {
		plain = plain[1:]
		if strings.Trim(plain, "0.") != "" {
			minus = "−"
		}
	}
	whole, fraction, has := strings.Cut(plain, ".")
	least := 4
	if r.few {
		least = 5
	}
	if len(whole) >= least {
		for at := len(whole) - 3; at > 0; at -= 3 {
			whole = whole[:at] + r.group + whole[at:]
		}
	}
	if has {
		whole += r.decimal + fraction
	}
	return minus + whole
}

// Money writes an amount in whole units of the currency.
func (w Writer) Money(minor int64) string {
	unit := w.Unit()
	whole := minor / unit
	if rest := minor % unit; 2*rest >= unit { // halves go away from zero
		whole++
	} else if -2*rest >= unit {
		whole--
	}
	return w.priced(w.Number(whole))
}

// Exact writes an amount to the minor unit, without decimals that say nothing.
func (w Writer) Exact(minor int64) string {
	unit := w.Unit()
	if minor%unit == 0 {
		return w.Money(minor)
	}
	fraction := strconv.FormatUint(magnitude(minor)%uint64(unit), 10)
	fraction = strings.Repeat("0", Digits(w.currency)-len(fraction)) + fraction
	sign := ""
	if minor < 0 {
		sign = "-"
	}
	return w.priced(w.signs(sign + strconv.FormatUint(magnitude(minor)/uint64(unit), 10) + "." + fraction))
}

// Plain writes an amount for files: digits, a point and all the currency's
// decimals, whatever the locale.
func (w Writer) Plain(minor int64) string {
	decimals := Digits(w.currency)
	digits := fmt.Sprintf("%0*d", decimals+1, magnitude(minor))
	whole, fraction := digits[:len(digits)-decimals], digits[len(digits)-decimals:]
	if fraction != "" {
		whole += "." + fraction
	}
	if minor < 0 {
		return "-" + whole
	}
	return whole
}

// magnitude is the absolute value of any amount.
func magnitude(n int64) uint64 {
	if n < 0 {
		return uint64(-(n + 1)) + 1
	}
	return uint64(n)
}

// priced puts the currency beside a number.
func (w Writer) priced(number string) string {
	r := w.rules()
	symbol := w.Symbol()
	code := symbol == w.currency
	bare, negative := strings.CutPrefix(number, "−")
	minus := ""
	if negative {
		minus = "−"
	}
	switch {
	case symbol == "":
		return number
	case r.after:
		return number + solid + symbol
	case code || r.apart:
		return minus + symbol + solid + bare
	}
	return minus + symbol + bare
}

// Date writes the day of an instant, in the zone it is in.
func (w Writer) Date(t time.Time) string { return t.Format(w.rules().date) }

// LongDate is Date as a letter has it: with the whole month where it has a name.
func (w Writer) LongDate(t time.Time) string { return t.Format(cmp.Or(w.rules().long, w.rules().date)) }

// Month writes the month of an instant and its year.
func (w Writer) Month(t time.Time) string { return t.Format(w.rules().month) }

// DateClock writes an instant to the minute.
func (w Writer) DateClock(t time.Time) string {
	return t.Format(w.rules().date + ", " + w.rules().clock)
}

// Day writes a day of the year with its weekday.
func (w Writer) Day(t time.Time) string { return t.Format("Mon " + w.rules().day) }

// DayClock is Day to the minute.
func (w Writer) DayClock(t time.Time) string {
	return t.Format("Mon " + w.rules().day + ", " + w.rules().clock)
}

// Clock writes the time of day.
func (w Writer) Clock(t time.Time) string { return t.Format(w.rules().clock) }

// most is the largest amount that people type, in whole units.
var most = big.NewRat(1e12, 1)

// Minor reads an amount that somebody typed, such as 20, 1,250 or 20.50, as
// minor units: Invalid for what is no amount of 0 or more, or is finer than the
// currency. Decimals are set off by the locale's sign or a point, thousands
// grouped by the locale's sign or a space.
func (w Writer) Minor(typed string) (int64, error) {
	plain := strings.NewReplacer(" ", "", solid, "", narrow, "", "’", "'").Replace(strings.TrimSpace(typed))
	r := w.rules()
	if grouped := strings.Split(plain, r.group); r.group != solid && r.group != narrow && threes(grouped, r.decimal) {
		plain = strings.Join(grouped, "")
	}
	plain = strings.Replace(plain, r.decimal, ".", 1)
	amount, ok := new(big.Rat).SetString(plain)
	if !ok || strings.Trim(plain, "0123456789.") != "" || amount.Cmp(most) > 0 {
		return 0, fault.New(fault.Invalid, "%q is no amount: write it like %s", typed, w.signs("1250"))
	}
	if amount.Mul(amount, big.NewRat(w.Unit(), 1)); !amount.IsInt() {
		return 0, fault.New(fault.Invalid, "%s is finer than %s goes: its smallest unit is 1/%d", typed, w.currency, w.Unit())
	}
	return amount.Num().Int64(), nil
}

// threes says whether what group signs separate are groups of three digits
// after a first of one to three, so that 20.50 where a point groups is no
// thousands.
func threes(parts []string, decimal string) bool {
	for i, p := range parts {
		if i == len(parts)-1 {
			p, _, _ = strings.Cut(p, decimal)
		}
		if (i > 0 && len(p) != 3) || (i == 0 && len(parts) > 1 && (p == "" || len(p) > 3)) {
			return false
		}
	}
	return true
}
