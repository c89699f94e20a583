package locale

import (
	"maps"
	"slices"
	"strings"

	"holdfast/internal/fault"
)

// Default is the locale of a business that names none.
const Default = "en-GB"

// rules are how a locale writes. Layouts are those of package time.
type rules struct {
	decimal, group string
	few            bool              // four digits are not grouped
	after          bool              // the currency stands after the amount
	apart          bool              // a space stands between the amount and a symbol before it
	own            map[string]string // symbols that only this locale uses
	date           string            // a day of a year
	long           string            // the same in a letter; empty is date
	month          string            // a month of a year
	day            string            // a day, beside its weekday
	clock          string
}

const (
	narrow = "\u202f" // narrow no-break space
	solid  = "\u00a0" // no-break space
)

// table is Unicode CLDR 48 (decimals, groups, place and symbol of the currency,
// order and signs of dates), with days and months of two digits throughout.
var table = map[string]rules{
	"cs-CZ": {decimal: ",", group: solid, after: true, own: map[string]string{"CZK": "Kč"}, date: "02.01.2006", month: "01/2006", day: "02.01.", clock: "15:04"},
	"da-DK": {decimal: ",", group: ".", after: true, own: map[string]string{"DKK": "kr."}, date: "02.01.2006", month: "01.2006", day: "02.01.", clock: "15.04"},
	"de-CH": {decimal: ".", group: "'", apart: true, date: "02.01.2006", month: "01/2006", day: "02.01.", clock: "15:04"},
	"de-DE": {decimal: ",", group: ".", after: true, date: "02.01.2006", month: "01/2006", day: "02.01.", clock: "15:04"},
	"en-GB": {decimal: ".", group: ",", date: "2 Jan 2006", long: "2 January 2006", month: "January 2006", day: "2 Jan", clock: "15:04"},
	"en-IE": {decimal: ".", group: ",", date: "2 Jan 2006", long: "2 January 2006", month: "January 2006", day: "2 Jan", clock: "15:04"},
	"en-US": {decimal: ".", group: ",", date: "Jan 2, 2006", long: "January 2, 2006", month: "January 2006", day: "Jan 2", clock: "3:04 PM"},
	"es-ES": {decimal: ",", group: ".", few: true, after: true, date: "02/01/2006", month: "01/2006", day: "02/01", clock: "15:04"},
	"fi-FI": {decimal: ",", group: solid, after: true, date: "02.01.2006", month: "01/2006", day: "02.01.", clock: "15.04"},
	"fr-FR": {decimal: ",", group: narrow, after: true, date: "02/01/2006", month: "01/2006", day: "02/01", clock: "15:04"},
	"it-IT": {decimal: ",", group: ".", few: true, after: true, date: "02/01/2006", month: "01/2006", day: "02/01", clock: "15:04"},
	"ja-JP": {decimal: ".", group: ",", date: "2006/01/02", month: "2006/01", day: "01/02", clock: "15:04"},
	"nb-NO": {decimal: ",", group: solid, after: true, own: map[string]string{"NOK": "kr"}, date: "02.01.2006", month: "01.2006", day: "02.01.", clock: "15:04"},
	"nl-NL": {decimal: ",", group: ".", apart: true, date: "02-01-2006", month: "01-2006", day: "02-01", clock: "15:04"},
	"pl-PL": {decimal: ",", group: solid, few: true, after: true, own: map[string]string{"PLN": "zł"}, date: "02.01.2006", month: "01.2006", day: "02.01", clock: "15:04"},
	"pt-PT": {decimal: ",", group: solid, few: true, after: true, date: "02/01/2006", month: "01/2006", day: "02/01", clock: "15:04"},
	"sv-SE": {decimal: ",", group: solid, after: true, own: map[string]string{"SEK": "kr"}, date: "2006-01-02", month: "2006-01", day: "01-02", clock: "15:04"},
}

var english = table[Default]

// Tags lists the locales there are, sorted.
func Tags() []string { return slices.Sorted(maps.Keys(table)) }

// Check refuses a locale that there is not, naming those there are.
func Check(tag string) error {
	if _, ok := table[tag]; tag != "" && !ok {
		return fault.New(fault.Invalid, "%q is no locale that is known here: choose of %s", tag, strings.Join(Tags(), ", "))
	}
	return nil
}
