package interventions

import (
	"slices"

	"holdfast/internal/fault"
)

// sells are the outcomes that a thank-you cannot have: it asks nothing and
// sells nothing (R4).
var sells = []Disposition{SavedNoOffer, SavedWithOffer, PartialSave, NoRiskFound, Undecided}

// Fits says whether a disposition can come of work of that family: only a
// thank-you thanks, and it claims no save.
func (m Meaning) Fits(f Family) bool {
	if f == FamilyThanks {
		return !slices.Contains(sells, m.Disposition)
	}
	return m.Disposition != Thanked
}

// fits refuses a disposition that cannot come of the task.
func (m Meaning) fits(t *Task) error {
	switch {
	case m.Fits(t.Family):
		return nil
	case t.Family == FamilyThanks:
		return fault.New(fault.Invalid, "%q does not fit a thank-you, which sells nothing: choose another outcome", m.Text)
	}
	return fault.New(fault.Invalid, "%q fits a thank-you only: choose another outcome", m.Text)
}
