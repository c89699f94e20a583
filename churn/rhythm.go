package churn

import (
	"fmt"
	"math"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// Rhythm makes a lapse of each customer's own rhythm: silence of so many times
// their usual gap between days with activity. Times 0 leaves it at silence_days
// for everybody.
type Rhythm struct {
	Times         float64 `yaml:"times"`           // silence of so many times the usual gap is leaving
	MinDays       int     `yaml:"min_days"`        // no silence is shorter
	MaxDays       int     `yaml:"max_days"`        // nor longer: also the outcome window of all customers together
	MinActiveDays int     `yaml:"min_active_days"` // days with activity before there is a rhythm; until then silence_days
}

func (r Rhythm) validate(c Config) error {
	switch {
	case r.Times == 0:
		return nil
	case c.Kind == Contract:
		return fault.New(fault.Invalid, "rhythm.times is %g and kind is contract; a rhythm is of those who leave by silence: leave rhythm out", r.Times)
	case !(r.Times >= 1 && r.Times <= 100):
		return fault.New(fault.Invalid, "rhythm.times is %g; give a number from 1 to 100: a silence below the usual gap is none", r.Times)
	case r.MinDays < 1 || r.MinDays > c.SilenceDays:
		return fault.New(fault.Invalid, "rhythm.min_days is %d; give a number from 1 to silence_days, %d", r.MinDays, c.SilenceDays)
	case r.MaxDays < c.SilenceDays || r.MaxDays > 36500:
		return fault.New(fault.Invalid, "rhythm.max_days is %d; give a number from silence_days, %d, to 36500", r.MaxDays, c.SilenceDays)
	case r.MinActiveDays < 2 || r.MinActiveDays > 1000:
		return fault.New(fault.Invalid, "rhythm.min_active_days is %d; give a number from 2 to 1000: a gap lies between two days", r.MinActiveDays)
	}
	return nil
}

// OwnRhythm says in words what leaving is where every customer has a window of their
// own ("no purchase for 3 times their usual gap, 14 to 180 days"); empty elsewhere.
func (d *Definition) OwnRhythm() string {
	r := d.cfg.Rhythm
	if r.Times == 0 {
		return ""
	}
	return fmt.Sprintf("no %s for %g times their usual gap, %d to %d days", words(d.cfg.Activity), r.Times, r.MinDays, r.MaxDays)
}

// SilenceDays returns how many days of silence are a lapse of this customer, as
// known at v's as-of: nothing that happens or is learned later changes it.
func (d *Definition) SilenceDays(v history.View) int {
	return d.silenceOf(v.Occurred(), v.Kinds(), v.AsOf().UnixMicro()-1)
}

// silenceOf is SilenceDays after these events, days counted back from end,
// in microseconds.
func (d *Definition) silenceOf(occurred []int64, kinds []uint16, end int64) int {
	r := d.cfg.Rhythm
	if r.Times == 0 {
		return d.cfg.SilenceDays
	}
	days, first, last := d.activeDays(occurred, kinds, end)
	if days < r.MinActiveDays {
		return d.cfg.SilenceDays
	}
	usual := float64(first-last) / float64(days-1)
	return int(min(max(math.Ceil(r.Times*usual), float64(r.MinDays)), float64(r.MaxDays)))
}

// activeDays counts days with activity, and how many whole days before end the
// first and the last were.
func (d *Definition) activeDays(occurred []int64, kinds []uint16, end int64) (days int, first, last int64) {
	const day = int64(24 * time.Hour / time.Microsecond)
	for i, at := range occurred {
		if !d.isActivity(kinds[i]) {
			continue
		}
		ago := (end - at) / day
		if days == 0 {
			first = ago
		}
		if days == 0 || ago != last {
			days, last = days+1, ago
		}
	}
	return days, first, last
}
