package nightly

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast/scoring"
)

// Scores that moved make training due before its time, and say so; those that
// did not leave the champion.
func TestDriftMakesTrainingDue(t *testing.T) {
	t.Parallel()
	night := func(by float64) Counts {
		c := Counts{}
		for i := range 2000 {
			countRisk(c, min(.99, by*float64(i)/4000))
		}
		return c
	}
	asOf := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name          string
		first, newest Counts
		due           bool
	}{
		{"the same", night(1), night(1), false},
		{"moved", night(1), night(1.8), true},
		{"no first night", nil, night(1), false},
		{"a night before there were cells", Counts{"customers": 5}, night(1), false},
	} {
		d := newDesk()
		d.firstNight, d.newestNight = tc.first, tc.newest
		s := stages(t, d, newBooks())
		rec := ModelRecord{ID: "m-0", Schema: s.Engine.Schema().Hash(), TrainedAt: asOf.AddDate(0, 0, -1)}
		e, err := s.evidence(t.Context(), Run{AsOf: asOf}, 0, rec, nil)
		if err != nil {
			t.Fatal(err)
		}
		due, why := s.Training.Due(e)
		if due != tc.due || (due && !strings.Contains(why, "drifted")) {
			t.Errorf("%s: due %v because %s (PSI %v, critical %v)", tc.name, due, why, e.PSI, e.Critical)
		}
	}
	d := newDesk()
	d.firstNight, d.newestNight = night(1), night(1)
	for k := range d.newestNight {
		d.newestNight[k] *= 2
	}
	s := stages(t, d, newBooks())
	rec := ModelRecord{ID: "m-0", Schema: s.Engine.Schema().Hash(), TrainedAt: asOf.AddDate(0, 0, -1)}
	e, err := s.evidence(t.Context(), Run{AsOf: asOf}, 0, rec, nil)
	if due, why := s.Training.Due(e); err != nil || !due || why != "it scores 4000 customers and 2000 on its first night: the population is another one" {
		t.Errorf("twice as many customers: %v, %s, %v", due, why, err)
	}
	schema := s.Engine.Schema()
	silence := schema.Index("purchase_days_since")
	with := func(cells ...int64) Counts {
		c := night(1)
		for cell, n := range cells {
			c[fmt.Sprintf("%s%d.%d", cellPrefix, silence, cell+1)] = n
		}
		return c
	}
	for _, tc := range []struct {
		newest Counts
		due    bool
	}{{with(500, 490, 510), false}, {with(200, 400, 900), true}, {night(1), false}} {
		d.firstNight, d.newestNight = with(500, 500, 500), tc.newest
		e, err := s.evidence(t.Context(), Run{AsOf: asOf}, 0, ModelRecord{ID: "m-0", Schema: schema.Hash(), TrainedAt: asOf.AddDate(0, 0, -1)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if due, why := s.Training.Due(e); due != tc.due || (due && !strings.HasPrefix(why, "the feature purchase_days_since has drifted: PSI 0.355, above 0.250")) {
			t.Errorf("due %v because %s", due, why)
		}
	}
	if len(with(1, 2).Public()) != 0 {
		t.Error("the cells of features are shown")
	}
	public := night(1).Public()
	if len(public) != 0 || len(night(1).cells()) != scoring.DriftCells {
		t.Errorf("the cells are shown: %v", public)
	}
}
