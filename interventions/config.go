package interventions

import "holdfast/internal/locale"

// Config is the part of the configuration that says what may be done, what it
// costs, and how much is left to chance.
type Config struct {
	Treatments []Treatment   `yaml:"treatments"`
	Policy     ContactPolicy `yaml:"contact_policy"`
	Roster     Roster        `yaml:"roster"`
	Limits     Limits        `yaml:"limits"`
	Chance     Chance        `yaml:"chance"`
	Attempts   AttemptRules  `yaml:"attempts"`
	Tiers      []Tier        `yaml:"value_tiers"` // rising by From

	Directors []string `yaml:"directors"` // users who may override who is held back, with a reason

	// Protected are profile attributes that nothing may be decided by: neither
	// expressions nor models may use them; a comparison reports by them.
	Protected []string `yaml:"protected_attributes"`

	EpisodeDays       int    `yaml:"episode_days"`       // an episode ends after so many
	SegmentAttribute  string `yaml:"segment_attribute"`  // profile attribute that lists are filtered by
	ZoneAttribute     string `yaml:"zone_attribute"`     // profile attribute with an IANA time zone
	LanguageAttribute string `yaml:"language_attribute"` // profile attribute with a language

	Writer locale.Writer `yaml:"-" json:"-"` // of the business

	RecognitionAttribute string `yaml:"recognition_attribute"` // profile attribute that says no where a customer wants no thank-you
}

// ContactPolicy is what bounds all contact together.
type ContactPolicy struct {
	Caps        []Cap               `yaml:"caps"`
	CoolOffDays int                 `yaml:"cool_off_days"` // after any contact, in either direction
	Windows     map[string][]string `yaml:"windows"`       // weekday to spans such as "09:00-20:00", where the customer is
	Holidays    []string            `yaml:"holidays"`      // dates without calls
	Consent     ConsentRules        `yaml:"consent"`
	Windowed    []Channel           `yaml:"windowed"` // channels that the windows bind; the others may go at any hour
}

// ConsentRules names what needs an explicit yes; everything else needs the
// absence of a no.
type ConsentRules struct {
	Required []ConsentKey `yaml:"required"`
}

// ConsentKey is a purpose and a channel; an empty one stands for all.
type ConsentKey struct {
	Purpose Purpose `yaml:"purpose"`
	Channel Channel `yaml:"channel"`
}

// Cap bounds the contacts of a household in a window. Empty purpose or channel
// counts all of them.
type Cap struct {
	Purpose Purpose `yaml:"purpose"`
	Channel Channel `yaml:"channel"`
	Max     int     `yaml:"max"`
	Days    int     `yaml:"days"`
}

// Roster says how many minutes of agents a day has.
type Roster struct {
	Agents  int            `yaml:"agents"`
	Minutes map[string]int `yaml:"minutes"` // per agent, by weekday
	Inbound float64        `yaml:"inbound"` // share kept free for customers who ring
	Skills  map[string]int `yaml:"skills"`  // of the agents, those who have a skill; a skill not named is everybody's
}

// Limits bounds a night's selections by money, by channel and by who signs.
type Limits struct {
	OfferBudgetMinor int64           `yaml:"offer_budget_minor"` // expected cost of offers; 0 is no limit
	Channels         map[Channel]int `yaml:"channels"`           // contacts at most, by channel
	// Signatories are the thank-you calls that a senior manager makes a day at
	// most, over all treatments; of who is not named, the largest of their quotas.
	Signatories map[string]int `yaml:"signatories"`
}

// Chance says how much is left to it.
type Chance struct {
	ExplorationShare float64 `yaml:"exploration_share"` // of capacity
	GlobalHoldout    float64 `yaml:"global_holdout"`    // -1 derives it from the size of the file
	HoldoutDays      int     `yaml:"holdout_days"`      // how long an arm is kept
	Salt             string  `yaml:"salt"`              // names the draw; changing it draws every new arm anew
}

// AttemptRules bounds the tries of one task.
type AttemptRules struct {
	Max        int `yaml:"max"`
	WithinDays int `yaml:"within_days"`
	ApartHours int `yaml:"apart_hours"`
}

// Tier is a value tier: customers worth From or more, minor units a year.
type Tier struct {
	Name      string `yaml:"name"`
	FromMinor int64  `yaml:"from_minor"`

	// Channels are those that customers of the tier are contacted over, service
	// recovery aside; none named is all. They keep calls for who is worth one.
	Channels []Channel `yaml:"channels"`
	// Urgency is the tier's service level: their tasks count so many times their
	// value per minute in the order of work. 0 counts once.
	Urgency float64 `yaml:"urgency"`
}
