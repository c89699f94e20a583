package features

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
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
// the column of that name, each in its unit. Alternatives separated by | are
// for 0 and all else, for 0, 1 and all else, or for 0, 1, all else and what is
// below 0, shown without its sign. A part after a semicolon is left
// out when a value in it is missing.
func Describe(c Column, value float64, row []float64, s Schema) string {
	if math.IsNaN(value) {
		return capital(spaced(c.Name)) + " is not known"
	}
	shown := format(c, value)
	var said []string
	template := choose(c.Sentence, shown)
	if strings.Count(c.Sentence, "|") == 3 {
		shown = strings.TrimPrefix(shown, "-") // the template says which way
	}
	for i, part := range strings.Split(template, ";") {
		text, ok := render(strings.TrimSpace(part), shown, row, s)
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
	case last == 3 && !strings.HasPrefix(shown, "-"):
		return alternatives[2]
	}
	return alternatives[last]
}

// render fills in the names in braces; it is not ok when one is missing.
func render(template, shown string, row []float64, s Schema) (text string, ok bool) {
	var b strings.Builder
	ok = true
	for {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			return b.String(), ok
		}
		name, after, _ := strings.Cut(rest, "}")
		template = after
		if name == "value" {
			b.WriteString(shown)
			continue
		}
		at := s.Index(name)
		if at < 0 || at >= len(row) || math.IsNaN(row[at]) {
			b.WriteString("an unknown number of")
			ok = false
			continue
		}
		b.WriteString(format(s.Columns[at], row[at]))
	}
}

// format writes a value in its column's unit.
func format(c Column, x float64) string {
	if c.Kind == Categorical {
		if i := int(x); i >= 0 && i < len(c.Levels) {
			return c.Levels[i]
		}
		return "other"
	}
	switch c.Unit {
	case unitDays, unitMonths, unitEvents, unitContracts, unitCode:
		return grouped(strconv.FormatFloat(zeroed(math.Round(x)), 'f', 0, 64))
	case unitShare:
		return signless(math.Round(100*x)) + " %"
	case unitTrend:
		return signed(math.Round(100*x)) + " %"
	case unitTimes:
		return strconv.FormatFloat(zeroed(math.Round(10*x)/10), 'f', -1, 64)
	}
	if currency, ok := strings.CutPrefix(c.Unit, unitMoney); ok {
		return money(x, strings.TrimSpace(currency))
	}
	return grouped(strconv.FormatFloat(zeroed(math.Round(100*x)/100), 'f', -1, 64))
}

func signless(x float64) string { return strconv.FormatFloat(zeroed(x), 'f', 0, 64) }

func signed(x float64) string {
	if x > 0 {
		return "+" + signless(x)
	}
	return signless(x)
}

// zeroed turns −0 into 0.
func zeroed(x float64) float64 { return x + 0 }

// money writes minor units in the currency's own decimals (ISO 4217).
func money(minor float64, currency string) string {
	decimals := 2
	switch currency {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF":
		decimals = 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		decimals = 3
	}
	scale := math.Pow10(decimals)
	amount := zeroed(math.Round(minor) / scale)
	return strings.TrimSpace(currency + " " + grouped(strconv.FormatFloat(amount, 'f', decimals, 64)))
}

// grouped separates thousands by commas.
func grouped(number string) string {
	sign := ""
	if strings.HasPrefix(number, "-") {
		sign, number = "-", number[1:]
	}
	whole, fraction, has := strings.Cut(number, ".")
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	if has {
		whole += "." + fraction
	}
	return sign + whole
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
