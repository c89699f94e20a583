package history

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"holdfast/internal/fault"
	"holdfast/internal/tabular"
)

// valueKind says how the text of a field is read.
type valueKind uint8

const (
	asText valueKind = iota
	asTime
	asAmount
	asNumber
	asWhole
	asTruth
)

// fields are the fields of each kind of feed; those of needs must be given.
var fields = map[FeedKind]map[string]valueKind{
	FeedCustomers: {
		"customer": asText, "name": asText, "household": asText, "phone": asText, "email": asText, "post": asText,
		"occurred": asTime, "recorded": asTime,
	},
	FeedEvents: {
		"customer": asText, "occurred": asTime, "recorded": asTime, "kind": asText,
		"amount": asAmount, "quantity": asNumber, "channel": asText,
	},
	FeedSubscriptions: {
		"customer": asText, "start": asTime, "occurred": asTime, "recorded": asTime, "end": asTime, "renews_at": asTime,
		"plan": asText, "value": asAmount, "period_months": asWhole, "end_kind": asText, "end_reason": asText,
	},
	FeedIssues: {
		"customer": asText, "opened": asTime, "closed": asTime, "recorded": asTime, "category": asText,
		"severity": asWhole, "resolution": asText,
	},
	FeedContacts: {
		"customer": asText, "occurred": asTime, "recorded": asTime, "channel": asText, "purpose": asText,
		"direction": asText, "by": asText, "disposition": asText, "reached": asTruth, "note": asText,
	},
	FeedConsents: {
		"customer": asText, "occurred": asTime, "recorded": asTime, "purpose": asText, "channel": asText, "allowed": asTruth,
	},
	FeedRelations: {"customer": asText, "household": asText, "occurred": asTime, "recorded": asTime},
	FeedRoster:    {"agent": asText, "date": asTime, "from": asText, "to": asText, "kind": asText},
}

var needs = map[FeedKind][]string{
	FeedCustomers:     {"customer"},
	FeedEvents:        {"customer", "occurred", "kind"},
	FeedSubscriptions: {"customer", "start"},
	FeedIssues:        {"customer", "opened"},
	FeedContacts:      {"customer", "occurred", "channel", "direction"},
	FeedConsents:      {"customer", "allowed"},
	FeedRelations:     {"customer", "household"},
	FeedRoster:        {"agent", "date", "from", "to"},
}

// choices are the words that a field may hold.
var choices = map[string][]string{
	"purpose":   {"", "retention", "thanks", "service", "marketing", PurposeProfiling},
	"direction": {"in", "out"},
	"end_kind":  {"voluntary", "involuntary", "unavoidable"},
}

// kindOf gives how a field of the feed is read, and whether there is such a field.
func (f *Feed) kindOf(field string) (valueKind, bool) {
	if k, ok := fields[f.Kind][field]; ok {
		return k, true
	}
	if f.Kind == FeedCustomers {
		if _, _, ok := consentField(field); ok {
			return asTruth, true
		}
	}
	return 0, false
}

// consentField reads consent_marketing_email, consent_marketing or
// consent_all_email: the purpose and the channel that a column of consent is about.
func consentField(field string) (purpose, channel string, ok bool) {
	rest, ok := strings.CutPrefix(field, "consent_")
	if !ok {
		return "", "", false
	}
	purpose, channel, _ = strings.Cut(rest, "_")
	if purpose == "all" {
		return "", channel, true
	}
	return purpose, channel, purpose != "" && slices.Contains(choices["purpose"], purpose)
}

func (f *Feed) validate() error {
	if _, ok := fields[f.Kind]; !ok {
		return fault.New(fault.Invalid, "kind is %q; write customers, events, subscriptions, issues, contacts, consents, relations or roster", f.Kind)
	}
	if err := f.validateFormat(); err != nil {
		return err
	}
	if err := f.validateFields(); err != nil {
		return err
	}
	if len(f.Key) == 0 && (f.Kind == FeedSubscriptions || f.Kind == FeedIssues) {
		return fault.New(fault.Invalid, "key is empty; name the columns that identify one of the %s, so that a later row about it is understood", f.Kind)
	}
	if f.Kind == FeedRoster && (f.TimeZone != "" || f.Source != "" || f.Customers != "" || f.Lag != 0 || len(f.Key) > 0 || f.Deleted != (Deletion{})) {
		return fault.New(fault.Invalid, "timezone, source, customers, lag, key and deleted say nothing of a roster: leave them out; "+
			"its hours are the business's own, and a file states the whole day of every agent and day it names")
	}
	if f.Lag < 0 {
		return fault.New(fault.Invalid, "lag is %s; nothing is known before it happens", time.Duration(f.Lag))
	}
	if (f.Deleted.Column == "") != (f.Deleted.Value == "") {
		return fault.New(fault.Invalid, "deleted needs both a column and the value that marks a deleted row")
	}
	if f.Deleted.Column != "" && len(f.Key) == 0 && f.Kind != FeedCustomers {
		return fault.New(fault.Invalid, "deleted needs a key, so that it is known what is deleted; name its columns in key")
	}
	if f.Customers != "" && f.Customers != "create" && f.Customers != "known" {
		return fault.New(fault.Invalid, "customers is %q; write create or known", f.Customers)
	}
	if _, err := filepath.Match(f.Path, ""); err != nil {
		return fault.New(fault.Invalid, "path: %q is not a pattern of file names; close its brackets", f.Path)
	}
	for i, filter := range f.Filter {
		if _, err := newFilter(filter); err != nil {
			return fault.New(fault.Invalid, "filter[%d].%w", i, err)
		}
	}
	return nil
}

