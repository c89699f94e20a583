package main

import (
	"testing"

	"holdfast/internal/fault"
	"holdfast/internal/locale"
)

func TestCeilingsGoByTheCurrency(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		typed, currency string
		want            int64
	}{{"", "EUR", 0}, {"20", "EUR", 2000}, {"20.50", "GBP", 2050}, {"0.29", "USD", 29}, {"20", "JPY", 20}, {"5000", "KRW", 5000}, {"1.005", "KWD", 1005}} {
		if got, err := ceilingOf(writer(t, tc.currency), tc.typed); got != tc.want || err != nil {
			t.Errorf("%s %s: %d, %v; want %d", tc.typed, tc.currency, got, err, tc.want)
		}
	}
	for typed, currency := range map[string]string{"-1": "EUR", "20.505": "EUR", "20.5": "JPY", "1/2": "EUR", "1e3": "EUR", "twenty": "EUR", "9999999999999": "EUR", "1.0005": "KWD"} {
		if got, err := ceilingOf(writer(t, currency), typed); fault.Of(err) != fault.Invalid {
			t.Errorf("%s %s became %d, %v", typed, currency, got, err)
		}
	}
}

func writer(t *testing.T, currency string) locale.Writer {
	t.Helper()
	w, err := locale.New("", currency)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
