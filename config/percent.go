package config

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// marginRates is the one section whose shares are whole numbers.
const marginRates = "value.margin_rates."

// instead says what to write for a scalar that does not fit: for a percentage,
// and for a share where parts per ten thousand belong, the same number as it
// is written there.
func instead(t reflect.Type, path, value string) string {
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
		return fmt.Sprintf("%.0f, which is %g %% in parts per ten thousand", n*10_000, round(n*100))
	case percent && t.Kind() == reflect.Float64:
		return fmt.Sprintf("%g, which is %g %% as a share", round(n), round(n*100))
	}
	return wanted(t)
}

// round leaves out what dividing by a hundred adds.
func round(x float64) float64 { return math.Round(x*1e9) / 1e9 }
