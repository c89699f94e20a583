package interventions

import (
	"slices"

	"holdfast/internal/fault"
)

// sells are the outcomes that a thank-you cannot have: it asks nothing and
// sells nothing (R4).
var sells = []Disposition{SavedNoOffer, SavedWithOffer, PartialSave, NoRiskFound, Undecided}

// ofOurs are the outcomes of a contact that we began: who rings has been
// reached, at a time of their own and over the channel that they chose.
var ofOurs = []Disposition{NoAnswer, Busy, VoicemailLeft, NumberInvalid, WrongParty, ThirdParty, BadTime, OtherChannel}

// Rings says whether a task is of a customer who contacts us now. What came of
// it, a call-back or work handed to those with another skill, is a contact of
// ours.
func (t *Task) Rings() bool {
	return t.Family == FamilyInbound && t.Attempts == 0 && len(t.Skills) == 0
}

// Fits says whether a disposition can come of a task: only a thank-you thanks,
// and it claims no save; and nobody who contacts us was out.
func (m Meaning) Fits(t *Task) bool {
	switch {
	case t.Family == FamilyThanks:
		return !slices.Contains(sells, m.Disposition)
	case t.Rings() && slices.Contains(ofOurs, m.Disposition), t.Rings() && m.Disposition == CallDropped && t.Channel != ChannelPhone:
		return false
	}
	return m.Disposition != Thanked
}

// fits refuses a disposition that cannot come of the task.
func (m Meaning) fits(t *Task) error {
	switch {
	case m.Fits(t):
		return nil
	case t.Family == FamilyThanks:
		return fault.New(fault.Invalid, "%q does not fit a thank-you, which sells nothing: choose another outcome", m.Text)
	case t.Rings() && m.Disposition != Thanked:
		return fault.New(fault.Invalid, "%q does not fit a customer who contacted us: choose another outcome", m.Text)
	}
	return fault.New(fault.Invalid, "%q fits a thank-you only: choose another outcome", m.Text)
}
