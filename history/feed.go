package history

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// FeedKind says what the rows of a feed are.
type FeedKind string

// The kinds of feeds.
const (
	FeedCustomers     FeedKind = "customers"     // a profile, contact points, a household and consents a row
	FeedEvents        FeedKind = "events"        // one event a row
	FeedSubscriptions FeedKind = "subscriptions" // a contract a row, with its end once it has one
	FeedIssues        FeedKind = "issues"        // a service issue a row, with its closing once it has one
	FeedContacts      FeedKind = "contacts"      // one interaction a row
	FeedConsents      FeedKind = "consents"      // one consent or objection a row
	FeedRelations     FeedKind = "relations"     // a customer's household a row
	FeedRoster        FeedKind = "roster"        // a shift or an absence of an agent a row
)

// Feed says how the files of one source become facts.
type Feed struct {
	Name     string   `yaml:"name"`
	Kind     FeedKind `yaml:"kind"`
	Path     string   `yaml:"path"`     // files the night looks for, a glob such as in/orders-*.csv.gz; empty: imported by hand
	Required bool     `yaml:"required"` // the night waits for a new file
	Source   string   `yaml:"source"`   // whose customer keys these are; "main" by default

	Format    string   `yaml:"format"`    // auto (the default), csv or parquet
	Delimiter string   `yaml:"delimiter"` // "," (the default) ";" "|" "tab" "blanks"
	Encoding  string   `yaml:"encoding"`  // utf-8 (the default), latin1, windows-1252
	Names     []string `yaml:"names"`     // the columns of a file without a header row

	TimeZone    string `yaml:"timezone"`     // of times without one; the business's by default
	TimeFormat  string `yaml:"time_format"`  // iso (the default), yyyymmdd, unix, %d/%m/%Y, 02.01.2006 …
	Decimal     string `yaml:"decimal"`      // "." (the default) or ","
	Thousands   string `yaml:"thousands"`    // none by default
	MinorDigits *int   `yaml:"minor_digits"` // decimals of the currency; nil is 2
	Round       bool   `yaml:"round"`        // accept amounts with more decimals
	Negate      bool   `yaml:"negate"`       // turn the sign of every amount

	Columns    map[string]string            `yaml:"columns"`    // our field: their column
	Constants  map[string]string            `yaml:"constants"`  // our field: a value that stands for every row
	Attributes map[string]string            `yaml:"attributes"` // customers: our attribute: their column
	Dictionary map[string]map[string]string `yaml:"dictionary"` // our field: their value: our value; "*" is any other
	Filter     []Filter                     `yaml:"filter"`     // rows that do not pass are left out
	Key        []string                     `yaml:"key"`        // their columns that identify a row
	Lag        Lag                          `yaml:"lag"`        // from happening to being known, where no column says it
	Deleted    Deletion                     `yaml:"deleted"`
	Customers  string                       `yaml:"customers"` // create or known; create by default for customers, else known
}

// Filter keeps the rows whose column compares as it says: = and != with one or
// several values, < <= > >= with one number, empty and filled with none.
type Filter struct {
	Column string   `yaml:"column"`
	Op     string   `yaml:"op"`
	Values []string `yaml:"values"`
}

// Deletion marks rows that withdraw their facts: those with the value in the column.
type Deletion struct {
	Column string `yaml:"column"`
	Value  string `yaml:"value"`
}

// Lag is a duration written in days, hours and minutes: 2d, 36h, 1d12h.
type Lag time.Duration

// longest is what either part of a lag may be.
const longest = 36500 * 24 * time.Hour

// UnmarshalText reads a lag as the configuration writes it.
func (l *Lag) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	days, rest := int64(0), s
	if i := strings.IndexByte(s, 'd'); i >= 0 {
		n, err := strconv.ParseUint(s[:i], 10, 16)
		if err != nil {
			return fmt.Errorf("lag %q is not a duration; write 2d, 36h or 1d12h", s)
		}
		days, rest = int64(n), s[i+1:]
	}
	d := time.Duration(0)
	if rest != "" {
		var err error
		if d, err = time.ParseDuration(rest); err != nil {
			return fmt.Errorf("lag %q is not a duration; write 2d, 36h or 1d12h", s)
		}
	}
	whole := time.Duration(days) * 24 * time.Hour
	if d < 0 || d > longest || whole > longest {
		return fmt.Errorf("lag is %s; nothing is known before it happens, nor a century after", s)
	}
	*l = Lag(whole + d)
	return nil
}

// MarshalText writes a lag as UnmarshalText reads it.
func (l Lag) MarshalText() ([]byte, error) {
	d := time.Duration(l)
	days := d / (24 * time.Hour)
	switch rest := d % (24 * time.Hour); {
	case days == 0:
		return []byte(rest.String()), nil
	case rest == 0:
		return fmt.Appendf(nil, "%dd", days), nil
	default:
		return fmt.Appendf(nil, "%dd%s", days, rest), nil
	}
}

// creates says whether the feed may bring customers nobody has named before.
func (f *Feed) creates() bool {
	return f.Customers == "create" || f.Customers == "" && f.Kind == FeedCustomers
}

func (f *Feed) source() string {
	if f.Source == "" {
		return "main"
	}
	return f.Source
}

// has says whether a field is given by a column or a constant.
func (f *Feed) has(field string) bool {
	_, column := f.Columns[field]
	_, constant := f.Constants[field]
	return column || constant
}

func listed(names []string) string { return strings.Join(names, ", ") }
