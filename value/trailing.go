package value

import (
	"slices"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// Config gives the margin rate of each event kind, in parts per ten thousand of
// its amount: 3500 is 35 %. Kinds that are not named earn nothing.
type Config struct {
	MarginRates map[string]int `yaml:"margin_rates"`
}

// Default earns the whole amount of a purchase and loses that of a return.
func Default() Config {
	return Config{MarginRates: map[string]int{"purchase": perWhole, "return": perWhole}}
}

// perWhole is the rate at which all of an amount is margin.
const perWhole = 10_000

// Validate names the first rate that cannot be used.
func (c Config) Validate() error {
	kinds := make([]string, 0, len(c.MarginRates))
	for kind := range c.MarginRates {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		if r := c.MarginRates[kind]; r < -perWhole || r > perWhole {
			return fault.New(fault.Invalid, "margin_rates.%s is %d; give parts per ten thousand from -10000 to 10000", kind, r)
		}
	}
	return nil
}

// Margin turns amounts of event kinds into margin. Any number of goroutines
// may share it.
type Margin struct {
	rate  []int64  // by event kind code
	kinds []string // by event kind code
}

// New makes a Margin for a database's vocabulary.
func New(cfg Config, vocab history.Vocabulary) (*Margin, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	m := &Margin{rate: make([]int64, len(vocab.Kinds)), kinds: vocab.Kinds}
	for code, kind := range vocab.Kinds {
		m.rate[code] = int64(cfg.MarginRates[kind])
	}
	return m, nil
}

// Trailing returns the customer's margin over the twelve calendar months
// before as-of, in minor units: the events visible at as-of that occurred in
// [as-of − 1 year, as-of).
func (m *Margin) Trailing(v history.View) int64 {
	return m.Between(v, v.AsOf().AddDate(-1, 0, 0), v.AsOf())
}

// Between returns the margin of the visible events that occurred in [from, to),
// in minor units. The sum is exact and rounded once, half away from zero:
//
//	margin = round(Σ amount·rate / 10000)
func (m *Margin) Between(v history.View, from, to time.Time) int64 {
	occurred, kinds, amounts := v.Occurred(), v.Kinds(), v.Amounts()
	var whole, parts int64 // Σ amount·rate = 10000·whole + parts
	i, _ := slices.BinarySearch(occurred, from.UnixMicro())
	for end := to.UnixMicro(); i < len(occurred) && occurred[i] < end; i++ {
		if int(kinds[i]) >= len(m.rate) {
			continue
		}
		rate := m.rate[kinds[i]]
		whole += amounts[i] / perWhole * rate
		parts += amounts[i] % perWhole * rate
		whole += parts / perWhole
		parts %= perWhole
	}
	return round(whole, parts)
}

// round rounds whole + parts/10000, where |parts| < 10000, half away from zero.
func round(whole, parts int64) int64 {
	// 3 − 0.5 is 2.5 and rounds to 3: the signs decide on the whole number.
	switch {
	case whole > 0 && parts < 0:
		whole, parts = whole-1, parts+perWhole
	case whole < 0 && parts > 0:
		whole, parts = whole+1, parts-perWhole
	}
	switch {
	case parts >= perWhole/2:
		return whole + 1
	case parts <= -perWhole/2:
		return whole - 1
	}
	return whole
}
