package measurement

import (
	"cmp"
	"slices"

	"holdfast/internal/stats"
)

// MarkDays is how far back agents' marks on reasons are counted.
const MarkDays = 365

// ReasonMarks is how often agents marked a reason of the card as true and as
// untrue, by its concept.
type ReasonMarks struct {
	Concept string
	True    int
	Untrue  int
}

// Marks is how often it was marked.
func (m ReasonMarks) Marks() int { return m.True + m.Untrue }

// Hidden says that too few marks were made to say anything: fewer than MinGroup.
func (m ReasonMarks) Hidden() bool { return m.Marks() < MinGroup }

// UntrueShare is the share marked untrue with its 95 % interval (Wilson), nil
// where nothing is said.
func (m ReasonMarks) UntrueShare() *stats.Interval {
	if m.Hidden() {
		return nil
	}
	iv, err := stats.Wilson(stats.Proportion{Events: float64(m.Untrue), Trials: float64(m.Marks())}, Level)
	if err != nil {
		return nil
	}
	return &iv
}

// OrderMarks sorts reasons by the share marked untrue, the greatest first; those
// of which nothing is said come last, by concept.
func OrderMarks(list []ReasonMarks) {
	slices.SortFunc(list, func(a, b ReasonMarks) int {
		x, y := a.UntrueShare(), b.UntrueShare()
		switch {
		case x != nil && y != nil:
			return cmp.Or(cmp.Compare(y.Estimate, x.Estimate), cmp.Compare(b.Marks(), a.Marks()), cmp.Compare(a.Concept, b.Concept))
		case x != nil:
			return -1
		case y != nil:
			return 1
		}
		return cmp.Compare(a.Concept, b.Concept)
	})
}

// MostUntrue returns the reason that agents most often find untrue, of those of
// which something is said; false when none is ever found untrue.
func MostUntrue(list []ReasonMarks) (ReasonMarks, bool) {
	list = slices.Clone(list)
	OrderMarks(list)
	if len(list) == 0 || list[0].Hidden() || list[0].Untrue == 0 {
		return ReasonMarks{}, false
	}
	return list[0], true
}
