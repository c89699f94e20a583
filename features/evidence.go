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
}

const (
	sourceKind = iota + 1 // 0: no facts to show
	sourceActivity
	sourceSubscription
	sourceIssue
	sourceContact
	sourceProfile
)

// evidenceFacts is how many facts Evidence names.
const evidenceFacts = 3

// Evidence names the newest facts that a column's value rests on, in words:
// "Latest purchases: 4 Mar 2011 (GBP 35.20), 11 Feb 2011 (GBP 12.00)". It is
// empty where there are none.
func (e *Engine) Evidence(v history.View, column int) string {
	if column < 0 || column >= len(e.sources) {
		return ""
	}
	switch src := e.sources[column]; src.what {
	case sourceKind:
		return e.eventEvidence(v, e.cfg.Events[src.slot].Plural, func(slot int) bool { return slot == src.slot })
	case sourceActivity:
		return e.eventEvidence(v, "activity", func(slot int) bool { return e.cfg.Events[slot].Role == Activity })
	case sourceSubscription:
		return e.contractEvidence(v)
	case sourceIssue:
		return e.issueEvidence(v)
	case sourceContact:
		return e.contactEvidence(v)
	case sourceProfile:
		name := strings.TrimPrefix(e.schema.Columns[column].Name, "profile_")
		if text, ok := v.Attribute(name); ok {
			return capital(spaced(name)) + ": " + text
		}
	}
	return ""
}

func (e *Engine) date(t time.Time) string { return t.In(e.cfg.Location).Format("2 Jan 2006") }

// list joins facts, oldest last, under a heading.
func list(heading string, facts []string) string {
	if len(facts) == 0 {
		return ""
	}
	return heading + ": " + strings.Join(facts, ", ")
}

func (e *Engine) eventEvidence(v history.View, plural string, wanted func(slot int) bool) string {
	var facts []string
	occurred, codes := v.Occurred(), v.Kinds()
	for i := len(occurred) - 1; i >= 0 && len(facts) < evidenceFacts; i-- {
		if int(codes[i]) >= len(e.slots) || e.slots[codes[i]] < 0 || !wanted(int(e.slots[codes[i]])) {
			continue
		}
		k := e.cfg.Events[e.slots[codes[i]]]
		text := e.date(time.UnixMicro(occurred[i]))
		switch {
		case k.Role == Survey:
			text += fmt.Sprintf(" (%g)", v.Quantities()[i])
		case k.Amount:
			text += " (" + money(float64(v.Amounts()[i]), e.cfg.Currency) + ")"
		}
		facts = append(facts, text)
	}
	return list("Latest "+plural, facts)
}

func (e *Engine) contractEvidence(v history.View) string {
	var facts []string
	subs := v.Subscriptions()
	for i := len(subs) - 1; i >= 0 && len(facts) < evidenceFacts; i-- {
		s := &subs[i]
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

func (e *Engine) issueEvidence(v history.View) string {
	var facts []string
	issues := v.Issues()
	for i := len(issues) - 1; i >= 0 && len(facts) < evidenceFacts; i-- {
		is := &issues[i]
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

func (e *Engine) contactEvidence(v history.View) string {
	var facts []string
	contacts := v.OrganicContacts()
	for i := len(contacts) - 1; i >= 0 && len(facts) < evidenceFacts; i-- {
		c := &contacts[i]
		facts = append(facts, fmt.Sprintf("%s (%s, %s)", e.date(c.At), c.Channel, c.Direction))
	}
	return list("Latest contacts", facts)
}
