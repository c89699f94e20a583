package nightly

import (
	"time"

	"holdfast/internal/fault"
)

// Config says when the night runs and what holds it back.
type Config struct {
	At        string    `yaml:"at"`        // HH:MM in the business's time zone
	Days      []string  `yaml:"days"`      // mon … sun; empty is every day
	Checks    Checks    `yaml:"checks"`    // what holds a night
	Retention Retention `yaml:"retention"` // how long things are kept
	Deadline  string    `yaml:"feeds_due"` // HH:MM by which required feeds must be there
	// ReleaseBy is HH:MM by which the list must be released, the first after At;
	// empty is no deadline.
	ReleaseBy string `yaml:"release_by"`
	// ResolveMinutes is how often, in calling hours, the rest of the day is solved
	// again for the list that is worked; 0 only when hands change or it is asked for.
	ResolveMinutes int `yaml:"resolve_minutes"`
}

// Checks are the limits on the data and the list that hold a night for a person.
type Checks struct {
	MinRowsShare  float64 `yaml:"min_rows_share"`  // of a feed's usual rows
	MaxListGrowth float64 `yaml:"max_list_growth"` // times the released of the night before; 0 is off
	MinPopulation float64 `yaml:"min_population"`  // share of the population of the night before
	MaxShift      float64 `yaml:"max_shift"`       // PSI of the risks against those of the model's night before; 0 is off
}

// Retention says for how many days each kind is kept.
type Retention struct {
	ScoreDays     int `yaml:"score_days"`     // nights' full scores and decisions
	RejectionDays int `yaml:"rejection_days"` // rejected rows
	JobDays       int `yaml:"job_days"`       // finished jobs
	RosterDays    int `yaml:"roster_days"`    // what was said of agents' days, past the day
	DraftHours    int `yaml:"draft_hours"`    // unpublished imports and publications of crashed work
}

// Default returns the configuration used where nothing is said.
func Default() Config {
	return Config{
		At:        "02:00",
		Checks:    Checks{MinRowsShare: 0.6, MaxListGrowth: 3, MinPopulation: 0.7, MaxShift: 0.25},
		Retention: Retention{ScoreDays: 400, RejectionDays: 90, JobDays: 14, RosterDays: 400, DraftHours: 48},
		Deadline:  "04:00",

		ResolveMinutes: 60,
	}
}

// Validate refuses what cannot work, naming the field.
func (c Config) Validate() error {
	if _, err := time.Parse("15:04", c.At); err != nil {
		return fault.New(fault.Invalid, "at: %q is not a time of day such as 02:00", c.At)
	}
	if _, err := time.Parse("15:04", c.Deadline); err != nil {
		return fault.New(fault.Invalid, "feeds_due: %q is not a time of day such as 04:00", c.Deadline)
	}
	if _, err := time.Parse("15:04", c.ReleaseBy); err != nil && c.ReleaseBy != "" {
		return fault.New(fault.Invalid, "release_by: %q is not a time of day such as 07:00; leave it empty for no deadline", c.ReleaseBy)
	}
	if m := c.ResolveMinutes; m != 0 && (m < 5 || 60%m != 0) {
		return fault.New(fault.Invalid, "resolve_minutes: %d is not 5, 6, 10, 12, 15, 20, 30 or 60, nor 0 to plan the day again only when the roster changes or somebody asks", m)
	}
	for _, d := range c.Days {
		if !weekdays[d] {
			return fault.New(fault.Invalid, "days: %q is not a weekday; write mon, tue, wed, thu, fri, sat or sun", d)
		}
	}
	if c.Checks.MinRowsShare < 0 || c.Checks.MinRowsShare >= 1 {
		return fault.New(fault.Invalid, "checks.min_rows_share: %v is outside 0 to 1", c.Checks.MinRowsShare)
	}
	if c.Checks.MaxListGrowth != 0 && c.Checks.MaxListGrowth < 1 {
		return fault.New(fault.Invalid, "checks.max_list_growth: %v would hold every night; use 0 to switch it off", c.Checks.MaxListGrowth)
	}
	if !(c.Checks.MaxShift >= 0) {
		return fault.New(fault.Invalid, "checks.max_shift: %v would hold every night; use 0 to switch it off", c.Checks.MaxShift)
	}
	if c.Checks.MinPopulation < 0 || c.Checks.MinPopulation >= 1 {
		return fault.New(fault.Invalid, "checks.min_population: %v is outside 0 to 1", c.Checks.MinPopulation)
	}
	for _, f := range []struct {
		name string
		v    int
	}{
		{"retention.score_days", c.Retention.ScoreDays},
		{"retention.rejection_days", c.Retention.RejectionDays},
		{"retention.job_days", c.Retention.JobDays},
		{"retention.roster_days", c.Retention.RosterDays},
		{"retention.draft_hours", c.Retention.DraftHours},
	} {
		if f.v < 1 {
			return fault.New(fault.Invalid, "%s: %d must be at least 1", f.name, f.v)
		}
	}
	return nil
}

var weekdays = map[string]bool{"mon": true, "tue": true, "wed": true, "thu": true, "fri": true, "sat": true, "sun": true}
