package locale

import (
	"strings"

	"holdfast/internal/fault"
)

// Currency is the ISO 4217 code that was typed, in capitals; anything but three
// letters is refused.
func Currency(typed string) (string, error) {
	if len(typed) != 3 || strings.ContainsFunc(typed, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') }) {
		return "", fault.New(fault.Invalid, "%q is not a three-letter currency such as EUR", typed)
	}
	return strings.ToUpper(typed), nil
}

// digits are the decimals of the currencies that do not have two (ISO 4217,
// list one of 2024-06-25).
var digits = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0, "UYI": 0,
	"VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// Digits is how many decimals the amounts of a currency have: 2 for EUR, 0 for
// JPY, 3 for KWD.
func Digits(currency string) int {
	if d, ok := digits[currency]; ok {
		return d
	}
	return 2
}

// Unit is how many minor units one of a currency has: 100, 1 or 1000.
func Unit(currency string) int64 {
	unit := int64(1)
	for range Digits(currency) {
		unit *= 10
	}
	return unit
}

// symbols are of currencies that everybody knows by them, or that a locale
// calls its own.
var symbols = map[string]string{"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥"}
