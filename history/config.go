package history

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"holdfast/internal/fault"
)

// Config says which kinds of events there are and which files bring facts.
type Config struct {
	EventKinds []string `yaml:"event_kinds"` // others become "other", counted, with a warning
	Channels   []string `yaml:"channels"`    // of events; others become none, counted, with a warning
	Feeds      []Feed   `yaml:"feeds"`
	// MaxRejectedShare is the share of a run's rows that may be rejected before
	// the whole import fails. From 20 rows on, one rejected row never does;
	// with 0 every one does.
	MaxRejectedShare float64 `yaml:"max_rejected_share"`
}

// Sources names whose customer keys the feeds bring, each once, in order.
func (c Config) Sources() []string {
	var names []string
	for i := range c.Feeds {
		names = append(names, c.Feeds[i].source())
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// DefaultConfig has the usual words and no feeds.
func DefaultConfig() Config {
	return Config{
		EventKinds: []string{
			"purchase", "return", "payment", "failed_payment", "login", "visit", "usage", "complaint", "survey", "price_change",
		},
		Channels:         []string{"phone", "email", "post", "sms", "web", "app", "store"},
		MaxRejectedShare: 0.01,
	}
}

// word is what event kinds, channels, feeds and attributes are named with.
var word = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// Validate names the first field that cannot be used and says what to do.
func (c Config) Validate() error {
	if !(c.MaxRejectedShare >= 0 && c.MaxRejectedShare <= 1) {
		return fault.New(fault.Invalid, "max_rejected_share is %v; give a share from 0 to 1, such as 0.01", c.MaxRejectedShare)
	}
	for _, list := range []struct {
		name  string
		words []string
	}{{"event_kinds", c.EventKinds}, {"channels", c.Channels}} {
		seen := map[string]bool{}
		for i, w := range list.words {
			if !word.MatchString(w) || seen[w] {
				return fault.New(fault.Invalid, "%s[%d] is %q; name each once, in lower-case letters, digits and _", list.name, i, w)
			}
			seen[w] = true
		}
	}
	names := map[string]bool{}
	for i := range c.Feeds {
		f := &c.Feeds[i]
		at := fmt.Sprintf("feeds[%d]", i)
		if !word.MatchString(f.Name) || names[f.Name] {
			return fault.New(fault.Invalid, "%s.name is %q; name each feed once, in lower-case letters, digits, _ and -", at, f.Name)
		}
		names[f.Name] = true
		err := f.validate()
		if err == nil {
			err = c.validateWords(f)
		}
		if err != nil {
			return fault.As(fault.Invalid, fmt.Errorf("%s.%w", at, err))
		}
	}
	return nil
}

// Feed returns the feed of a name; Invalid, with the names there are, if none.
func (c Config) Feed(name string) (Feed, error) {
	names := make([]string, len(c.Feeds))
	for i, f := range c.Feeds {
		if f.Name == name {
			return f, nil
		}
		names[i] = f.Name
	}
	if len(names) == 0 {
		return Feed{}, fault.New(fault.Invalid, "there is no feed %q: the configuration has none; add one under history.feeds", name)
	}
	return Feed{}, fault.New(fault.Invalid, "there is no feed %q; the configuration has %s", name, listed(names))
}

// validateWords checks that an event feed's own words are in the lists.
func (c Config) validateWords(f *Feed) error {
	if f.Kind != FeedEvents {
		return nil
	}
	for _, list := range []struct {
		field, name string
		words       []string
	}{{"kind", "event_kinds", append([]string{"other"}, c.EventKinds...)}, {"channel", "channels", append([]string{""}, c.Channels...)}} {
		if w, ok := f.Constants[list.field]; ok && !slices.Contains(list.words, w) {
			return fault.New(fault.Invalid, "constants.%s is %q; add it to history.%s, or use one of %s", list.field, w, list.name, listed(list.words))
		}
		for _, theirs := range slices.Sorted(maps.Keys(f.Dictionary[list.field])) {
			if w := f.Dictionary[list.field][theirs]; !slices.Contains(list.words, w) {
				return fault.New(fault.Invalid, "dictionary.%s: %q becomes %q; add it to history.%s, or use one of %s",
					list.field, theirs, w, list.name, listed(list.words))
			}
		}
	}
	return nil
}
