package main

import (
	"testing"

	"holdfast/internal/fault"
)

func TestCeilingsGoByTheCurrency(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		typed, currency string
		want            int64
	}{{"", "EUR", 0}, {"20", "EUR", 2000}, {"20.50", "GBP", 2050}, {"0.29", "USD", 29}, {"20", "JPY", 20}, {"5000", "KRW", 5000}} {
		if got, err := minorOf(tc.typed, tc.currency); got != tc.want || err != nil {
			t.Errorf("%s %s: %d, %v; want %d", tc.typed, tc.currency, got, err, tc.want)
		}
	}
	for typed, currency := range map[string]string{"-1": "EUR", "20.505": "EUR", "20.5": "JPY", "1/2": "EUR", "1e3": "EUR", "twenty": "EUR", "9999999999999": "EUR"} {
		if got, err := minorOf(typed, currency); fault.Of(err) != fault.Invalid {
			t.Errorf("%s %s became %d, %v", typed, currency, got, err)
		}
	}
}
