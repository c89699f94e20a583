package features

import (
	"fmt"
	"strings"
	"time"

	"holdfast/history"
)

// source says which facts a column is computed from.
type source struct {
	what uint8
	slot int // of sourceKind: index of the event kind
	// Facts count that are older than after days and at most until days old; 0
	// is no limit.
	after, until int
	most         int    // only so many, the newest; 0 is all
	oldest       bool   // only the oldest
	state        uint8  // of sourceSubscription and sourceIssue
	direction    string // of sourceContact
	channel      string // of sourceContact; empty for all
}

const (
	sourceKind = iota + 1 // 0: no facts to show
	sourceActivity
	sourceEarning
	sourceSubscription
	sourceIssue
	sourceContact
	sourceProfile
)

// The states of contracts and issues that count; 0 is all.
const (
	runningContracts = iota + 1
	endedContracts
	mainContract
	openIssues
	closedIssues // by the time of closing
)

// evidenceFacts is how many facts Evidence names.
const evidenceFacts = 3

// limit is how many facts are named.
func (s *source) limit() int {
	if s.most > 0 {
		return min(s.most, evidenceFacts)
	}
	return evidenceFacts
}

// within says whether a fact of time t, in microseconds, counts at as-of.
func (s *source) within(t, asOf int64) bool {
	age := asOf - t
	return (s.after == 0 || age > int64(s.after)*dayMicros) && (s.until == 0 || age <= int64(s.until)*dayMicros)
}

// heading begins a list of the facts.
func (s *source) heading(plural string) string {
	if s.after > 0 {
		return "Latest of these"
	}
	return "Latest " + plural
}

// Evidence names the newest facts that a column's value counts, in words:
// "Latest purchases: 4 Mar 2011 (£35.20), 11 Feb 2011 (£12)". It is
// empty where there are none.
func (e *Engine) Evidence(v history.View, column int) string {
	if column < 0 || column >= len(e.sources) {
		return ""
	}
	switch src := &e.sources[column]; src.what {
	case sourceKind:
		return e.eventEvidence(v, src, e.cfg.Events[src.slot].Plural, func(slot int) bool { return slot == src.slot })
	case sourceActivity:
		return e.eventEvidence(v, src, "activity", func(slot int) bool { return e.cfg.Events[slot].Role == Activity })
	case sourceEarning:
		return e.eventEvidence(v, src, "events", func(slot int) bool { return e.cfg.Events[slot].MarginRate != 0 })
	case sourceSubscription:
		return e.contractEvidence(v, src)
	case sourceIssue:
		return e.issueEvidence(v, src)
	case sourceContact:
		return e.contactEvidence(v, src)
	case sourceProfile:
		name := strings.TrimPrefix(e.schema.Columns[column].Name, "profile_")
		if text, ok := v.Attribute(name); ok {
			return capital(spaced(name)) + ": " + text
		}
	}
	return ""
}

func (e *Engine) date(t time.Time) string { return e.cfg.Writer.Date(t.In(e.cfg.Location)) }

// list joins facts, oldest last, under a heading.
func list(heading string, facts []string) string {
	if len(facts) == 0 {
		return ""
	}
	return heading + ": " + strings.Join(facts, ", ")
}

func (e *Engine) eventEvidence(v history.View, src *source, plural string, wanted func(slot int) bool) string {
	var facts []string
	occurred, codes, asOf := v.Occurred(), v.Kinds(), v.AsOf().UnixMicro()
	for i := len(occurred) - 1; i >= 0 && (src.oldest || len(facts) < src.limit()); i-- {
		if int(codes[i]) >= len(e.slots) || e.slots[codes[i]] < 0 || !wanted(int(e.slots[codes[i]])) || !src.within(occurred[i], asOf) {
			continue
		}
		k := e.cfg.Events[e.slots[codes[i]]]
		text := e.date(time.UnixMicro(occurred[i]))
		switch {
		case k.Role == Survey:
			text += fmt.Sprintf(" (%g)", v.Quantities()[i])
		case k.Amount:
			text += " (" + e.cfg.Writer.In(e.cfg.Currency).Exact(v.Amounts()[i]) + ")"
		}
		facts = append(facts, text)
	}
	if src.oldest && len(facts) > 0 {
		return list("First "+e.cfg.Events[src.slot].Noun, facts[len(facts)-1:])
	}
	return list(src.heading(plural), facts)
}

func (e *Engine) contractEvidence(v history.View, src *source) string {
	var facts []string
	subs := v.Subscriptions()
	var states [6]float64 // not needed here
	main := countSubscriptions(&work{view: v}, subs, states[:])
	for i := len(subs) - 1; i >= 0 && len(facts) < src.limit(); i-- {
		s := &subs[i]
		running := s.ActiveAt(v.AsOf())
		switch {
		case src.state == runningContracts && !running, src.state == mainContract && s != main,
			src.state == endedContracts && (running || s.Ended.IsZero()):
			continue
		}
		text := "since " + e.date(s.Start)
		if s.Plan != "" {
			text = s.Plan + " " + text
		}
		switch {
		case !s.Ended.IsZero():
			text += ", ended " + e.date(s.Ended)
		case !s.RenewsAt.IsZero():
			text += ", renews " + e.date(s.RenewsAt)
		}
		facts = append(facts, text)
	}
	return strings.Join(facts, "; ")
}

func (e *Engine) issueEvidence(v history.View, src *source) string {
	var facts []string
	issues, asOf := v.Issues(), v.AsOf().UnixMicro()
	for i := len(issues) - 1; i >= 0 && len(facts) < src.limit(); i-- {
		is := &issues[i]
		at := is.Opened
		if src.state == closedIssues {
			at = is.Closed
		}
		if src.state == openIssues && !is.Closed.IsZero() || at.IsZero() || !src.within(at.UnixMicro(), asOf) {
			continue
		}
		state := "still open"
		if !is.Closed.IsZero() {
			state = "closed " + e.date(is.Closed)
		}
		if is.Category != "" {
			state = is.Category + ", " + state
		}
		facts = append(facts, e.date(is.Opened)+" ("+state+")")
	}
	return list("Latest service issues", facts)
}

func (e *Engine) contactEvidence(v history.View, src *source) string {
	var facts []string
	contacts, asOf := v.OrganicContacts(), v.AsOf().UnixMicro()
	for i := len(contacts) - 1; i >= 0 && len(facts) < src.limit(); i-- {
		c := &contacts[i]
		if (c.Direction == "out") != (src.direction == "out") || src.channel != "" && c.Channel != src.channel || !src.within(c.At.UnixMicro(), asOf) {
			continue
		}
		facts = append(facts, e.date(c.At)+" ("+contactWords(&c.Contact)+")")
	}
	return list("Latest contacts", facts)
}

// contactForms are what people call a contact over a channel, with %s for its direction.
var contactForms = map[string]string{
	"phone": "call %s", "email": "e-mail %s", "letter": "letter %s", "post": "letter %s", "sms": "text message %s", "webhook": "message %s",
	"web": "contact %s on the website", "app": "contact %s in the app", "store": "contact %s in a store", "": "contact %s",
}

// contactWords says who contacted whom, and how.
func contactWords(c *history.Contact) string {
	direction := "from the customer"
	if c.Direction == "out" {
		direction = "to the customer"
	}
	form, ok := contactForms[c.Channel]
	if !ok {
		return "contact " + direction + " by " + spaced(c.Channel)
	}
	return fmt.Sprintf(form, direction)
}