func (f *Feed) validateFormat() error {
	if f.Format != "" && f.Format != "auto" && f.Format != "csv" && f.Format != "parquet" {
		return fault.New(fault.Invalid, "format is %q; write auto, csv or parquet", f.Format)
	}
	if _, err := tabular.ParseDelimiter(f.Delimiter); err != nil {
		return err
	}
	if _, err := tabular.ParseEncoding(f.Encoding); err != nil {
		return err
	}
	if f.MinorDigits != nil && (*f.MinorDigits < 0 || *f.MinorDigits > 6) {
		return fault.New(fault.Invalid, "minor_digits is %d; give the decimals of the currency, from 0 to 6", *f.MinorDigits)
	}
	if _, err := f.amounts(); err != nil {
		return fault.New(fault.Invalid, "decimal: %w", err)
	}
	if _, err := f.times(time.UTC); err != nil {
		return err
	}
	return nil
}

// checkFormat refuses a file that is not of the feed's format. Without one, a
// file's first bytes say what it is.
func (f *Feed) checkFormat(path string) error {
	if f.Format == "" || f.Format == "auto" {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	defer file.Close() //nolint:errcheck // opened for reading
	var head [4]byte
	_, err = io.ReadFull(file, head[:])
	if parquet := err == nil && string(head[:]) == "PAR1"; parquet != (f.Format == "parquet") {
		return fault.New(fault.Invalid, "%s is not a %s file; change the feed's format or the file", path, f.Format)
	}
	return nil
}

func (f *Feed) amounts() (*tabular.Amounts, error) {
	digits := 2
	if f.MinorDigits != nil {
		digits = *f.MinorDigits
	}
	return tabular.NewAmounts(tabular.AmountFormat{Digits: digits, Decimal: f.Decimal, Thousands: f.Thousands, Round: f.Round})
}

// times makes the parser of the feed's times; zone is the business's.
func (f *Feed) times(zone *time.Location) (*tabular.Times, error) {
	if f.TimeZone != "" {
		own, err := time.LoadLocation(f.TimeZone)
		if err != nil {
			return nil, fault.New(fault.Invalid, "timezone: %q is not a known time zone; write an IANA name such as Europe/London", f.TimeZone)
		}
		zone = own
	}
	t, err := tabular.NewTimes(f.TimeFormat, zone)
	if err != nil {
		return nil, fault.New(fault.Invalid, "time_format: %w", err)
	}
	return t, nil
}

func (f *Feed) validateFields() error {
	for _, given := range []struct {
		name string
		by   map[string]string
	}{{"columns", f.Columns}, {"constants", f.Constants}} {
		for _, field := range slices.Sorted(maps.Keys(given.by)) {
			if _, ok := f.kindOf(field); !ok {
				return fault.New(fault.Invalid, "%s.%s: %s have no such field; they have %s", given.name, field, f.Kind,
					listed(slices.Sorted(maps.Keys(fields[f.Kind]))))
			}
			if given.name == "columns" && given.by[field] == "" {
				return fault.New(fault.Invalid, "columns.%s is empty; name the file's column, or leave the field out", field)
			}
			if _, twice := f.Constants[field]; twice && given.name == "columns" {
				return fault.New(fault.Invalid, "columns.%s: the field is under constants too; keep one of them", field)
			}
		}
	}
	for _, field := range needs[f.Kind] {
		if !f.has(field) {
			return fault.New(fault.Invalid, "columns.%s is missing; name the column that holds it, or give it under constants", field)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(f.Dictionary)) {
		if k, ok := f.kindOf(field); !ok || k == asTime || k == asAmount || k == asNumber || k == asWhole {
			return fault.New(fault.Invalid, "dictionary.%s: there is no field of that name that holds words", field)
		}
	}
	if len(f.Attributes) > 0 && f.Kind != FeedCustomers {
		return fault.New(fault.Invalid, "attributes: only a feed of customers has them, and this one's kind is %s", f.Kind)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Attributes)) {
		if !word.MatchString(name) || f.Attributes[name] == "" {
			return fault.New(fault.Invalid, "attributes.%s: write `name: column`, the name in lower-case letters, digits and _", name)
		}
	}
	return nil
}
