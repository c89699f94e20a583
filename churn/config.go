package churn

import (
	"strings"

	"holdfast/internal/fault"
)

// Kind is the kind of leaving that a definition is about.
type Kind string

// The kinds of leaving: the end of a contract, or silence.
const (
	Contract Kind = "contract"
	Lapse    Kind = "lapse"
)

// Exit kinds, as a subscription's end names them.
const (
	Voluntary   = "voluntary"   // chose to leave
	Involuntary = "involuntary" // payment failed
	Unavoidable = "unavoidable" // moved, died, closed
)

// Config defines leaving, the window in which it counts, and who can leave.
type Config struct {
	Kind         Kind       `yaml:"kind"`
	GraceDays    int        `yaml:"grace_days"`     // days after an end in which a new contract undoes it; days waited before an outcome is final
	LeadTimeDays int        `yaml:"lead_time_days"` // from as-of to the start of the outcome window
	HorizonDays  int        `yaml:"horizon_days"`   // length of the outcome window; for lapse 0 stands for silence_days
	SilenceDays  int        `yaml:"silence_days"`   // lapse: silence of this length is leaving
	Activity     []string   `yaml:"activity"`       // event kinds that end a silence
	Rhythm       Rhythm     `yaml:"rhythm"`         // lapse: silence by the customer's own rhythm
	Exits        []string   `yaml:"exits"`          // contract: kinds of end that count as leaving
	Population   Population `yaml:"population"`
}

// Population says who can leave.
type Population struct {
	ActiveWithinDays int `yaml:"active_within_days"` // an activity event in this many days before as-of; 0 asks for none (contract) or stands for the silence itself (lapse)
	MinTenureDays    int `yaml:"min_tenure_days"`
	MinEvents        int `yaml:"min_events"` // activity events ever
}

// Default is silence of 90 days among those who bought within 90.
func Default() Config {
	return Config{
		Kind: Lapse, SilenceDays: 90, Activity: []string{"purchase"}, Exits: []string{Voluntary},
		Rhythm: Rhythm{MinDays: 14, MaxDays: 180, MinActiveDays: 4},
	}
}

// horizonDays is the length of the outcome window; of the longest where every
// customer has their own.
func (c Config) horizonDays() int {
	if c.Kind == Lapse && c.Rhythm.Times > 0 {
		return c.Rhythm.MaxDays
	}
	if c.Kind == Lapse && c.HorizonDays == 0 {
		return c.SilenceDays
	}
	return c.HorizonDays
}

// Validate names the first field that cannot be used and says what to do.
func (c Config) Validate() error {
	for _, f := range []struct {
		name string
		days int
	}{
		{"grace_days", c.GraceDays},
		{"lead_time_days", c.LeadTimeDays},
		{"horizon_days", c.HorizonDays},
		{"silence_days", c.SilenceDays},
		{"population.active_within_days", c.Population.ActiveWithinDays},
		{"population.min_tenure_days", c.Population.MinTenureDays},
		{"population.min_events", c.Population.MinEvents},
	} {
		if f.days < 0 || f.days > 36500 {
			return fault.New(fault.Invalid, "%s is %d; give a number from 0 to 36500", f.name, f.days)
		}
	}
	if err := c.Rhythm.validate(c); err != nil {
		return err
	}
	switch c.Kind {
	case Lapse:
		return c.validateLapse()
	case Contract:
		return c.validateContract()
	}
	return fault.New(fault.Invalid, "kind is %q; write contract or lapse", c.Kind)
}

func (c Config) validateLapse() error {
	if c.SilenceDays == 0 {
		return fault.New(fault.Invalid, "silence_days is missing; say how many days of silence are a lapse")
	}
	if c.HorizonDays != 0 && (c.HorizonDays != c.SilenceDays || c.Rhythm.Times > 0) {
		return fault.New(fault.Invalid, "horizon_days is %d and silence_days %d; for a lapse the window is the silence: leave horizon_days out", c.HorizonDays, c.SilenceDays)
	}
	if len(c.Activity) == 0 {
		return fault.New(fault.Invalid, "activity is empty; name the event kinds that end a silence")
	}
	return nil
}

func (c Config) validateContract() error {
	if c.HorizonDays == 0 {
		return fault.New(fault.Invalid, "horizon_days is missing; say how long the outcome window is")
	}
	if len(c.Exits) == 0 {
		return fault.New(fault.Invalid, "exits is empty; name the kinds of end that count: voluntary, involuntary, unavoidable")
	}
	for _, e := range c.Exits {
		if e != Voluntary && e != Involuntary && e != Unavoidable {
			return fault.New(fault.Invalid, "exits has %q; the kinds of end are voluntary, involuntary and unavoidable", e)
		}
	}
	if len(c.Activity) == 0 && (c.Population.ActiveWithinDays > 0 || c.Population.MinEvents > 0) {
		return fault.New(fault.Invalid, "activity is empty; population.active_within_days and population.min_events need the event kinds they are about")
	}
	return nil
}

// words joins event kinds for a person: "purchase or visit".
func words(kinds []string) string {
	readable := make([]string, len(kinds))
	for i, k := range kinds {
		readable[i] = strings.ReplaceAll(k, "_", " ")
	}
	if len(readable) > 3 {
		return "activity"
	}
	return strings.Join(readable, " or ")
}
