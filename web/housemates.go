package web

import (
	"fmt"
	"slices"

	"holdfast/history"
)

const (
	matesNamed = 4  // on a card: it is read in seconds
	matesRead  = 20 // the others are counted
)

// matesView is who decides with the customer of a card.
type matesView struct {
	Named  []Member // of the reader's segments
	Others int      // beside them
	Least  bool     // there may be more others than these
}

// Any says whether there is anybody.
func (m matesView) Any() bool { return len(m.Named)+m.Others > 0 }

// mates reads who else is in the household of a customer, as the reader may see
// them: who is of no segment of theirs is only counted.
func (s *site) mates(r *request, id history.CustomerID, of history.HouseholdID) (matesView, error) {
	all, err := s.Customers.Housemates(r.Context(), id, of, s.Now(), matesRead)
	if err != nil {
		return matesView{}, fmt.Errorf("read the household of customer %d: %w", id, err)
	}
	named := slices.DeleteFunc(slices.Clone(all), func(m Member) bool { return !r.user.Sees(m.Segment) })
	named = named[:min(len(named), matesNamed)]
	return matesView{Named: named, Others: len(all) - len(named), Least: len(all) == matesRead}, nil
}
