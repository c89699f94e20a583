package config

import (
	"math"
	"reflect"
	"strconv"
	"strings"

	"holdfast/internal/fault"
)

// marginRates is the one section whose shares are whole numbers.
const marginRates = "value.margin_rates."

// instead says what to write for a scalar that does not fit: for a percentage,
// and for a share where parts per ten thousand belong, the same number as it
// is written there.
func instead(t reflect.Type, path, value string) error {
	number, percent := strings.CutSuffix(strings.TrimSpace(value), "%")
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return wanted(t)
	}
	if percent {
		n /= 100
	}
	switch {
	case strings.HasPrefix(path, marginRates) && math.Abs(n) <= 1:
		return fault.New(fault.Invalid, "%s, which is %s %% in parts per ten thousand", plain(math.Round(n*10_000)), plain(n*100))
	case percent && t.Kind() == reflect.Float64:
		return fault.New(fault.Invalid, "%s, which is %s %% as a share", plain(n), plain(n*100))
	}
	return wanted(t)
}

// plain writes a number without what dividing by a hundred adds to it.
func plain(x float64) string { return strconv.FormatFloat(math.Round(x*1e9)/1e9, 'f', -1, 64) }
