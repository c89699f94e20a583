package scoring

import "holdfast/internal/fault"

// Config says where the bands of risk lie. Each band is entered at its upper
// threshold and left at its lower one, so that a customer near the line does
// not come and go.
type Config struct {
	HighEnter      float64 `yaml:"high_enter"`
	HighLeave      float64 `yaml:"high_leave"`
	MediumEnter    float64 `yaml:"medium_enter"`
	MediumLeave    float64 `yaml:"medium_leave"`
	EpisodeMaxDays int     `yaml:"episode_max_days"`
}

// Default returns the configuration used where nothing is said.
func Default() Config {
	return Config{HighEnter: 0.30, HighLeave: 0.25, MediumEnter: 0.15, MediumLeave: 0.12, EpisodeMaxDays: 180}
}

// Validate refuses thresholds out of order, naming the field.
func (c Config) Validate() error {
	if !(0 < c.MediumLeave && c.MediumLeave <= c.MediumEnter) {
		return fault.New(fault.Invalid, "medium_leave: %v must be above 0 and not above medium_enter %v", c.MediumLeave, c.MediumEnter)
	}
	if !(c.MediumEnter <= c.HighLeave && c.HighLeave <= c.HighEnter && c.HighEnter < 1) {
		return fault.New(fault.Invalid, "high_leave: %v must lie between medium_enter %v and high_enter %v, which must be below 1",
			c.HighLeave, c.MediumEnter, c.HighEnter)
	}
	if c.EpisodeMaxDays < 1 || c.EpisodeMaxDays > 3660 {
		return fault.New(fault.Invalid, "episode_max_days: %d is outside 1 to 3660", c.EpisodeMaxDays)
	}
	return nil
}

// band places a risk, given the band of the night before.
func (c Config) band(risk float64, before Band) Band {
	if risk >= c.HighEnter || (before == BandHigh && risk >= c.HighLeave) {
		return BandHigh
	}
	if risk >= c.MediumEnter || (before != BandLow && before != "" && risk >= c.MediumLeave) {
		return BandMedium
	}
	return BandLow
}
