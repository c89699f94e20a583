package features

import (
	"regexp"
	"time"

	"holdfast/internal/fault"
	"holdfast/internal/locale"
)

// Role says what an event kind tells about a customer.
type Role string

// The roles of event kinds.
const (
	Activity Role = "activity" // what an active customer does: has a rhythm, ends a silence
	Credit   Role = "credit"   // takes back a part of activity: a return, a refund
	Survey   Role = "survey"   // an answer; its quantity is the score
	Other    Role = ""         // counted
)

// Config says what a row is made of.
type Config struct {
	Events        []EventKind    `yaml:"events"`
	Windows       []int          `yaml:"windows"` // days, ascending
	Attributes    []Attribute    `yaml:"attributes"`
	Subscriptions bool           `yaml:"subscriptions"`
	Plans         []string       `yaml:"plans"` // names that the plan column tells apart
	Issues        bool           `yaml:"issues"`
	Contacts      []string       `yaml:"contacts"` // channels whose contacts are counted; never our own proactive ones
	Household     bool           `yaml:"household"`
	Calendar      bool           `yaml:"calendar"`
	Rises         []string       `yaml:"rises"` // features with which the risk may only rise; trees keep to it
	Falls         []string       `yaml:"falls"` // features with which it may only fall
	Currency      string         `yaml:"-"`     // of the database, for wording
	Writer        locale.Writer  `yaml:"-"`     // of the business, for wording
	Location      *time.Location `yaml:"-"`     // of the business, for the calendar; nil is UTC
}

// EventKind is one kind of event and what is computed from it.
type EventKind struct {
	Name       string `yaml:"name"`
	Noun       string `yaml:"noun"`   // in sentences; the name by default
	Plural     string `yaml:"plural"` // the noun and an s by default
	Role       Role   `yaml:"role"`
	Amount     bool   `yaml:"amount"`   // its amount means something
	Quantity   bool   `yaml:"quantity"` // its quantity means something
	MarginRate int    `yaml:"-"`        // parts per ten thousand of its amount; the section value says it
}

// Attribute is a profile attribute used as a feature.
type Attribute struct {
	Name      string   `yaml:"name"`
	Kind      string   `yaml:"kind"` // numeric or category
	Levels    []string `yaml:"levels"`
	Immutable bool     `yaml:"immutable"` // cannot change, so that a value learned later may be used earlier
}

// Default is a shop: purchases and returns.
func Default() Config {
	return Config{
		Events: []EventKind{
			{Name: "purchase", Role: Activity, Amount: true, MarginRate: 10_000},
			{Name: "return", Role: Credit, Amount: true, MarginRate: 10_000},
		},
		Windows:  DefaultWindows(),
		Calendar: true,
	}
}

// DefaultWindows are the windows that counts and sums look back over, in days.
func DefaultWindows() []int { return []int{7, 30, 90, 180, 365} }

// columnWord is what may become a part of a column's name.
var columnWord = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// Validate names the first field that cannot be used and says what to do.
func (c Config) Validate() error {
	seen := map[string]bool{"activity": true, "margin": true}
	for i, k := range c.Events {
		if !columnWord.MatchString(k.Name) {
			return fault.New(fault.Invalid, "events[%d].name is %q; use lower-case letters, digits and _", i, k.Name)
		}
		if seen[k.Name] {
			return fault.New(fault.Invalid, "events[%d].name is %q, which is taken; use another", i, k.Name)
		}
		seen[k.Name] = true
		if k.Role != Activity && k.Role != Credit && k.Role != Survey && k.Role != Other {
			return fault.New(fault.Invalid, "events[%d].role is %q; write activity, credit, survey or leave it out", i, k.Role)
		}
		if k.MarginRate < -10_000 || k.MarginRate > 10_000 {
			return fault.New(fault.Invalid, "events[%d].margin_rate is %d; give parts per ten thousand from -10000 to 10000", i, k.MarginRate)
		}
	}
	for i, w := range c.Windows {
		if w < 1 || w > 3650 || (i > 0 && w <= c.Windows[i-1]) {
			return fault.New(fault.Invalid, "windows[%d] is %d; give days from 1 to 3650, ascending", i, w)
		}
	}
	return c.validateNames()
}

func (c Config) validateNames() error {
	seen := map[string]bool{}
	for i, a := range c.Attributes {
		if !columnWord.MatchString(a.Name) || seen[a.Name] {
			return fault.New(fault.Invalid, "attributes[%d].name is %q; use lower-case letters, digits and _, each name once", i, a.Name)
		}
		seen[a.Name] = true
		if a.Kind != "numeric" && a.Kind != "category" {
			return fault.New(fault.Invalid, "attributes[%d].kind is %q; write numeric or category", i, a.Kind)
		}
		if a.Kind == "category" && len(a.Levels) == 0 {
			return fault.New(fault.Invalid, "attributes[%d].levels is empty; list the values of %s to be told apart", i, a.Name)
		}
	}
	seen = map[string]bool{}
	for i, ch := range c.Contacts {
		if !columnWord.MatchString(ch) || seen[ch] {
			return fault.New(fault.Invalid, "contacts[%d] is %q; name each channel once, in lower-case letters, digits and _", i, ch)
		}
		seen[ch] = true
	}
	return nil
}

// withDefaults fills in nouns and windows.
func (c Config) withDefaults() Config {
	if len(c.Windows) == 0 {
		c.Windows = DefaultWindows()
	}
	events := make([]EventKind, len(c.Events))
	for i, k := range c.Events {
		if k.Noun == "" {
			k.Noun = spaced(k.Name)
		}
		if k.Plural == "" {
			k.Plural = k.Noun + "s"
		}
		events[i] = k
	}
	c.Events = events
	if c.Location == nil {
		c.Location = time.UTC
	}
	return c
}
