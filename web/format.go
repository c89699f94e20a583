package web

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"holdfast/internal/locale"
	"holdfast/interventions"
)

// format writes numbers, money and times the way the business does.
type format struct {
	locale.Writer
	zone *time.Location
}

func newFormat(b Business) format { return format{b.Writer, b.Zone} }

// number writes 12345 as 12,345.
func (f format) number(n int) string { return f.Number(int64(n)) }

// money writes an amount in whole units, and one below two to the minor unit:
// nothing shows as £0 that is not.
func (f format) money(minor int64) string {
	if least := 2 * f.Unit(); -least < minor && minor < least {
		return f.Exact(minor)
	}
	return f.Money(minor)
}

// exact writes an amount to the minor unit.
func (f format) exact(minor int64) string { return f.Exact(minor) }

// worth writes an expected worth, given in minor units with a fraction.
func (f format) worth(minor float64) string { return f.money(int64(math.Round(minor))) }

// percent writes 0.1834 as 18 %; small shares keep a digit.
func (f format) percent(p float64) string {
	switch {
	case math.IsNaN(p):
		return "–"
	case p != 0 && math.Abs(p) < 0.1:
		return f.Decimal(1, 100*p) + " %"
	}
	return f.Decimal(0, 100*p) + " %"
}

// points writes a difference of rates in percentage points.
func (f format) points(p float64) string {
	if s := f.Decimal(1, 100*p); p <= 0 || s == f.Decimal(1, 0) {
		return s
	}
	return "+" + f.Decimal(1, 100*p)
}

func (f format) date(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return f.Date(t.In(f.zone))
}

func (f format) clock(t time.Time) string { return f.Clock(t.In(f.zone)) }

// day says a date beside now: a word for today, tomorrow and yesterday, and
// whether any other is of this year.
func day(t, now time.Time, zone *time.Location) (word string, thisYear bool) {
	l, n := t.In(zone), now.In(zone)
	switch l.Format(time.DateOnly) {
	case n.Format(time.DateOnly):
		return "today", true
	case n.AddDate(0, 0, 1).Format(time.DateOnly):
		return "tomorrow", true
	case n.AddDate(0, 0, -1).Format(time.DateOnly):
		return "yesterday", true
	}
	return "", l.Year() == n.Year()
}

func (f format) plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return f.number(n) + " " + what + "s"
}

// workTime writes minutes of work: 46 h, 1.5 h or 35 min.
func (f format) workTime(minutes float64) string {
	switch {
	case minutes < 90:
		return f.number(int(minutes+.5)) + " min"
	case minutes < 600:
		return f.Decimal(1, minutes/60) + " h"
	}
	return f.number(int(minutes/60+.5)) + " h"
}

// took writes a duration shortly.
func (f format) took(d time.Duration) string {
	switch {
	case d < 0:
		return "–"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return f.Decimal(1, d.Seconds()) + " s"
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
	return capital(strings.ReplaceAll(s, "callback", "call-back"))
}

// capital begins a text with a capital letter.
func capital(s string) string {
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
