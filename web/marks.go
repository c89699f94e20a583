package web

import (
	"fmt"

	"holdfast/measurement"
	"holdfast/nightly"
)

// marksView is how agents mark the reasons that cards give.
type marksView struct {
	Days  int // that are looked back
	Least int // marks of which something is said
	Rows  []measurement.ReasonMarks
	Most  *measurement.ReasonMarks // most often found untrue; nil when none is
}

// marks reads it, the most often untrue first.
func (s *site) marks(r *request) (marksView, error) {
	v := marksView{Days: measurement.MarkDays, Least: measurement.MinGroup}
	list, err := s.Handled.ReasonMarks(r.Context(), nightly.StartOfDay(s.Now(), s.zone, -measurement.MarkDays))
	if err != nil {
		return v, fmt.Errorf("count the marks on reasons: %w", err)
	}
	measurement.OrderMarks(list)
	v.Rows = list
	if most, ok := measurement.MostUntrue(list); ok {
		v.Most = &most
	}
	return v, nil
}

// apiMarks is how one reason was marked.
type apiMarks struct {
	Reason      string   `json:"reason" doc:"Its concept, as in the reasons of a card."`
	Few         bool     `json:"few" doc:"Too few marks, fewer than 20: nothing is said of it."`
	Marks       int      `json:"marks,omitempty"`
	True        int      `json:"true,omitempty"`
	Untrue      int      `json:"untrue,omitempty"`
	UntrueShare *float64 `json:"untrue_share,omitempty"`
	Low         *float64 `json:"low,omitempty" doc:"95 % interval of the share."`
	High        *float64 `json:"high,omitempty"`
}

func apiMarksOf(list []measurement.ReasonMarks) []apiMarks {
	out := make([]apiMarks, len(list))
	for i, m := range list {
		out[i] = apiMarks{Reason: m.Concept, Few: m.Hidden()}
		if iv := m.UntrueShare(); iv != nil {
			out[i] = apiMarks{Reason: m.Concept, Marks: m.Marks(), True: m.True, Untrue: m.Untrue, UntrueShare: &iv.Estimate, Low: &iv.Low, High: &iv.High}
		}
	}
	return out
}
