package training

import (
	"math"
	"testing"

	"holdfast/features"
	"holdfast/internal/stats"
)

// Counting by place ranks leavers as sorting each part's columns does: with ties, with
// missing values, in parts of parts, and where the time of year was taken out since.
func TestColumnsAlone(t *testing.T) {
	t.Parallel()
	s := rare(5, 200, func(v float64) float64 { return v / 200 })
	s.X.Schema = features.Schema{Version: 1, Columns: []features.Column{
		{Name: "a", Concept: "a"}, {Name: "month", Concept: seasonConcept}, {Name: "c", Concept: "c"},
	}}
	random := stats.Stream(1)
	for k := range s.X.Data {
		switch s.X.Data[k] = math.Floor(20 * s.X.Data[k] / float64(1+k%3)); {
		case random.Float64() < .1:
			s.X.Data[k] = math.NaN()
		case random.Float64() < .01:
			s.X.Data[k] = float64(k%2*2-1) * 1e300
		}
	}
	for i := range s.W {
		s.W[i] = .5 + random.Float64()
	}
	whole := s.Where(func(int) bool { return true })
	whole.rank()
	half := whole.Where(func(i int) bool { return i%2 == 0 })
	few := half.Where(func(i int) bool { return half.Household[i]%5 == 0 })
	winter := whole.Where(func(i int) bool { return i%3 != 0 })
	winter.withoutSeason()
	for name, part := range map[string]*Sample{"unranked": s, "whole": whole, "half": half, "few": few, "without season": winter} {
		got, err := part.alone()
		if err != nil {
			t.Fatal(err)
		}
		for j, c := range part.X.Schema.Columns {
			want, err := alone(part, part.X.Column(j, nil))
			if err != nil || math.Abs(got[j]-want) > 1e-12 {
				t.Errorf("%s, %s alone: %v, sorted %v (%v)", name, c.Name, got[j], want, err)
			}
		}
	}
	if stay := s.Where(func(i int) bool { return s.Y[i] == 0 }); stay.Rows() == 0 {
		t.Error("nobody stayed")
	} else if _, err := stay.alone(); err == nil {
		t.Error("columns ranked leavers though nobody left")
	}
}
