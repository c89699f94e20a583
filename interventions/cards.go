package interventions

import (
	"fmt"
	"maps"
	"time"

	"holdfast/history"
	"holdfast/scoring"
)

const (
	cardEvents   = 50
	cardContacts = 10
	cardReasons  = 4
)

// LastEvents is the newest fifty events of a view in words, newest first.
func LastEvents(v history.View, vocab history.Vocabulary) []CardEvent {
	n := v.Len()
	events := make([]CardEvent, 0, min(n, cardEvents))
	for i := n - 1; i >= 0 && len(events) < cardEvents; i-- {
		events = append(events, CardEvent{
			At: time.UnixMicro(v.Occurred()[i]).UTC(), Kind: word(vocab.Kinds, v.Kinds()[i]),
			AmountMinor: v.Amounts()[i], Quantity: v.Quantities()[i], Channel: word(vocab.Channels, v.Channels()[i]),
		})
	}
	return events
}

func word(words []string, code uint16) string {
	if int(code) < len(words) {
		return words[code]
	}
	return fmt.Sprintf("kind %d", code)
}

// CardOf makes the card of a customer without a treatment, for one who rings.
func (p *Policy) CardOf(k *Known, s *scoring.Score, events []CardEvent) Card {
	c := Card{
		Customer: k.Customer.ID, Household: k.Household, Name: k.Customer.Name, Source: k.Customer.Source, Key: k.Customer.Key,
		Zone: p.zoneOf(k).String(), Language: k.Attributes[p.cfg.LanguageAttribute], Since: k.Since, TenureDays: s.TenureDays,
		Tier: p.tier(s.ValueMinor), ValueMinor: s.ValueMinor, ValueLow: s.ValueLow, ValueHigh: s.ValueHigh, ValueBy: s.ValueBy, Risk: s.Risk, Band: s.Band,
		Points: []CardPoint{}, Contacts: []CardContact{}, Issues: append([]OpenIssue{}, k.Issues...), AsOf: k.Now,
		Reasons: append([]scoring.Reason{}, s.Reasons[:min(len(s.Reasons), cardReasons)]...),
		Events:  append([]CardEvent{}, events[:min(len(events), cardEvents)]...), Purpose: PurposeService,
	}
	if len(k.Attributes) > 0 {
		c.Attributes = maps.Clone(k.Attributes)
	}
	if y := tenureYears(k, s); y >= 1 {
		c.ThankLine = fmt.Sprintf("%d years with us", y)
		if y == 1 {
			c.ThankLine = "1 year with us"
		}
	}
	for _, at := range k.Points {
		c.Points = append(c.Points, CardPoint{at.Channel, at.Value})
	}
	for i := len(k.Contacts) - 1; i >= 0 && len(c.Contacts) < cardContacts; i-- {
		at := &k.Contacts[i]
		c.Contacts = append(c.Contacts, CardContact{at.At, at.Channel, at.Direction, at.Purpose, at.By, at.Disposition, at.Note})
	}
	for _, sub := range k.Subscriptions {
		c.Plans = append(c.Plans, CardPlan{sub.Plan, sub.Start, sub.RenewsAt, sub.ValueMinor, sub.Ended})
	}
	for _, d := range cardMarks {
		if at, ok := k.said(d); ok {
			c.Marks = append(c.Marks, CardMark{d, at})
		}
	}
	if len(k.Issues) > 0 {
		c.Avoid = append(c.Avoid, "offers, while a service issue is open")
	}
	return c
}

// card is the card of a task.
func (p *Policy) card(i int, at *Considered, s Subject) (Card, error) {
	t := &p.cfg.Treatments[i]
	c := p.CardOf(s.Known, s.Score, s.Events)
	texts, _, err := p.filled(i, s.Known, s.Score, at.Milestone)
	if err != nil {
		return Card{}, err
	}
	c.Treatment, c.Purpose, c.Opening, c.Signatory = t.Name, t.Purpose, texts.Script, t.Signatory
	c.Worth, c.AsOf = s.Decision.Worth, s.Decision.AsOf
	c.Avoid = append(c.Avoid, t.Avoid...)
	if t.Offer != nil && len(s.Known.Issues) == 0 {
		c.Offer = &Offer{Name: t.Offer.Name, CostMinor: t.Offer.CostMinor, AcceptRate: t.Offer.AcceptRate}
	}
	return c, nil
}
