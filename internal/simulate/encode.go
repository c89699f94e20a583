package simulate

import "strconv"

// appendRow writes one line of the row's feed. No cell holds a comma, a quote
// or a line end.
func (b *Business) appendRow(out []byte, r *row) []byte {
	switch r.table {
	case customersTable:
		return b.appendCustomer(out, r)
	case subscriptionsTable:
		return appendSubscription(out, r)
	case eventsTable:
		return appendEvent(out, r)
	case issuesTable:
		return appendIssue(out, r)
	case contactsTable:
		return appendContact(out, r)
	default:
		return appendConsent(out, r)
	}
}

var otherZones = [...]string{"", "Europe/Lisbon", "America/New_York"}

func (b *Business) appendCustomer(out []byte, r *row) []byte {
	p := &b.people[r.customer]
	out = appendKey(out, 'C', p.index)
	out = appendName(append(out, ','), b.cfg.Seed, p)
	out = appendPhone(append(out, ','), p, r.phone)
	out = appendMail(append(out, ','), p, r.email)
	out = append(out, ',')
	if p.shared {
		out = appendKey(out, 'H', p.household)
	}
	out = appendText(out, segments[r.kind])
	out = appendText(out, acquisitions[p.acquired])
	out = appendText(out, languages[p.language])
	zone := otherZones[p.zone]
	if zone == "" {
		zone = b.cfg.Zone.String()
	}
	out = appendText(out, zone)
	out = strconv.AppendInt(append(out, ','), int64(p.birth), 10)
	out = appendTime(out, r.occurred)
	return appendEnd(out, r.recorded, false)
}

func appendSubscription(out []byte, r *row) []byte {
	out = appendFact(out, 'S', r)
	out = appendText(out, planNames[r.kind])
	out = appendTime(out, r.begin)
	out = appendTime(out, r.renews)
	out = appendAmount(append(out, ','), r.amount)
	out = append(out, ",1"...)
	out = appendTime(out, r.end)
	out = appendText(out, exitNames[r.channel])
	out = appendTime(out, r.occurred)
	return appendEnd(out, r.recorded, false)
}

func appendEvent(out []byte, r *row) []byte {
	out = appendFact(out, 'E', r)
	out = appendText(out, eventKinds[r.kind])
	out = appendTime(out, r.occurred)
	out = appendAmount(append(out, ','), r.amount)
	out = strconv.AppendInt(append(out, ','), int64(r.quantity), 10)
	out = appendText(out, eventChannels[r.channel])
	return appendEnd(out, r.recorded, r.flag)
}

func appendIssue(out []byte, r *row) []byte {
	out = appendFact(out, 'I', r)
	out = appendText(out, categories[r.kind])
	out = strconv.AppendInt(append(out, ','), int64(r.quantity), 10)
	out = appendTime(out, r.begin)
	out = appendTime(out, r.end)
	return appendEnd(out, r.recorded, false)
}

func appendContact(out []byte, r *row) []byte {
	out = appendFact(out, 'K', r)
	out = appendText(out, contactChannels[r.channel])
	out = appendText(out, purposes[r.quantity])
	out = append(out, ",in"...)
	out = appendTime(out, r.occurred)
	out = appendText(out, inboundResults[r.kind])
	return appendEnd(out, r.recorded, false)
}

func appendConsent(out []byte, r *row) []byte {
	out = appendFact(out, 'P', r)
	out = appendText(out, purposes[r.kind])
	out = appendText(out, contactChannels[r.channel])
	out = append(out, ',')
	out = strconv.AppendBool(out, r.flag)
	out = appendTime(out, r.occurred)
	return appendEnd(out, r.recorded, false)
}

// appendFact begins a line with the fact's id and its customer: E0000012-7,C0000012.
func appendFact(out []byte, letter byte, r *row) []byte {
	out = appendKey(out, letter, r.customer)
	out = strconv.AppendUint(append(out, '-'), uint64(r.number), 10)
	return appendKey(append(out, ','), 'C', r.customer)
}

// appendEnd writes the two cells that end every line.
func appendEnd(out []byte, recorded uint32, deleted bool) []byte {
	out = append(appendTime(out, recorded), ',')
	return append(strconv.AppendBool(out, deleted), '\n')
}

// appendKey writes a letter and at least seven digits.
func appendKey(out []byte, letter byte, n uint32) []byte {
	out = append(out, letter)
	for least := uint32(1_000_000); least > 1 && n < least; least /= 10 {
		out = append(out, '0')
	}
	return strconv.AppendUint(out, uint64(n), 10)
}

func appendText(out []byte, s string) []byte { return append(append(out, ','), s...) }

// appendAmount writes minor units with two decimals. Amounts are never negative.
func appendAmount(out []byte, minor int32) []byte {
	out = strconv.AppendInt(out, int64(minor/100), 10)
	return append(out, '.', '0'+byte(minor/10%10), '0'+byte(minor%10))
}

// appendTime writes a comma and Unix seconds as ISO 8601 UTC; nothing for 0.
// Days to civil date after Howard Hinnant, "chrono-Compatible Low-Level Date
// Algorithms", civil_from_days, for days since 1970 only.
func appendTime(out []byte, unix uint32) []byte {
	out = append(out, ',')
	if unix == 0 {
		return out
	}
	z := unix/daySeconds + 719468
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day, month, year := doy-(153*mp+2)/5+1, mp+3, yoe+era*400
	if month > 12 {
		month, year = month-12, year+1
	}
	s := unix % daySeconds
	out = append(two(two(out, year/100), year%100), '-')
	out = append(two(out, month), '-')
	out = append(two(out, day), 'T')
	out = append(two(out, s/3600), ':')
	out = append(two(out, s/60%60), ':')
	return append(two(out, s%60), 'Z')
}

func two(out []byte, n uint32) []byte { return append(out, '0'+byte(n/10), '0'+byte(n%10)) }
