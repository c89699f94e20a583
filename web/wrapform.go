package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// preset is a time to choose with one key.
type preset struct{ Text, Value string }

// localTime is how a browser writes a date and time without a zone.
const localTime = "2006-01-02T15:04"

// presets are times of the next days, where the customer is: those to which
// next, the first instant at or after another when they may be called, says
// nothing, and where an hour from now is too soon, the first that it allows.
func presets(now time.Time, zone *time.Location, in *speech, next func(time.Time) time.Time) []preset {
	l := now.In(zone)
	at := func(ahead, hour int) time.Time {
		return time.Date(l.Year(), l.Month(), l.Day()+ahead, hour, 0, 0, 0, zone)
	}
	monday := (7-int(l.Weekday()))%7 + 1 // days ahead: 1 on a Sunday, 7 on a Monday
	var list []preset
	add := func(text string, at time.Time) {
		if at.After(now) && !slices.ContainsFunc(list, func(q preset) bool { return q.Value == at.Format(localTime) }) {
			list = append(list, preset{text + ": " + in.inZone(at, zone), at.Format(localTime)})
		}
	}
	const step = 5 * time.Minute
	soon := l.Add(time.Hour + step - 1).Truncate(step) // never sooner
	if first := next(soon); !first.Equal(soon) && !first.IsZero() {
		add(in.Text("as soon as they may be called"), first.In(zone))
	}
	for _, p := range []struct {
		text string
		at   time.Time
	}{
		{in.Text("in an hour"), soon},
		{in.Text("this afternoon"), at(0, 16)},
		{in.Text("tomorrow morning"), at(1, 10)},
		{in.Text("tomorrow afternoon"), at(1, 15)},
		{in.Text("the day after tomorrow"), at(2, 10)},
		{in.Text("next Monday"), at(monday, 10)},
	} {
		if next(p.at).Equal(p.at) {
			add(p.text, p.at)
		}
	}
	return list
}

// callable says until when the customer may be called, or from when again.
func (v *taskView) callable(s *site, in *speech, now time.Time) {
	if until := s.Policy.CallsUntil(now, v.Zone); !until.IsZero() {
		v.CallsUntil = s.Clock(until.In(v.Zone))
	} else if from := s.Policy.NextCall(now, v.Zone); !from.IsZero() {
		v.CallsFrom = in.inZone(from, v.Zone)
	}
}

// anyTime is for work that may be done whenever one likes.
func anyTime(at time.Time) time.Time { return at }

// wrapForm is what was typed, as it was typed.
type wrapForm struct {
	Disposition, LeaveReason, Note, Promise, Preset, Due, Channel string
	Granted                                                       []string          // names of offers
	Truth                                                         map[string]string // concept → yes, no
	Treatment, Why                                                string            // of an offer that was asked for, and refused
	Skill, HandoffNote                                            string            // of a hand-off that was refused
	SnoozeReason, Until, UntilPreset                              string            // of a snooze that was refused
	SkipReason                                                    string            // of a skip that was refused
}

func wrapFormOf(v url.Values) wrapForm {
	f := wrapForm{
		Disposition: v.Get("disposition"), LeaveReason: v.Get("leave_reason"), Note: v.Get("note"), Promise: v.Get("promise"),
		Preset: v.Get("preset"), Due: v.Get("due"), Channel: v.Get("next_channel"), Granted: v["granted"], Truth: map[string]string{},
		Treatment: v.Get("treatment"), Why: v.Get("why"), Skill: v.Get("skill"), HandoffNote: v.Get("handoff_note"),
		SnoozeReason: v.Get("snooze_reason"), Until: v.Get("until"), UntilPreset: v.Get("until_preset"), SkipReason: v.Get("skip_reason"),
	}
	for name, values := range v {
		if concept, ok := strings.CutPrefix(name, "truth "); ok {
			f.Truth[concept] = values[0]
		}
	}
	return f
}

// formOf is the form that gave a wrap-up, to correct it.
func formOf(up interventions.WrapUp, zone *time.Location) wrapForm {
	f := wrapForm{
		Disposition: string(up.Disposition), LeaveReason: up.LeaveReason, Note: up.Note, Promise: up.PromiseWhat,
		Channel: string(up.NextChannel), Truth: map[string]string{},
	}
	if up.OfferName != "" {
		f.Granted = []string{up.OfferName}
	}
	if !up.DueAt.IsZero() {
		f.Due = up.DueAt.In(zone).Format(localTime)
	}
	for concept, yes := range up.ReasonTruth {
		f.Truth[concept] = map[bool]string{true: "yes", false: "no"}[yes]
	}
	return f
}

// maxNote bounds a note.
const maxNote = 4000

// tooLong refuses words that are too many to keep.
func (f wrapForm) tooLong() error {
	if max(len(f.Note), len(f.Promise), len(f.HandoffNote)) > maxNote {
		return fault.New(fault.Invalid, "the note is longer than %d characters: shorten it", maxNote)
	}
	return nil
}

// grantedOf is the one of the offers that was granted; nil none.
func (f wrapForm) grantedOf(offers []interventions.Offer) (*interventions.Offer, error) {
	switch {
	case len(f.Granted) == 0:
		return nil, nil
	case len(f.Granted) > 1:
		return nil, fault.New(fault.Invalid, "tick one offer: a customer is granted one at a time")
	}
	for _, o := range offers {
		if o.Name == f.Granted[0] {
			return &o, nil
		}
	}
	return nil, fault.New(fault.Forbidden, "%q may not be granted to this customer now: look at the card again", f.Granted[0])
}

// grants says that what came of the call may be an offer.
func (f wrapForm) grants() bool {
	m, err := interventions.MeaningOf(interventions.Disposition(f.Disposition))
	return err == nil && m.Grants
}

// wrapUp reads the form; times are where the customer is, and offers those that
// may be granted.
func (f wrapForm) wrapUp(offers []interventions.Offer, zone *time.Location) (interventions.WrapUp, error) {
	up := interventions.WrapUp{
		Disposition: interventions.Disposition(f.Disposition), LeaveReason: f.LeaveReason, Note: f.Note, PromiseWhat: f.Promise,
		NextChannel: interventions.Channel(f.Channel),
	}
	if f.Disposition == "" {
		return up, fault.New(fault.Invalid, "choose what came of it")
	}
	m, err := interventions.MeaningOf(up.Disposition)
	if err == nil {
		err = f.tooLong()
	}
	if err != nil {
		return up, err
	}
	if !m.LeaveReason {
		up.LeaveReason = ""
	}
	if m.Grants {
		offer, err := f.grantedOf(offers)
		if err != nil {
			return up, err
		}
		if offer != nil {
			up.OfferName, up.OfferMinor = offer.Name, offer.CostMinor
		}
	}
	due := f.Due
	if due == "" {
		due = f.Preset
	}
	if wants := up.Disposition == interventions.CallbackAgreed || f.Promise != "" || up.Disposition == interventions.Undecided; due != "" && wants {
		if up.DueAt, err = time.ParseInLocation(localTime, due, zone); err != nil {
			return up, fault.New(fault.Invalid, "%q is not a date and time such as 2026-03-28T14:30", due)
		}
	}
	for concept, answer := range f.Truth {
		if answer == "yes" || answer == "no" {
			if up.ReasonTruth == nil {
				up.ReasonTruth = map[string]bool{}
			}
			up.ReasonTruth[concept] = answer == "yes"
		}
	}
	return up, nil
}
