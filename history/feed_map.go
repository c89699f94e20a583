package history

import (
	"maps"
	"slices"
	"time"

	"holdfast/internal/fault"
	"holdfast/internal/tabular"
)

// Reasons of our own for which a row is rejected.
const (
	reasonUnknown = "is an unknown customer; import the customers first, or write customers: create"
	reasonFuture  = "is in the future"
	reasonTwice   = "is given twice with different values; keep one row, or add columns to the feed's key"
	reasonChoice  = "is not one of the words the field knows; translate it under the feed's dictionary"
)

// mapper is a feed made ready for files: where each field comes from and how
// it is read. It is not changed once made, so that any number of goroutines
// may use it.
type mapper struct {
	feed    *Feed
	columns []string // the file's columns that are read
	fields  map[string]*field
	filters []filter
	key     []int // columns
	deleted int   // column, -1 for none
	deadAs  string

	times   *tabular.Times
	amounts *tabular.Amounts
	source  uint64 // seed of customers' ids
	house   uint64 // seed of households' ids
	seed    uint64 // of refs
	lag     int64
	aliases map[string]CustomerID
	kinds   map[string]uint16 // what stands in the kind column, or its dictionary's word: code
	chans   map[string]uint16
	ours    fieldsOf
}

// field is where one of our fields comes from.
type field struct {
	name   string
	kind   valueKind
	column int // of the block, -1 for a constant
	text   []byte
	number int64 // a constant time, amount, whole number or truth
	float  float64
	words  map[string]string
	other  string // what "*" becomes
	rest   bool   // there is a "*"
	allow  []string
}

// fieldsOf holds the fields by name, so that no row looks one up.
type fieldsOf struct {
	customer, occurred, recorded, kind, amount, quantity, channel *field
	name, household, phone, email, post                           *field
	start, end, renewsAt, plan, value, months, endKind, endReason *field
	opened, closed, category, severity, resolution                *field
	purpose, direction, by, disposition, reached, note, allowed   *field
	attributes                                                    []attribute
	consents                                                      []consentColumn
}

type attribute struct {
	name  string
	field *field
}

type consentColumn struct {
	purpose, channel string
	field            *field
}

// newMapper makes a feed ready; zone is the business's.
func newMapper(f *Feed, zone *time.Location) (*mapper, error) {
	m := &mapper{feed: f, fields: map[string]*field{}, deleted: -1, lag: time.Duration(f.Lag).Microseconds()}
	var err error
	if m.times, err = f.times(zone); err != nil {
		return nil, err
	}
	if m.amounts, err = f.amounts(); err != nil {
		return nil, err
	}
	m.source = xxh64([]byte(f.source()), 0)
	m.house = xxh64([]byte("household"), m.source)
	m.seed = xxh64([]byte(f.Name), xxh64([]byte("feed"), 0))
	for _, name := range slices.Sorted(maps.Keys(f.Columns)) {
		kind, _ := f.kindOf(name)
		m.fields[name] = &field{name: name, kind: kind, column: m.column(f.Columns[name])}
	}
	for _, name := range slices.Sorted(maps.Keys(f.Constants)) {
		kind, _ := f.kindOf(name)
		c := &field{name: name, kind: kind, column: -1, text: []byte(f.Constants[name])}
		if why := m.fix(c); why != tabular.OK {
			return nil, fault.New(fault.Invalid, "constants.%s: %q %s", name, f.Constants[name], why)
		}
		m.fields[name] = c
	}
	for name, words := range f.Dictionary {
		if to := m.fields[name]; to != nil {
			to.words = words
			to.other, to.rest = words["*"]
		}
	}
	for name, c := range m.fields {
		c.allow = choices[name]
		if f.Kind == FeedRoster && name == "kind" {
			c.allow = []string{string(KindShift), string(KindAbsence)}
		}
	}
	m.place()
	for _, column := range f.Key {
		m.key = append(m.key, m.column(column))
	}
	if f.Deleted.Column != "" {
		m.deleted, m.deadAs = m.column(f.Deleted.Column), f.Deleted.Value
	}
	for _, one := range f.Filter {
		made, err := newFilter(one)
		if err != nil {
			return nil, err
		}
		made.column = m.column(one.Column)
		m.filters = append(m.filters, made)
	}
	return m, nil
}

// column gives the place of a column among those read, adding it.
func (m *mapper) column(name string) int {
	if at := slices.Index(m.columns, name); at >= 0 {
		return at
	}
	m.columns = append(m.columns, name)
	return len(m.columns) - 1
}

// fix reads a constant once.
func (m *mapper) fix(c *field) (why tabular.Reason) {
	switch c.kind {
	case asTime:
		c.number, why = m.times.Parse(c.text)
	case asAmount:
		c.number, why = m.amounts.Parse(c.text)
	case asWhole:
		c.number, why = tabular.ParseInt(c.text)
	case asNumber:
		c.float, why = tabular.ParseFloat(c.text)
	case asTruth:
		var yes bool
		yes, why = new(tabular.Truths).Parse(c.text)
		c.number = int64(boolean(yes))
	}
	return why
}

func boolean(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

// place hands the fields out by name.
func (m *mapper) place() {
	o := &m.ours
	for name, to := range map[string]**field{
		"customer": &o.customer, "occurred": &o.occurred, "recorded": &o.recorded, "kind": &o.kind,
		"amount": &o.amount, "quantity": &o.quantity, "channel": &o.channel, "name": &o.name,
		"household": &o.household, "phone": &o.phone, "email": &o.email, "post": &o.post, "start": &o.start,
		"end": &o.end, "renews_at": &o.renewsAt, "plan": &o.plan, "value": &o.value, "period_months": &o.months,
		"end_kind": &o.endKind, "end_reason": &o.endReason, "opened": &o.opened, "closed": &o.closed,
		"category": &o.category, "severity": &o.severity, "resolution": &o.resolution, "purpose": &o.purpose,
		"direction": &o.direction, "by": &o.by, "disposition": &o.disposition, "reached": &o.reached,
		"note": &o.note, "allowed": &o.allowed,
	} {
		*to = m.fields[name]
	}
	for _, name := range slices.Sorted(maps.Keys(m.feed.Attributes)) {
		o.attributes = append(o.attributes, attribute{name, &field{name: name, column: m.column(m.feed.Attributes[name])}})
	}
	if m.feed.Kind != FeedCustomers {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(m.fields)) {
		if purpose, channel, ok := consentField(name); ok {
			o.consents = append(o.consents, consentColumn{purpose, channel, m.fields[name]})
		}
	}
}

// codes makes the tables from words to the vocabulary's codes.
func (m *mapper) codes(c Config, v Vocabulary) {
	table := func(f *field, allowed, known []string) map[string]uint16 {
		out := map[string]uint16{}
		for _, w := range allowed {
			if at := slices.Index(known, w); at >= 0 {
				out[w] = uint16(at)
			}
		}
		if f == nil || f.words == nil {
			return out
		}
		translated := map[string]uint16{}
		maps.Copy(translated, out)
		for theirs, our := range f.words {
			if code, ok := out[our]; ok {
				translated[theirs] = code
			} else if our == "" || our == "other" {
				translated[theirs] = 0
			} else {
				delete(translated, theirs)
			}
		}
		return translated
	}
	m.kinds = table(m.ours.kind, c.EventKinds, v.Kinds)
	m.chans = table(m.ours.channel, c.Channels, v.Channels)
	m.kinds["other"], m.chans[""] = 0, 0
}
