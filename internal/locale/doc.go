// Package locale writes amounts, numbers and dates as a business does, and
// reads the amounts that its people type.
//
// What: a Writer for one locale and one currency, and the decimals of each
// currency. Why: a reason, a page, a mail and a line in the terminal that name
// the same amount must name it alike. The sentences themselves are English, so
// that months with a name are English too; other locales write dates in digits.
// Rejected: golang.org/x/text, whose currency formatting knows neither where a
// locale puts the symbol nor how it writes dates; the few facts used here are
// in one table, checked against the Unicode CLDR.
package locale
