package web

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"holdfast/interventions"
)

// format writes numbers, money and times the way the business does.
type format struct {
	symbol string // before the amount
	unit   int64  // minor units in one
	zone   *time.Location
}

// MinorUnits is how many minor units one of a currency has: 100, or 1 for those
// without a smaller coin.
func MinorUnits(currency string) int64 {
	switch currency {
	case "JPY", "KRW", "VND", "CLP", "ISK":
		return 1
	}
	return 100
}

func newFormat(b Business) format {
	f := format{symbol: b.Currency + " ", unit: MinorUnits(b.Currency), zone: b.Zone}
	switch b.Currency {
	case "EUR":
		f.symbol = "€"
	case "GBP":
		f.symbol = "£"
	case "USD":
		f.symbol = "$"
	case "JPY":
		f.symbol = "¥"
	}
	return f
}

// number writes 12345 as 12,345.
func number[N ~int | ~int64](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// money writes an amount in whole units.
func (f format) money(minor int64) string {
	whole := (minor + f.unit/2) / f.unit
	if minor < 0 {
		whole = -((-minor + f.unit/2) / f.unit)
	}
	return strings.Replace(f.symbol+number(whole), f.symbol+"−", "−"+f.symbol, 1)
}

// exact writes an amount to the minor unit.
func (f format) exact(minor int64) string {
	if f.unit == 1 || minor%f.unit == 0 {
		return f.money(minor)
	}
	sign := ""
	if minor < 0 {
		sign, minor = "−", -minor
	}
	return fmt.Sprintf("%s%s%s.%02d", sign, f.symbol, number(minor/f.unit), minor%f.unit)
}

// worth writes an expected worth, given in minor units with a fraction.
func (f format) worth(minor float64) string { return f.money(int64(math.Round(minor))) }

// percent writes 0.1834 as 18 %; small shares keep a digit.
func percent(p float64) string {
	switch {
	case math.IsNaN(p):
		return "–"
	case p != 0 && math.Abs(p) < 0.1:
		return strings.Replace(strconv.FormatFloat(100*p, 'f', 1, 64), "-", "−", 1) + " %"
	}
	return strings.Replace(strconv.FormatFloat(100*p, 'f', 0, 64), "-", "−", 1) + " %"
}

// points writes a difference of rates in percentage points.
func points(p float64) string {
	s := strconv.FormatFloat(100*p, 'f', 1, 64)
	switch {
	case s == "0.0" || s == "-0.0":
		return "0.0"
	case p > 0:
		return "+" + s
	}
	return "−" + s[1:]
}

func decimal(digits int, v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	return strings.Replace(strconv.FormatFloat(v, 'f', digits, 64), "-", "−", 1)
}

func (f format) date(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(f.zone).Format("2 Jan 2006")
}

func (f format) clock(t time.Time) string { return t.In(f.zone).Format("15:04") }

// day says a date beside now: a word for today, tomorrow and yesterday, or the
// layout of the date.
func day(t, now time.Time, zone *time.Location) (word, layout string) {
	l, n := t.In(zone), now.In(zone)
	switch l.Format(time.DateOnly) {
	case n.Format(time.DateOnly):
		return "today", ""
	case n.AddDate(0, 0, 1).Format(time.DateOnly):
		return "tomorrow", ""
	case n.AddDate(0, 0, -1).Format(time.DateOnly):
		return "yesterday", ""
	}
	if l.Year() == n.Year() {
		return "", "Mon 2 Jan"
	}
	return "", "2 Jan 2006"
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return number(n) + " " + what + "s"
}

// workTime writes minutes of work: 46 h, 1.5 h or 35 min.
func workTime(minutes float64) string {
	switch {
	case minutes < 90:
		return number(int(minutes+.5)) + " min"
	case minutes < 600:
		return strconv.FormatFloat(minutes/60, 'f', 1, 64) + " h"
	}
	return number(int(minutes/60+.5)) + " h"
}

// took writes a duration shortly.
func took(d time.Duration) string {
	switch {
	case d < 0:
		return "–"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

// tenure is how long a customer has been with us, in one unit.
func tenure(days int) (n int, unit string) {
	switch {
	case days < 60:
		return max(days, 0), "day"
	case days < 730:
		return days / 30, "month"
	}
	return int(float64(days) / 365.25), "year"
}

// words turns a code into a phrase: service_failure → Service failure.
func words[S ~string](code S) string {
	s := strings.ReplaceAll(strings.ReplaceAll(string(code), "_", " "), "-", " ")
	s = strings.ReplaceAll(s, "callback", "call-back")
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// lower is words without the capital, for the middle of a sentence.
func lower[S ~string](code S) string {
	return strings.NewReplacer("_", " ", "callback", "call-back").Replace(string(code))
}

// disposition is what came of a contact, for the middle of a sentence.
func disposition[S ~string](d S) string {
	m, err := interventions.MeaningOf(interventions.Disposition(d))
	if err != nil {
		return lower(d) // of other systems
	}
	return strings.ToLower(m.Text[:1]) + m.Text[1:]
}

// gateWords say why a gate is closed; they follow "because".
var gateWords = map[interventions.Gate]string{
	interventions.GateDeceased:     "the customer has died",
	interventions.GateLeft:         "the customer has left",
	interventions.GateOptOut:       "the customer wants no contact at all",
	interventions.GateDoNotCall:    "the customer wants no calls",
	interventions.GateVulnerable:   "the customer is marked vulnerable",
	interventions.GateDispute:      "there is a dispute",
	interventions.GateConsent:      "there is no consent",
	interventions.GateIssue:        "a service issue is open",
	interventions.GateContactPoint: "there is no way to reach them",
	interventions.GateOpenWork:     "this work is open, or was begun in this episode",
	interventions.GateThanked:      "they were thanked already",
	interventions.GatePromise:      "a promise or call-back is pending",
	interventions.GateHousehold:    "the household is contacted today",
	interventions.GateCoolOff:      "the last contact is too recent",
	interventions.GateCap:          "they were contacted often enough",
	interventions.GateWindow:       "it is outside calling hours",
	interventions.GateOfferHeld:    "they have the offer already",
	interventions.GateAfford:       "the offer is beyond their limit",
	interventions.GateExcluded:     "a manager asked to leave them alone",
	interventions.GateProfiling:    "they object to being profiled",
	interventions.GateRecognition:  "they want no thank-you",
}

// gate says what a closed gate means. The one that would tell an arm has the
// same words as everything below the line (R7).
func gate(g interventions.Gate) string {
	if w, ok := gateWords[g]; ok {
		return w
	}
	return interventions.NotOnList
}

// notContacted says in public words why a customer is not contacted; empty
// for one who is.
func notContacted(result interventions.Result, reason string) string {
	switch result {
	case interventions.ResultTreat, "":
		return ""
	case interventions.ResultOut:
		return "out of the population: " + lower(reason)
	case interventions.ResultBlocked:
		return gate(interventions.Gate(reason))
	case interventions.ResultNoTreatment:
		return "no treatment fits"
	}
	return interventions.NotOnList
}

// mebibytes writes a size of memory.
func mebibytes(bytes int64) string { return strconv.FormatInt((bytes+1<<19)>>20, 10) + " MiB" }
