package features

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"holdfast/internal/locale"
)

// Units of columns.
const (
	unitDays      = "days"
	unitMonths    = "months"
	unitEvents    = "events"
	unitContracts = "contracts"
	unitShare     = "share"
	unitTimes     = "times"
	unitTrend     = "trend"
	unitScore     = "score"
	unitQuantity  = "quantity"
	unitValue     = "value"
	unitCode      = "code"
	unitMoney     = "minor units" // followed by the currency, if there is one
)

func (e *Engine) moneyUnit() string {
	return strings.TrimSpace(unitMoney + " " + e.cfg.Currency)
}

// Describe puts one value of a row into words by its column's template:
// "No purchase for 74 days; usually every 21".
//
// In a template, {value} stands for the value and {name} for the row's value in
// the column of that name, each in its unit; in {name:one:several}, one is said
// where the number is 1 and several, with # for the number, elsewhere. Alternatives separated by | are
// for 0 and all else, for 0, 1 and all else, or for 0, 1, all else and what is
// below 0, shown without its sign. Numbers and amounts are written as w does. A part after a semicolon is left
// out when a value in it is missing.
func Describe(w locale.Writer, c Column, value float64, row []float64, s Schema) string {
	if math.IsNaN(value) {
		return capital(spaced(c.Name)) + " is not known"
	}
	shown := format(w, c, value)
	var said []string
	template := choose(c.Sentence, shown)
	if strings.Count(c.Sentence, "|") == 3 {
		shown = strings.TrimPrefix(shown, "−") // the template says which way
	}
	for i, part := range strings.Split(template, ";") {
		text, ok := render(w, strings.TrimSpace(part), shown, row, s)
		if ok || i == 0 {
			said = append(said, text)
		}
	}
	return oneDay.Replace(strings.Join(said, "; "))
}

// oneDay puts a single day in the singular, wherever a template has one.
var oneDay = strings.NewReplacer(" 1 days", " 1 day")

// choose picks the alternative of a template for a number as it is shown.
func choose(template, shown string) string {
	alternatives := strings.Split(template, "|")
	last := len(alternatives) - 1
	switch {
	case shown == "0":
		return alternatives[0]
	case shown == "1" && last >= 2:
		return alternatives[1]
	case last == 3 && !strings.HasPrefix(shown, "−"):
		return alternatives[2]
	}
	return alternatives[last]
}

// render fills in the names in braces; it is not ok when one is missing.
func render(w locale.Writer, template, shown string, row []float64, s Schema) (text string, ok bool) {
	var b strings.Builder
	ok = true
	for {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			return b.String(), ok
		}
		place, after, _ := strings.Cut(rest, "}")
		template = after
		name, forms, _ := strings.Cut(place, ":")
		if name == "value" {
			b.WriteString(counted(forms, shown))
			continue
		}
		at := s.Index(name)
		if at < 0 || at >= len(row) || math.IsNaN(row[at]) {
			b.WriteString("an unknown number of")
			ok = false
			continue
		}
		b.WriteString(counted(forms, format(w, s.Columns[at], row[at])))
	}
}

// counted says a number as it is shown by "one:several", or alone without these.
func counted(forms, shown string) string {
	one, several, ok := strings.Cut(forms, ":")
	switch {
	case !ok:
		return shown
	case shown == "1":
		return one
	}
	return strings.Replace(several, "#", shown, 1)
}

// format writes a value in its column's unit.
func format(w locale.Writer, c Column, x float64) string {
	if c.Kind == Categorical {
		if i := int(x); i >= 0 && i < len(c.Levels) {
			return c.Levels[i]
		}
		return "other"
	}
	switch c.Unit {
	case unitDays, unitMonths, unitEvents, unitContracts, unitCode:
		return w.Decimal(0, x)
	case unitShare:
		return w.Decimal(0, 100*x) + " %"
	case unitTrend:
		change := w.Decimal(0, 100*x) + " %"
		if x > 0 {
			return "+" + change
		}
		return change
	case unitTimes:
		return w.Shortest(1, x)
	case unitValue:
		if isYear(c.Name, x) {
			return strconv.Itoa(int(x))
		}
	}
	if currency, ok := strings.CutPrefix(c.Unit, unitMoney); ok {
		return w.In(strings.TrimSpace(currency)).Exact(int64(math.Round(x)))
	}
	return w.Shortest(2, x)
}

// isYear says whether the value of an attribute is a calendar year, which has no
// sign for thousands.
func isYear(name string, x float64) bool {
	return slices.Contains(strings.Split(name, "_"), "year") && x == math.Trunc(x) && x >= 1000 && x < 10000
}

// capital makes the first letter a capital.
func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[size:]
}

// spaced turns a name into words.
func spaced(name string) string { return strings.ReplaceAll(name, "_", " ") }
